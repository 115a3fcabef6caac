//! The contract between airbridge and a place that keeps secrets.
//!
//! A place is **a flat store of named secrets**. A secret is one string or a set of named fields. An adapter implements
//! [`SecretStore`]: describe, check, list a page, read a batch, write a batch. It knows its service and nothing about
//! Airflow. What a name or a payload *means* to Airflow is decided in `airbridge-airflow`, which no adapter depends on.
//!
//! | to | see |
//! | --- | --- |
//! | write an adapter | [`SecretStore`], [`Descriptor`], [`Error`], [`one_by_one`] |
//! | use a store | [`SecretStoreExt`]: list all names, read and write any number of secrets, in order |
//! | wrap a store | [`RetryingStore`] (retries and rate limits), [`ReadOnly`] (refuses writes), [`ScrubbingStore`] (keeps values out of errors) |
//! | describe the names and values that a service accepts | [`TextRules`], [`Rejection`] |
//! | keep a description and tags | [`Metadata`], [`MetadataRules`] |
//! | tell what only the store knows about its place | [`Finding`], [`SecretStore::diagnose`] |
//! | warn of something while a run goes on | [`Warning`] |
//! | keep values from being printed | [`SecretText`], [`Json`], [`Payload`] |
//! | add a file format | [`Document`] |
//! | see the smallest complete store | [`MemoryStore`], the reference implementation |

#![warn(clippy::missing_errors_doc)]

mod descriptor;
mod diagnosis;
mod document;
mod environment;
mod error;
mod ext;
mod json;
mod memory;
mod metadata;
mod name;
mod one_by_one;
mod payload;
mod policy;
mod readonly;
mod retry;
mod scrub;
mod secret;
mod store;
mod texts;
mod warning;
mod why;

pub use descriptor::{Capabilities, Descriptor, Limits, Quota, Rates, Undo};
pub use diagnosis::{Finding, Health, Scope};
pub use document::{Document, DocumentError, Edit, Record, Rendered};
pub use environment::Environment;
pub use error::{Error, ErrorKind, Operation, Rejection, Result};
pub use ext::SecretStoreExt;
pub use json::{Fields, Json, JsonEntry, JsonError, JsonErrorKind, JsonStyle, write_json_string};
pub use memory::MemoryStore;
pub use metadata::{Description, Metadata, MetadataRules, SupportedMetadata};
pub use name::{Cursor, NamePrefix, SecretName, Version};
pub use one_by_one::{Request, one_by_one};
pub use payload::{Content, Payload, State};
pub use policy::{Policy, PolicyRequest, Right};
pub use readonly::ReadOnly;
pub use retry::{CallCounts, OperationCounts, RateLimiters, RateLimits, RetryingStore, patiently};
pub use scrub::ScrubbingStore;
pub use secret::SecretText;
pub use store::{Action, Change, Header, Look, Page, Read, Receipt, SecretStore, Shown, Stored};
pub use texts::TextRules;
pub use warning::{Warning, WarningCode};
pub use why::why;

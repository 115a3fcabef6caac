//! The contract between airbridge and a place that keeps secrets.
//!
//! A place is **a flat store of named secrets**; a secret is one text or a set of named fields. An adapter
//! implements [`SecretStore`]: describe, check, keep, list a page, read a batch, write a batch. It knows its service and
//! nothing of Airflow; what a name or a payload *means* lives in `airbridge-airflow`, and Cargo keeps it so.
//!
//! | to | look at |
//! | --- | --- |
//! | write an adapter | [`SecretStore`], [`Descriptor`], [`Error`] |
//! | use one | [`SecretStoreExt`]: all names, any number of reads and writes, in order |
//! | wrap one | [`RetryingStore`] (repeats and rates), [`ReadOnly`] (a source cannot be written) |
//! | say which names and values a service takes | [`TextRules`], [`Rejection`] |
//! | keep what is said of a secret beside its value | [`Metadata`], [`MetadataRules`] |
//! | keep values from being printed | [`SecretText`], [`Json`], [`Payload`] |
//! | add a file format | [`Document`] |
//! | see it in miniature | [`MemoryStore`], the reference implementation |

mod descriptor;
mod document;
mod environment;
mod error;
mod ext;
mod json;
mod memory;
mod metadata;
mod name;
mod payload;
mod readonly;
mod retry;
mod secret;
mod store;
mod texts;

pub use descriptor::{Capabilities, Descriptor, Limits, Quota, Rates};
pub use document::{Document, DocumentError, Edit, Record, Rendered};
pub use environment::Environment;
pub use error::{Error, ErrorKind, Operation, Rejection, Result};
pub use ext::SecretStoreExt;
pub use json::{Fields, Json, JsonEntry, JsonError, JsonErrorKind, JsonStyle, write_json_string};
pub use memory::MemoryStore;
pub use metadata::{Description, Metadata, MetadataRules, SupportedMetadata};
pub use name::{Cursor, NamePrefix, SecretName, Version};
pub use payload::{Content, Payload, State};
pub use readonly::ReadOnly;
pub use retry::{CallCounts, OperationCounts, RateLimiters, RateLimits, RetryingStore};
pub use secret::SecretText;
pub use store::{Action, Change, Header, Page, Read, Receipt, SecretStore, Stored};
pub use texts::TextRules;

#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings` |
//! | what distinguishes one service from another | `service` |
//! | where region, credentials and address come from | `credential`, with `profile` |
//! | who acts | `identity` |
//! | what messages call a store: region, account and address | `place` |
//! | certificates and proxy | `transport`, over `airbridge-http` |
//! | what is rejected before it is written | `change` |
//! | which tags AWS accepts | `tags` |
//! | ARNs and documents of policies | `policy` |
//! | what a failed call means | `error`, the one place where an SDK error becomes an `ErrorKind` |

mod change;
mod credential;
mod error;
mod identity;
mod place;
mod policy;
mod profile;
mod service;
mod settings;
mod tags;
mod transport;

pub use airbridge_http::HttpOptions;
pub use change::check_change;
pub use credential::{SignedIn, sign_in};
pub use error::{Call, Cause, Fault, KEY_HINT, Meaning, classify, classify_item, incomplete, no_listing};
pub use policy::{Owner, Statement, documents, literal, partition, patterns};
pub use service::Service;
pub use settings::{AssumeRole, Settings};
pub use tags::{is_reserved, metadata_rules};

#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings` |
//! | what distinguishes one service from another | `service` |
//! | where region, credentials and address come from | `credential`, with `profile` |
//! | what messages call a store: region, account and address | `place` |
//! | certificates and proxy | `transport`, over `airbridge-http` |
//! | which tags AWS accepts | `tags` |
//! | what a failed call means | `error`, the one place where an SDK error becomes an `ErrorKind` |

mod credential;
mod error;
mod place;
mod profile;
mod service;
mod settings;
mod tags;
mod transport;

pub use airbridge_http::HttpOptions;
pub use credential::{SignedIn, sign_in};
pub use error::{Call, Cause, Fault, KEY_HINT, Meaning, classify, classify_item};
pub use service::Service;
pub use settings::{AssumeRole, Settings};
pub use tags::{is_reserved, metadata_rules};

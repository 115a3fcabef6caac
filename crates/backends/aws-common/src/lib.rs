#![doc = include_str!("../README.md")]
//!
//! # The rooms
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings` |
//! | what tells one service from another | `service` |
//! | where region, credentials and account come from | `credential`, with `profile` and `place` |
//! | certificates, proxy, plain http | `transport` |
//! | which tags Amazon takes | `tags` |
//! | which answer means what | `error`: the one place where a vendor's error becomes a kind |

mod credential;
mod error;
mod place;
mod profile;
mod service;
mod settings;
mod tags;
mod transport;

pub use credential::{SignedIn, sign_in};
pub use error::{Call, Cause, Fault, KEY_HINT, Meaning, classify, classify_item};
pub use service::Service;
pub use settings::{AssumeRole, Settings};
pub use tags::{is_reserved, metadata_rules};

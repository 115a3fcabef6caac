#![doc = include_str!("../README.md")]
//!
//! # Source files
//!
//! | topic | module |
//! | --- | --- |
//! | settings | `settings` |
//! | credentials and project | `credential`, with `key` for JSON files and `metadata` for Google Cloud machines |
//! | who acts | `identity` |
//! | project, region and address | `place` |
//! | replication, keys and labels of new secrets | `new_secret` |
//! | descriptions and tags | `secret_options` |
//! | the requests to the service | `client`, and `transport`, which sends them; types of Google's library end there |
//! | names and values that the service would reject | `check` |
//! | how reads and writes keep the contract of a store | `store`, `write` |
//! | which response means which kind of error | `error` |
//! | the policy for these requests | `policy` |

mod access_token;
mod check;
mod client;
mod credential;
mod descriptor;
mod error;
mod identity;
mod key;
mod metadata;
mod new_secret;
mod place;
mod policy;
mod secret_options;
mod settings;
mod store;
mod transport;
mod version_state;
mod write;

pub use access_token::{AccessTokens, access_tokens};
pub use settings::Settings;
pub use store::open;

#![doc = include_str!("../README.md")]
//!
//! # The rooms
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings` |
//! | where credentials come from | `credential`, with `key` for files and `metadata` for Google's own machines |
//! | which project, region and address | `place` |
//! | how new secrets are made: replication, keys, labels | `template` |
//! | where descriptions and tags go | `beside` |
//! | the remote calls | `client`; the vendor's types stop there |
//! | what the service would refuse | `check` |
//! | how reads and writes keep the contract | `store`, `write` |
//! | which answer means what | `error`: the one place where a vendor's error becomes a kind |

mod beside;
mod check;
mod client;
mod credential;
mod descriptor;
mod error;
mod key;
mod metadata;
mod place;
mod settings;
mod store;
mod template;
mod write;

pub use settings::Settings;
pub use store::open;

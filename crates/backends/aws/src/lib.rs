#![doc = include_str!("../README.md")]
//!
//! # The rooms
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings` |
//! | where region, credentials and account come from | `credential`, with `profile` and `place` |
//! | certificates, proxy, plain http | `transport` |
//! | the seven remote calls | `client`; the vendor's types stop there |
//! | what the service would refuse | `check` |
//! | how reads and writes keep the contract | `store`, `write` |
//! | which answer means what | `error`: the one place where a vendor's error becomes a kind |

mod check;
mod client;
mod credential;
mod descriptor;
mod error;
mod place;
mod profile;
mod settings;
mod store;
mod transport;
mod write;

pub use settings::{AssumeRole, Settings};
pub use store::open;

#![doc = include_str!("../README.md")]
//!
//! # The rooms
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings`; signing in is in `airbridge-backend-aws-common` |
//! | the seven remote calls | `client`; the vendor's types stop there |
//! | what the service would refuse | `check` |
//! | how reads and writes keep the contract | `store`, `write` |
//! | which answer means what | `error` |

mod check;
mod client;
mod descriptor;
mod error;
mod settings;
mod store;
mod write;

pub use airbridge_backend_aws_common::{AssumeRole, Settings as SignIn};
pub use settings::{Settings, Tier};
pub use store::open;

#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings`; region and credentials are in `airbridge-backend-aws-common` |
//! | the nine remote calls | `client`, the only module with types of the SDK |
//! | what is rejected without a request | `check` |
//! | reads and writes by the contract of `SecretStore` | `store`, `write` |
//! | what an error code means | `error` |
//! | the policy for these calls | `policy` |

mod check;
mod client;
mod descriptor;
mod error;
mod policy;
mod settings;
mod store;
mod write;

pub use airbridge_backend_aws_common::{AssumeRole, HttpOptions, Settings as SignIn};
pub use settings::Settings;
pub use store::open;

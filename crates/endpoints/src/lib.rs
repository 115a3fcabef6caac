//! Opens airbridge's endpoints: the text `aws:us-east-1?profile_name=old` becomes a store with its layout and reading rules.
//!
//! | to change | look at |
//! | --- | --- |
//! | which kinds of endpoint there are | `backends` |
//! | how an endpoint is written and what its keys mean | `endpoint` |
//! | `airbridge.toml` | `config` |
//! | a file of rules | `rules` |

mod backends;
mod config;
mod endpoint;
mod error;
mod nearest;
mod rules;
mod toml_file;

pub use airbridge_backend_files::FileStore;
pub use backends::{BACKENDS, Backend, COMMON_KEYS, Key};
pub use config::Config;
pub use endpoint::environment::ProcessEnvironment;
pub use endpoint::{Access, AirflowConfig, Context, Prepared, RateOptions, Ready, STDIO, prepare};
pub use error::{Class, Error, Result, why};
pub use nearest::nearest;
pub use rules::{Loaded, load as load_rules};

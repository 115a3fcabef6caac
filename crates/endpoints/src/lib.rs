#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(
        feature = "aws",
        feature = "aws-ssm",
        feature = "gcp",
        feature = "azure",
        feature = "vault",
        feature = "bundle"
    )),
    allow(dead_code, reason = "what only the left out parts use")
)]

mod airflow_config;
#[cfg(feature = "airflow-db")]
mod airflow_db;
mod build;
mod bundle;
mod config;
mod deployment;
mod endpoint;
mod environment;
mod error;
mod files;
mod grammar;
mod keys;
mod kind;
mod kinds;
mod left_out;
mod lookup_order;
mod naming;
mod nearest;
mod network;
mod open;
mod prefix;
mod rules;
mod secrecy;
mod toml_file;
mod value;
mod variables;

pub use airbridge_backend_files::{Exposure, FileIdentity, FileStore, OutputFile};
pub use airflow_config::{AirflowClass, AirflowConfig};
pub use bundle::{AskPassphrase, BundleOptions, SavedValues};
pub use config::Config;
pub use endpoint::{Access, EndpointConfig, OpenEndpoint, RateOptions};
pub use environment::ProcessEnvironment;
pub use error::{Class, Error, Result, why};
pub use files::{UsedFile, read_stdin_text, read_text};
pub use grammar::STDIO;
pub use kind::{COMMON_KEYS, Kind};
pub use kinds::file::backup::NewBackup;
pub use lookup_order::{LookupOrder, LookupPlace, LookupStep, lookup_order};
pub use nearest::nearest;
pub use network::NetworkKeys;
pub use open::{OpenOptions, configure, kinds, open};
pub use rules::{Loaded, load as load_rules};
pub use value::{Effect, Key, Owner, Secret};

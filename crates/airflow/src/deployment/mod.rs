//! The settings of an Airflow deployment: the secrets backend that `airflow.cfg` and the environment configure, with
//! its kwargs.
//!
//! ```text
//!   airflow.cfg ──Cfg::parse()──►┐                                             cfg.rs
//!   env file ──env_file()──►     ├─ Deployment ──backend()──► Configured       env_file.rs, lookup.rs
//!   environment ────────────────►┘                 expansion of $VAR and ~     expand.rs
//! ```
//!
//! Follows `airflow.configuration` of Airflow 3.3.2. The caller reads the files and runs the commands.

mod cfg;
mod env_file;
mod expand;
mod fault;
mod kwargs;
mod lookup;
mod section;
mod start;
#[cfg(test)]
mod tests;
mod words;

pub use cfg::Cfg;
pub use env_file::{EnvLine, env_file};
pub use expand::{Endless, expand};
pub use fault::{Fault, Spot};
pub use kwargs::{Kwargs, kwargs};
pub use lookup::{Configured, Deployment, Given, KwargSource, SettingSource};
pub use section::Section;
pub use start::cannot_start;
pub use words::split_command;

//! A deployment's own settings: which secrets backend its `airflow.cfg` and environment configure, with which kwargs.
//!
//! ```text
//!   airflow.cfg ──Cfg::parse()──►┐                                             cfg.rs
//!   env file ──env_file()──►     ├─ Deployment ──backend()──► Configured       env_file.rs, lookup.rs
//!   environment ────────────────►┘                 expansion of $VAR and ~     expand.rs
//! ```
//!
//! Held to `airflow.configuration` of Airflow 3.3.2. Reading files and running commands is the program's.

mod cfg;
mod env_file;
mod expand;
mod kwargs;
mod lookup;
mod start;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;

pub use cfg::Cfg;
pub use env_file::{EnvLine, env_file};
pub use expand::{Endless, expand};
pub use kwargs::{Kwargs, kwargs};
pub use lookup::{Configured, Deployment, Given, KwargSource};
pub use start::cannot_start;
pub use words::split_command;

/// Whose backend: that of all processes, or the workers' own (Airflow 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `[secrets]`
    Secrets,
    /// `[workers]`, with `secrets_` in front of its options.
    Workers,
}

impl Section {
    /// Its name in `airflow.cfg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Workers => "workers",
        }
    }

    /// The option that names the class.
    pub fn backend(self) -> &'static str {
        match self {
            Self::Secrets => "backend",
            Self::Workers => "secrets_backend",
        }
    }

    /// The option with the kwargs.
    pub fn kwargs(self) -> &'static str {
        match self {
            Self::Secrets => "backend_kwargs",
            Self::Workers => "secrets_backend_kwargs",
        }
    }

    /// What the variables that each hold one kwarg start with.
    pub fn kwarg_prefix(self) -> &'static str {
        match self {
            Self::Secrets => "AIRFLOW__SECRETS__BACKEND_KWARG__",
            Self::Workers => "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARG__",
        }
    }

    fn variable(self, option: &str) -> String {
        format!("AIRFLOW__{}__{}", self.name().to_uppercase(), option.to_uppercase())
    }
}

/// Where a setting stands, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// An option of `airflow.cfg`.
    Option {
        /// Its section.
        section: String,
        /// Its name.
        option: String,
        /// The line it begins on, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { section, option, line } => write!(f, "line {line}, [{section}] {option}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Settings that Airflow could not start with, or that nobody can follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `None` says that `message` does.
    pub spot: Option<Spot>,
    /// What is wrong, as a sentence without a full stop and without a value.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Fault {
    fn new(spot: Option<Spot>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { spot, message: message.into(), hint: hint.into() }
    }
}

//! What is wrong with a setting, and where it is.

use std::fmt;

/// The location of a setting, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// An option of `airflow.cfg`.
    Option {
        /// The section.
        section: String,
        /// The name of the option.
        option: String,
        /// The line where the option starts, counted from 1.
        line: usize,
    },
    /// The environment variable with this name.
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

/// A setting with which Airflow does not start, or that airbridge cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The location. `None` if `message` names it.
    pub spot: Option<Spot>,
    /// What is wrong, as a sentence without a full stop and without a value.
    pub message: String,
    /// How to correct it.
    pub hint: String,
}

impl Fault {
    pub(super) fn new(spot: Option<Spot>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { spot, message: message.into(), hint: hint.into() }
    }
}

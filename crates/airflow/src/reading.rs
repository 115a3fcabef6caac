//! What a reader makes of a stored payload.

use std::fmt;

use airbridge_core::Json;

use crate::Connection;

/// What a reader makes of a stored payload.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A connection.
    Connection {
        /// Its fields.
        connection: Box<Connection>,
        /// What the spelling it was read from cannot express.
        loses: Unrepresentable,
    },
    /// The value of a variable or a config option: a text, or whatever type the place hands out.
    Value {
        /// The value.
        value: Json,
        /// The description of a variable, where a file has one.
        description: Json,
        /// What the spelling it was read from cannot express.
        loses: Unrepresentable,
    },
    /// Airflow says that nothing is there, and looks elsewhere.
    Missing,
    /// Airflow raises.
    Unreadable(ReadError),
}

/// What a spelling cannot express, so that its absence says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unrepresentable {
    /// The difference between an absent and an empty host, schema or login (a URI cannot tell).
    pub absence: bool,
    /// The description.
    pub description: bool,
}

/// Why Airflow raises on a payload: which part and what is wrong with it, never the text that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The field or part: `port`, `extra`, `URI`, `JSON`.
    pub field: String,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
}

impl ReadError {
    /// Both parts.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for ReadError {}

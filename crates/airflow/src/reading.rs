//! What a reader gets from a stored payload.

use std::fmt;
use std::sync::Arc;

use airbridge_core::Json;

use crate::connection::Connection;

/// What a reader gets from a stored payload.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A connection.
    Connection {
        /// Its fields.
        connection: Arc<Connection>,
        /// What the format that it was read from cannot express.
        loses: Unrepresentable,
    },
    /// A variable or a config option.
    Value {
        /// The value: a string, or any other type that the store hands out.
        value: Json,
        /// The description of a variable, if the file has one.
        description: Json,
        /// What the format that it was read from cannot express.
        loses: Unrepresentable,
    },
    /// Airflow treats the entry as missing and continues its search elsewhere.
    Missing,
    /// Airflow raises an exception.
    Unreadable(ReadError),
}

impl Reading {
    /// Whether the entry may have a description that the source does not show.
    pub fn has_unseen_description(&self) -> bool {
        match self {
            Self::Connection { loses, .. } | Self::Value { loses, .. } => loses.unseen_description,
            Self::Missing | Self::Unreadable(_) => false,
        }
    }
}

/// What a format cannot express. If one of these is missing, that does not mean that the user left it out.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unrepresentable {
    /// The difference between an absent and an empty connection type, host, schema or login. A URI cannot express it.
    pub absence: bool,
    /// The difference between an absent and an empty connection type alone. A row of the metadata database must have one.
    pub absent_type: bool,
    /// The difference between an absent and an empty password. Airflow's core readers cannot store it.
    pub empty_password: bool,
    /// The description.
    pub description: bool,
    /// The description was not shown, so that there may be one.
    pub unseen_description: bool,
    /// The type of a field: every field is a string.
    pub types: bool,
    /// The spelling of JSON in `extra` and in a variable. The REST API of Airflow 3 writes it again when it shows it.
    pub spelling: bool,
}

/// Why Airflow raises on a payload: the field and what is wrong with it. Contains no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The field (`port`, `extra`), or what is wrong as a whole: `URI`, `JSON`, `value`.
    pub field: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
}

impl ReadError {
    /// An error in `field`, which is a field or one of `URI`, `JSON` and `value`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// An error in a field that does not exist. `what` follows the name in a sentence.
    pub(crate) fn unknown_field(name: &str, what: &str) -> Self {
        if is_word(name) {
            Self::new(name, what)
        } else {
            Self::new("value", format!("{UNSHOWN_NAME} {what}"))
        }
    }

    /// An error for a value of the wrong type: `expected a string, found a number`.
    pub(crate) fn expected(field: &str, wanted: &str, found: &Json) -> Self {
        Self::new(field, format!("expected {wanted}, found {}", with_article(found)))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            whole @ ("URI" | "JSON" | "value") => write!(f, "{whole}: {}", self.message),
            field => write!(f, "field `{field}`: {}", self.message),
        }
    }
}

impl std::error::Error for ReadError {}

/// Stands for a name that is not shown.
const UNSHOWN_NAME: &str = "a name with characters other than letters, digits and `_`";

/// The name of an unknown field, as messages show it. In YAML, `{password:x}` has one field with the name `password:x`,
/// so only a name that looks like one is shown.
pub(crate) fn shown_name(name: &str) -> String {
    if is_word(name) { format!("`{name}`") } else { UNSHOWN_NAME.to_owned() }
}

fn is_word(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
}

/// The type of a JSON value with its article, for messages.
pub(crate) fn with_article(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

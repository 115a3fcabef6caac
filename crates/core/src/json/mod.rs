//! JSON values that cannot be printed, are wiped, and keep numbers exactly as they were written.
//!
//! Reading and writing follow Python's `json` module, because Airflow's texts are read and written by it:
//! `NaN` and `Infinity` are numbers, the last of equal keys wins at the place of the first, and texts are written in
//! ASCII with `", "` and `": "` between parts. (`CPython` 3.11, `json.decoder` and `json.encoder`.)

mod entries;
mod parse;
mod write;

use std::fmt;

use indexmap::IndexMap;

pub use entries::JsonEntry;
pub use parse::{JsonError, JsonErrorKind};
pub use write::{JsonStyle, write_json_string};

use crate::SecretText;

/// A JSON value. `Debug` shows its kind only.
#[derive(Clone, Default, PartialEq)]
pub enum Json {
    /// `null`, Python's `None`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number in the text it was written in; `NaN`, `Infinity` and `-Infinity` are numbers, as in Python.
    Number(SecretText),
    /// A text.
    String(SecretText),
    /// A list.
    Array(Vec<Json>),
    /// An object.
    Object(Fields),
}

impl Json {
    /// A text.
    pub fn string(text: impl Into<SecretText>) -> Self {
        Self::String(text.into())
    }

    /// A whole number.
    pub fn integer(number: i64) -> Self {
        Self::Number(SecretText::new(number.to_string()))
    }

    /// The text, if it is one. Whoever calls this answers for where it goes.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text.expose()),
            _ => None,
        }
    }

    /// The fields, if it is an object.
    pub fn as_object(&self) -> Option<&Fields> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What Python's `bool()` says: `null`, `false`, zero and everything empty are false.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            // NaN is true; whatever does not parse as a number cannot be zero.
            Self::Number(text) => text.expose().parse::<f64>() != Ok(0.0),
            Self::String(text) => !text.is_empty(),
            Self::Array(items) => !items.is_empty(),
            Self::Object(fields) => !fields.is_empty(),
        }
    }

    /// The word for its kind, for messages: `text`, `number`, `list` …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "text",
            Self::Array(_) => "list",
            Self::Object(_) => "object",
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.kind())
    }
}

/// Named values in the order they were written; equal whatever their order. `Debug` shows their number only.
#[derive(Clone, Default, PartialEq)]
pub struct Fields(IndexMap<String, Json>);

impl Fields {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `value` under `name`: a name that is there keeps its place and gets the new value.
    pub fn insert(&mut self, name: impl Into<String>, value: Json) {
        self.0.insert(name.into(), value);
    }

    /// The value under `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Takes the value under `name` out; the order of the others stays.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        self.0.shift_remove(name)
    }

    /// Whether `name` is there.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}

impl<N: Into<String>> FromIterator<(N, Json)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, Json)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

#[cfg(test)]
mod tests;

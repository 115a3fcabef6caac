//! The values: a JSON value, and named values.

use std::fmt;

use indexmap::IndexMap;

use crate::SecretText;

/// A JSON value. `Debug` shows its type only.
#[derive(Clone, Default, PartialEq)]
pub enum Json {
    /// `null`, Python's `None`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written; `NaN`, `Infinity` and `-Infinity` are numbers, as in Python.
    Number(SecretText),
    /// A string.
    String(SecretText),
    /// A list.
    Array(Vec<Json>),
    /// An object.
    Object(Fields),
}

impl Json {
    /// A string.
    pub fn string(text: impl Into<SecretText>) -> Self {
        Self::String(text.into())
    }

    /// A whole number.
    pub fn integer(number: i64) -> Self {
        Self::Number(SecretText::new(number.to_string()))
    }

    /// The string, if the value is one. The caller must not log the returned string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text.expose()),
            _ => None,
        }
    }

    /// The fields, if the value is an object.
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

    /// The result of Python's `bool()`: `null`, `false`, zero and everything empty are false.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            // NaN is true, and a number that does not parse (too many digits) is not zero.
            Self::Number(text) => text.expose().parse::<f64>() != Ok(0.0),
            Self::String(text) => !text.is_empty(),
            Self::Array(items) => !items.is_empty(),
            Self::Object(fields) => !fields.is_empty(),
        }
    }

    /// The word for its type in messages: `string`, `number`, `list` …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
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

/// Named values in the order in which they were written. The order does not matter for equality. `Debug` shows their
/// number only.
#[derive(Clone, Default, PartialEq)]
pub struct Fields(IndexMap<String, Json>);

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of `name`. A name that exists keeps its position.
    pub fn insert(&mut self, name: impl Into<String>, value: Json) {
        self.0.insert(name.into(), value);
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Removes `name` and returns its value. The order of the others does not change.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        self.0.shift_remove(name)
    }

    /// Whether `name` exists.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The number of fields.
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

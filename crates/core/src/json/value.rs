//! The values: a JSON value, and named values.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

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

/// Named values in the order in which they were written. The order does not matter for equality. Clones share the memory
/// until one is changed. `Debug` shows the number of fields only.
#[derive(Clone, Default)]
pub struct Fields(Arc<Members>);

/// From this number of members on, an index finds names.
const INDEXED: usize = 16;

#[derive(Clone, Default)]
struct Members {
    /// Names are shared: most objects of a document have the same ones.
    pairs: Vec<(Arc<str>, Json)>,
    /// The position of each name; `None` while there are few.
    #[expect(
        clippy::box_collection,
        reason = "most objects are small and have none, so it should take little room"
    )]
    index: Option<Box<HashMap<Arc<str>, usize>>>,
}

impl Members {
    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.pairs.iter().position(|(known, _)| **known == *name),
        }
    }

    fn build_index(&mut self) {
        let names = self.pairs.iter().enumerate().map(|(at, (name, _))| (Arc::clone(name), at));
        self.index = (self.pairs.len() >= INDEXED).then(|| Box::new(names.collect()));
    }
}

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of `name`. A name that exists keeps its position.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Json) {
        let (name, members) = (name.into(), Arc::make_mut(&mut self.0));
        if let Some(at) = members.position(&name) {
            members.pairs[at].1 = value;
            return;
        }
        members.pairs.push((Arc::clone(&name), value));
        let length = members.pairs.len();
        match &mut members.index {
            Some(index) => drop(index.insert(name, length - 1)),
            None if length >= INDEXED => members.build_index(),
            None => {}
        }
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.position(name).map(|at| &self.0.pairs[at].1)
    }

    /// Removes `name` and returns its value. The order of the others does not change.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.0.position(name)?;
        let members = Arc::make_mut(&mut self.0);
        let (_, value) = members.pairs.remove(at);
        members.build_index();
        Some(value)
    }

    /// Keeps the fields of which `keep` is true, in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Json) -> bool) {
        if self.iter().all(|(name, value)| keep(name, value)) {
            return;
        }
        let members = Arc::make_mut(&mut self.0);
        members.pairs.retain(|(name, value)| keep(name, value));
        members.build_index();
    }

    /// Whether `name` exists.
    pub fn contains(&self, name: &str) -> bool {
        self.0.position(name).is_some()
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.pairs.iter().map(|(name, value)| (&**name, value))
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.0.pairs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.pairs.is_empty()
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.len() == other.len()
                && self.iter().all(|(name, value)| other.get(name).is_some_and(|found| found == value)))
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.len())
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Json)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, Json)>>(pairs: I) -> Self {
        let mut fields = Self::new();
        for (name, value) in pairs {
            fields.insert(name, value);
        }
        fields
    }
}

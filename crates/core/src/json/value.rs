//! The values: a JSON value, and named values.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

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
    /// Shared: most objects of a document have the same names.
    names: Arc<Names>,
    /// The value of each name, in the same order.
    values: Vec<Json>,
}

/// The names of an object.
#[derive(Clone, Default)]
pub(super) struct Names {
    list: Vec<Arc<str>>,
    /// The position of each name; `None` while there are few.
    index: Option<HashMap<Arc<str>, usize>>,
    /// Which of them a first removal kept, and the names that were left. Objects with the same names often lose the same ones.
    part: OnceLock<(Vec<bool>, Arc<Names>)>,
}

impl Names {
    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.list.iter().position(|known| **known == *name),
        }
    }

    fn push(&mut self, name: Arc<str>) {
        self.part.take();
        self.list.push(Arc::clone(&name));
        match &mut self.index {
            Some(index) => drop(index.insert(name, self.list.len() - 1)),
            None if self.list.len() >= INDEXED => self.build_index(),
            None => {}
        }
    }

    /// Those that are `kept`.
    fn only(&self, kept: &[bool]) -> Arc<Self> {
        let part = || {
            let list =
                self.list.iter().zip(kept).filter(|(_, kept)| **kept).map(|(name, _)| Arc::clone(name));
            let mut names = Self { list: list.collect(), ..Self::default() };
            names.build_index();
            Arc::new(names)
        };
        let (known, names) = self.part.get_or_init(|| (kept.to_vec(), part()));
        if known == kept { Arc::clone(names) } else { part() }
    }

    fn build_index(&mut self) {
        let names = self.list.iter().enumerate().map(|(at, name)| (Arc::clone(name), at));
        self.index = (self.list.len() >= INDEXED).then(|| names.collect());
    }
}

/// The names of the objects so far of a document, up to a maximum.
#[derive(Default)]
pub(super) struct KnownNames(Vec<Arc<Names>>);

impl KnownNames {
    /// The most lists of names that are kept: more would take time to search, and documents have few.
    const MAX: usize = 16;

    /// Gives `fields` the names of an earlier object, if they are the same in the same order.
    pub(super) fn share(&mut self, fields: &mut Fields) {
        let members = Arc::make_mut(&mut fields.0);
        members.values.shrink_to_fit();
        let wanted = &members.names.list;
        let is_same = |known: &&Arc<Names>| {
            known.list.len() == wanted.len()
                && known.list.iter().zip(wanted).all(|(known, wanted)| Arc::ptr_eq(known, wanted))
        };
        match self.0.iter().find(is_same) {
            Some(known) => members.names = Arc::clone(known),
            None if self.0.len() < Self::MAX => self.0.push(Arc::clone(&members.names)),
            None => {}
        }
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
        if let Some(at) = members.names.position(&name) {
            members.values[at] = value;
            return;
        }
        Arc::make_mut(&mut members.names).push(name);
        members.values.push(value);
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.names.position(name).map(|at| &self.0.values[at])
    }

    /// Removes `name` and returns its value. The order of the others does not change.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.0.names.position(name)?;
        let members = Arc::make_mut(&mut self.0);
        let names = Arc::make_mut(&mut members.names);
        names.list.remove(at);
        names.part.take();
        names.build_index();
        Some(members.values.remove(at))
    }

    /// Keeps the fields of which `keep` is true, in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Json) -> bool) {
        let kept: Vec<bool> = self.iter().map(|(name, value)| keep(name, value)).collect();
        if kept.iter().all(|kept| *kept) {
            return;
        }
        let members = Arc::make_mut(&mut self.0);
        members.names = members.names.only(&kept);
        let mut kept = kept.into_iter();
        members.values.retain(|_| kept.next().unwrap_or_default());
        members.values.shrink_to_fit();
    }

    /// Whether `name` exists.
    pub fn contains(&self, name: &str) -> bool {
        self.0.names.position(name).is_some()
    }

    /// All names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.names.list.iter().map(|name| &**name).zip(&self.0.values)
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.0.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.values.is_empty()
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

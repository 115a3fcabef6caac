//! Changing an entry as a user asks: single fields, single keys of the extra, the value of a variable.

mod extra;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use airbridge_core::Json;

use crate::encode::whole_number;
use crate::{Field, Kind, ReadError, Reading};

/// What of an entry can be changed by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A field of a connection.
    Field(Field),
    /// A key at the top of the object that a connection's extra is.
    ExtraKey(String),
    /// The value of a variable or config option.
    Value,
}

impl Part {
    /// Reads `host`, `extra.KEY` or `value`; the key is whatever follows the first dot.
    pub fn named(name: &str) -> Option<Self> {
        match name.split_once('.') {
            Some(("extra", key)) if !key.is_empty() => Some(Self::ExtraKey(key.to_owned())),
            _ if name == "value" => Some(Self::Value),
            _ => Field::named(name).map(Self::Field),
        }
    }

    /// Whether entries of `kind` have it.
    pub fn fits(&self, kind: Kind) -> bool {
        (kind == Kind::Connection) != (*self == Self::Value)
    }

    /// Whether it may hold a secret: login, password, extra, value.
    pub fn may_be_secret(&self) -> bool {
        !matches!(self, Self::Field(field) if !field.is_secret() && *field != Field::Login)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::ExtraKey(key) => write!(f, "extra.{key}"),
            Self::Value => f.write_str("value"),
        }
    }
}

/// Changes to an entry: parts that get another value, and parts that go. What goes, goes first.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// The new values. The extra as a whole cannot be set, only its keys.
    pub set: BTreeMap<Part, Json>,
    /// What becomes absent. A connection type and a value cannot.
    pub unset: BTreeSet<Part>,
}

/// An entry that was changed.
#[derive(Clone, Debug)]
pub struct Edited {
    /// What is to be read from it now.
    pub reading: Reading,
    /// What got another value than it had.
    pub set: BTreeSet<Part>,
    /// What was there and is gone.
    pub unset: BTreeSet<Part>,
}

impl Edits {
    /// The first part that entries of `kind` do not have, if there is one.
    pub fn unfit(&self, kind: Kind) -> Option<&Part> {
        self.set.keys().chain(&self.unset).find(|part| !part.fits(kind))
    }

    /// The new value of a variable or config option, if it gets one; the old one need not be readable then.
    pub fn value(&self) -> Option<&Json> {
        self.set.get(&Part::Value)
    }

    /// The reading with these changes. Parts that its kind does not have are left out.
    ///
    /// # Errors
    ///
    /// If keys of an extra are to be changed that is no JSON object.
    pub fn apply(&self, reading: &Reading) -> Result<Edited, ReadError> {
        let mut edited = Edited { reading: reading.clone(), set: BTreeSet::new(), unset: BTreeSet::new() };
        match &mut edited.reading {
            Reading::Connection { connection, loses } => {
                for part in &self.unset {
                    let Part::Field(field) = part else { continue };
                    let value = connection.get_mut(*field);
                    let absent = value.is_null() || loses.absence && value.as_str() == Some("");
                    if !absent {
                        *value = Json::Null;
                        edited.unset.insert(part.clone());
                    }
                }
                for (part, wanted) in &self.set {
                    let Part::Field(field) = part else { continue };
                    let value = connection.get_mut(*field);
                    if !same(*field, value, wanted) {
                        *value = wanted.clone();
                        edited.set.insert(part.clone());
                    }
                }
                let (set, unset) = extra::edit(&mut connection.extra, self)?;
                edited.set.extend(set);
                edited.unset.extend(unset);
                let description = Part::Field(Field::Description);
                if self.set.contains_key(&description) || self.unset.contains(&description) {
                    // Whatever the source could not tell, the user has told.
                    loses.description = false;
                }
            }
            Reading::Value { value, .. } => {
                if let Some(wanted) = self.value().filter(|wanted| *wanted != value) {
                    *value = wanted.clone();
                    edited.set.insert(Part::Value);
                }
            }
            Reading::Missing | Reading::Unreadable(_) => {}
        }
        Ok(edited)
    }
}

/// Equal, where a port may be a number or its text.
fn same(field: Field, value: &Json, wanted: &Json) -> bool {
    value == wanted
        || field == Field::Port && whole_number(value).is_some_and(|port| Some(port) == whole_number(wanted))
}

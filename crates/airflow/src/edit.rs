//! Changes that the user asks for: to single fields, to single keys of the extra, and to the value of a variable.

mod extra;
mod part;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use std::collections::{BTreeMap, BTreeSet};

use airbridge_core::Json;

pub use part::Part;

use crate::connection::Field;
use crate::encode::whole_number;
use crate::entry::Kind;
use crate::reading::{ReadError, Reading};

/// Changes to an entry: parts that get a new value, and parts to remove. Removals come first.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// The new values. The extra cannot be set as a whole, only by key.
    pub set: BTreeMap<Part, Json>,
    /// The parts to remove. A connection type and a value cannot be removed.
    pub unset: BTreeSet<Part>,
}

/// An entry after [`Edits::apply`].
#[derive(Clone, Debug)]
pub struct Edited {
    /// The changed reading.
    pub reading: Reading,
    /// The parts whose value changed.
    pub set: BTreeSet<Part>,
    /// The parts that were present and are now removed.
    pub unset: BTreeSet<Part>,
}

impl Edits {
    /// The first part that entries of `kind` do not have, if any.
    pub fn unfit(&self, kind: Kind) -> Option<&Part> {
        self.set.keys().chain(&self.unset).find(|part| !part.fits(kind))
    }

    /// The new value of a variable or config option, if it is set. Then the old value need not be readable.
    pub fn value(&self) -> Option<&Json> {
        self.set.get(&Part::Value)
    }

    /// Applies the changes to a reading. Parts that its kind does not have are ignored.
    ///
    /// # Errors
    ///
    /// If keys of the extra are to be changed, but the extra is not a JSON object.
    pub fn apply(&self, reading: &Reading) -> Result<Edited, ReadError> {
        let mut edited = Edited { reading: reading.clone(), set: BTreeSet::new(), unset: BTreeSet::new() };
        match &mut edited.reading {
            Reading::Connection { connection, loses } => {
                for part in &self.unset {
                    let Part::Field(field) = part else { continue };
                    let value = Arc::make_mut(connection).get_mut(*field);
                    let absent = value.is_null() || loses.absence && value.as_str() == Some("");
                    if !absent {
                        *value = Json::Null;
                        edited.unset.insert(part.clone());
                    }
                }
                for (part, wanted) in &self.set {
                    let Part::Field(field) = part else { continue };
                    let value = Arc::make_mut(connection).get_mut(*field);
                    if !same(*field, value, wanted) {
                        *value = wanted.clone();
                        edited.set.insert(part.clone());
                    }
                }
                let (set, unset) = extra::edit(&mut Arc::make_mut(connection).extra, &self.set, &self.unset)?;
                edited.set.extend(set);
                edited.unset.extend(unset);
                let description = Part::Field(Field::Description);
                if self.set.contains_key(&description) || self.unset.contains(&description) {
                    // The user has stated the description, which the source could not express.
                    loses.description = false;
                    loses.unseen_description = false;
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

/// Whether two values of a field are equal. A port may be a number or the same number as a string.
fn same(field: Field, value: &Json, wanted: &Json) -> bool {
    value == wanted
        || field == Field::Port && whole_number(value).is_some_and(|port| Some(port) == whole_number(wanted))
}

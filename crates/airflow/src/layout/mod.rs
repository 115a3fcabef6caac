//! Names: from an entry to what a store calls it, and back.

use std::fmt;

use airbridge_core::{NamePrefix, SecretName};

use crate::{EntryId, Kind};

/// How one place names its entries.
#[derive(Clone, Debug)]
pub struct Layout {}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// This entry and no other.
    Exact(EntryId),
    /// By convention this entry, though others would have the same name (environment variables lose case).
    Guess(EntryId),
    /// One of several entries, and nothing here says which.
    Ambiguous(Vec<EntryId>),
    /// None of ours.
    Foreign,
}

/// Why an entry has no name here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamingError {
    /// A word from the documented list of reasons.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for NamingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NamingError {}

impl Layout {
    /// The name under which `id` is kept here. Says why if it has none: the kind is switched off or not held, the id
    /// lies outside a lookup pattern, or nothing Airflow asks for could be this id.
    pub fn name_of(&self, id: &EntryId) -> Result<SecretName, NamingError> {
        Err(NamingError { reason: "kind-not-held", message: format!("{id} has no name here") })
    }

    /// What `name` means here.
    pub fn parse(&self, name: &SecretName) -> Parsed {
        let _ = name;
        Parsed::Foreign
    }

    /// What to list so as to see every entry of `kinds`; none is a prefix of another.
    pub fn prefixes(&self, kinds: &[Kind]) -> Vec<NamePrefix> {
        let _ = kinds;
        Vec::new()
    }

    /// Whether entries of `kind` can be kept here at all.
    pub fn holds(&self, kind: Kind) -> bool {
        let _ = kind;
        false
    }
}

//! What rules did to entries, for plans and reports.

use std::collections::BTreeSet;

use airbridge_airflow::{EntryId, Part};
use airbridge_core::SecretName;

/// What a rule did to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// The number of the rule, counted from 1.
    pub rule: usize,
    /// The id at the source, if the rule renamed the entry.
    pub renamed_from: Option<EntryId>,
    /// The parts that the rule gave a different value.
    pub set: BTreeSet<Part>,
    /// The parts that the rule removed.
    pub unset: BTreeSet<Part>,
}

/// An entry that a rule excludes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The id at the source.
    pub id: EntryId,
    /// The secret name at the source.
    pub name: SecretName,
    /// The number of the rule, counted from 1.
    pub rule: usize,
}

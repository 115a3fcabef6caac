//! What the user allows.

use std::collections::BTreeSet;

use airbridge_airflow::{Loss, Spelling};

/// What to do with an entry that the target holds with another meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse it.
    #[default]
    Fail,
    /// Leave the target's.
    Skip,
    /// Write the source's.
    Overwrite,
}

/// What happens to an entry that cannot be carried without a loss that nobody allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Losses {
    /// It is refused.
    #[default]
    Refuse,
    /// It is planned, and whoever is asked to confirm the plan is told.
    Ask,
}

/// What the user allows.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What to do with entries that differ at the target.
    pub on_conflict: OnConflict,
    /// Losses that need no question.
    pub allowed: BTreeSet<Loss>,
    /// What happens with the other losses.
    pub losses: Losses,
    /// How connections are written.
    pub spelling: Spelling,
}

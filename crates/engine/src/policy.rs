//! The choices that the user makes for a plan.

use std::collections::BTreeSet;

use airbridge_airflow::{Loss, Spelling};

/// What to do with an entry that has a different value at the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse the entry.
    #[default]
    Fail,
    /// Keep the target's value.
    Skip,
    /// Write the source's value.
    Overwrite,
}

/// What to do with an entry that loses something which [`Policy::allowed`] does not contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Losses {
    /// Refuse the entry.
    #[default]
    Refuse,
    /// Plan the entry. The caller names the losses in the question before writing.
    Ask,
}

/// The choices that the user makes for a plan.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What to do with entries that have a different value at the target.
    pub on_conflict: OnConflict,
    /// Losses that the user allows.
    pub allowed: BTreeSet<Loss>,
    /// What to do with all other losses.
    pub losses: Losses,
    /// How connections are spelled at the target.
    pub spelling: Spelling,
}

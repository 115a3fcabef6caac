//! The choices that the user makes for a plan.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{Loss, Spelling};
use airbridge_core::{SecretName, Version};

use crate::plan::Marker;

/// What to do with an entry that has a different value at the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse the entry.
    #[default]
    Fail,
    /// Keep the target's value.
    Skip,
    /// Write the source's value.
    Overwrite,
    /// Write the source's value if the secret has the version that an earlier run wrote, and refuse the entry otherwise. The map
    /// has the last version that was written under each name.
    Ours(BTreeMap<SecretName, Version>),
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
    /// Marks what is seen, if the plan will be saved or compared with a saved one.
    pub marker: Option<Marker>,
    /// Whether a deleted secret that still holds the name of an entry is taken back.
    pub restore_deleted: bool,
}

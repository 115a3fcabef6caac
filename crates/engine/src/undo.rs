//! The way back: a plan that gives the target what it held before an earlier run.
//!
//! Each change is undone only if the target still has what the run wrote. Versions show that, or what the run's backup says
//! was written. Former values come from the versions that the service keeps, else from the backup.

mod decide;
mod read;

use std::collections::BTreeMap;

use airbridge_airflow::EntryId;
use airbridge_core::{Payload, SecretName, Version};

pub use decide::undo;
pub use read::{Past, read_past};

/// A change that an earlier run made, or may have made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastChange {
    /// The entry.
    pub id: EntryId,
    /// The name of its secret.
    pub name: SecretName,
    /// What was done.
    pub action: PastAction,
    /// The version before; `None` if the store has no versions, or if there was none.
    pub before: Option<Version>,
    /// The version that the change made; `None` if the store has no versions, or if no answer came.
    pub after: Option<Version>,
    /// The version that the change made if it was made, for a service whose versions are the tokens of changes.
    pub token: Option<Version>,
    /// Whether it is known that the change was made.
    pub is_certain: bool,
}

/// What an earlier run did to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastAction {
    /// It created it.
    Create,
    /// It replaced its value.
    Replace,
    /// It took it back from deletion.
    Restore,
    /// It deleted it.
    Delete,
}

/// What the backup of an earlier run holds.
#[derive(Clone, Debug, Default)]
pub struct Backup {
    /// What the target held before.
    pub former: BTreeMap<EntryId, Payload>,
    /// What the run wrote.
    pub written: BTreeMap<EntryId, Payload>,
}

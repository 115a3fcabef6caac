//! What became of each step of a plan.

use airbridge_airflow::Part;
use airbridge_core::{Error, Version};

use crate::plan::Step;

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// Nothing to write: the target already had the same value, when planning or when writing.
    Unchanged,
    /// Written, but not yet read back. Holds the version that the write returned.
    Done(Option<Version>),
    /// Written, and read back with the planned value.
    Verified,
    /// Written, and read back with the planned value as far as the service shows it. It hides these parts.
    Unverifiable(Vec<Part>),
    /// Written, but reading it back returned a different value, or failed.
    Differs,
    /// The write failed. The error says whether the secret may have been written all the same.
    Failed(Error),
    /// Not written, because the run ended before or because the plan skips or refuses the entry.
    NotTried,
}

impl StepResult {
    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Done(_) => "done",
            Self::Verified => "verified",
            Self::Unverifiable(_) => "unverifiable",
            Self::Differs => "differs",
            Self::Failed(_) => "failed",
            Self::NotTried => "not-tried",
        }
    }

    /// Whether the target has the planned value, as far as airbridge has checked.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Done(_) | Self::Verified | Self::Unverifiable(_))
    }
}

/// A step and its outcome.
#[derive(Clone, Debug)]
pub struct FinishedStep {
    /// The step.
    pub step: Box<Step>,
    /// The outcome.
    pub outcome: StepResult,
    /// The version that the change gave to the secret, if the store has versions.
    pub version: Option<Version>,
}

//! What "the same" means, and how an entry gets from one place to another unchanged.

use airbridge_core::{Payload, Unfit};

use crate::{AirflowVersion, Dialect, Field, Kind, Reading, Spelling};

/// Who reads a place, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The rules.
    pub dialect: Dialect,
    /// The Airflow that reads it.
    pub version: AirflowVersion,
}

/// How two readings differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Not at all.
    Same,
    /// In the text of fields that mean the same (an extra that is equal once parsed).
    Spelling(Vec<Field>),
    /// In these fields; empty for variables and config options, which have one value.
    Differs(Vec<Field>),
    /// At least one side cannot be read, so nobody knows.
    Unknown,
}

/// Something that no format of the target can deliver; shown before writing, and allowed by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The description of a connection or a variable.
    Description,
    /// A connection type in a spelling that Airflow normalises when it reads.
    ConnTypeSpelling,
    /// The difference between an absent and an empty host, schema or login.
    AbsentVsEmpty,
}

impl Loss {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Description, Self::ConnTypeSpelling, Self::AbsentVsEmpty];

    /// The word that allows it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::ConnTypeSpelling => "conn-type-spelling",
            Self::AbsentVsEmpty => "absent-vs-empty",
        }
    }
}

/// One entry to be carried.
pub struct Request<'a> {
    /// Its kind.
    pub kind: Kind,
    /// What the source holds.
    pub payload: &'a Payload,
    /// What tasks read from it at the source.
    pub reading: &'a Reading,
    /// Whether the target reads by the source's rules; if not, verbatim still is tried first.
    pub to: &'a Side,
    /// Which spelling is wanted for connections.
    pub spelling: Spelling,
    /// Whether the target's store can hold a payload under the entry's name.
    pub fits: &'a dyn Fn(&Payload) -> Result<(), Unfit>,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("kind", &self.kind).field("to", self.to).finish_non_exhaustive()
    }
}

/// How an entry will be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// What to write.
    pub payload: Payload,
    /// Whether it is the source's payload byte for byte.
    pub verbatim: bool,
    /// What is lost, sorted.
    pub losses: Vec<Loss>,
}

/// Why an entry cannot be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotCarry {
    /// A word from the documented list of reasons.
    pub reason: &'static str,
    /// One sentence, never a value.
    pub message: String,
}

/// How `a` and `b` differ, as the user counts differences: what one side cannot express is not told apart.
pub fn compare(a: &Reading, b: &Reading) -> Comparison {
    let _ = (a, b);
    Comparison::Unknown
}

/// Byte for byte when the target's reader reads from it what the source's reads; else in the safest spelling that
/// does, with the fewest losses; else not at all.
pub fn carry(request: &Request<'_>) -> Result<Carried, CannotCarry> {
    let _ = request;
    Err(CannotCarry { reason: "loss", message: String::new() })
}

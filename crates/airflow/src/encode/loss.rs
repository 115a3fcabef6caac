//! What an entry loses when it is copied.

use airbridge_core::Json;

use super::compare::is_absent_or_empty;
use crate::connection::Field;
use crate::reading::Reading;

/// Something that no format of the target can express. The plan shows it, and the user can allow it by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The description of a connection or a variable.
    Description,
    /// The original form of a connection type that Airflow normalises when it reads.
    ConnTypeSpelling,
    /// The difference between an absent and an empty host, schema or login.
    AbsentVsEmpty,
}

impl Loss {
    /// All losses, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Description, Self::ConnTypeSpelling, Self::AbsentVsEmpty];

    /// The word in reports and in `--allow-loss`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::ConnTypeSpelling => "conn-type-spelling",
            Self::AbsentVsEmpty => "absent-vs-empty",
        }
    }
}

/// The losses from `source` to `target` that [`compare`](super::compare::compare) does not count as differences,
/// sorted.
pub(super) fn losses(source: &Reading, target: &Reading) -> Vec<Loss> {
    let mut losses = Vec::new();
    let (from, to) = (description(source), description(target));
    if !is_absent_or_empty(from) && from != to {
        losses.push(Loss::Description);
    }
    if let (Reading::Connection { connection: from, .. }, Reading::Connection { connection: to, .. }) =
        (source, target)
    {
        if from.conn_type != to.conn_type {
            losses.push(Loss::ConnTypeSpelling);
        }
        if [Field::Host, Field::Schema, Field::Login].iter().any(|field| from.get(*field) != to.get(*field)) {
            losses.push(Loss::AbsentVsEmpty);
        }
    }
    losses
}

fn description(reading: &Reading) -> &Json {
    match reading {
        Reading::Connection { connection, .. } => &connection.description,
        Reading::Value { description, .. } => description,
        Reading::Missing | Reading::Unreadable(_) => &Json::Null,
    }
}

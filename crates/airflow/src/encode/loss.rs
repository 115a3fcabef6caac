//! What an entry loses when it is copied.

use airbridge_core::Json;

use super::compare::is_absent_or_empty;
use crate::connection::{Field, python_str};
use crate::reading::Reading;

/// Something that no format of the target can express. The plan shows it, and the user can allow it by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The description of a connection or a variable, or that there may be one that the source does not show.
    Description,
    /// The original form of a connection type that Airflow normalises when it reads.
    ConnTypeSpelling,
    /// The difference between an absent and an empty field.
    AbsentVsEmpty,
    /// The type of a field that is a number or a boolean: the target has its string form.
    FieldType,
}

impl Loss {
    /// All losses, in the order in which they are shown.
    pub const ALL: [Self; 4] =
        [Self::Description, Self::ConnTypeSpelling, Self::AbsentVsEmpty, Self::FieldType];

    /// The word in reports and in `--allow-loss`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::ConnTypeSpelling => "conn-type-spelling",
            Self::AbsentVsEmpty => "absent-vs-empty",
            Self::FieldType => "field-type",
        }
    }
}

/// The losses from `source` to `target` that [`compare`](super::compare::compare) does not count as differences,
/// sorted.
pub(super) fn losses(source: &Reading, target: &Reading) -> Vec<Loss> {
    let mut losses = Vec::new();
    let (from, to) = (description(source), description(target));
    let is_unseen =
        is_absent_or_empty(from) && source.has_unseen_description() && !target.has_unseen_description();
    if is_unseen || (!is_absent_or_empty(from) && from != to) {
        losses.push(Loss::Description);
    }
    if let (Reading::Connection { connection: from, .. }, Reading::Connection { connection: to, .. }) =
        (source, target)
    {
        let strings = from.with_strings();
        let is_typed =
            |field: &Field| python_str(from.get(*field)).is_some() && from.get(*field).as_str().is_none();
        let texts = [Field::ConnType, Field::Host, Field::Schema, Field::Login, Field::Password];
        let retyped = texts.iter().any(|field| is_typed(field) && from.get(*field) != to.get(*field));
        let from = strings.as_ref().filter(|_| retyped).unwrap_or(from);
        let absence = |field: &Field| {
            let (from, to) = (from.get(*field), to.get(*field));
            from != to && is_absent_or_empty(from) && is_absent_or_empty(to)
        };
        if from.conn_type != to.conn_type && !absence(&Field::ConnType) {
            losses.push(Loss::ConnTypeSpelling);
        }
        if texts.iter().any(absence) {
            losses.push(Loss::AbsentVsEmpty);
        }
        if retyped {
            losses.push(Loss::FieldType);
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

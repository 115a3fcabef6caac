//! What Airflow reads from what a store returned.

use airbridge_airflow::{
    Comparison, EntryId, ReadRules, Reading, Unrepresentable, check_exporter_uri, compare, is_whole_mask,
    masked_part, read,
};
use airbridge_core::{Content, Error, Payload, State};

/// What was read of an entry.
#[derive(Clone, Debug)]
pub enum View {
    /// A payload that the store returned.
    Readable {
        /// The payload as stored; `None` if a rule changed the reading, or if the snapshot keeps the readings only.
        payload: Option<Payload>,
        /// What tasks read from it.
        reading: Reading,
        /// Whether the readers of one Airflow version read different values from it.
        reader_dependent: bool,
    },
    /// A secret without a readable value.
    Hidden(State),
    /// The secret was listed, but no longer exists.
    Gone,
    /// The store failed to read it.
    Failed(Error),
    /// A rule cannot be applied to the entry. The message never contains a value.
    Rejection(String),
}

impl View {
    /// Hides a value of which a part is a mask.
    pub(crate) fn without_mask(self) -> Self {
        let masked = match &self {
            Self::Readable { payload, reading, .. } => masked_part(payload.as_ref(), reading),
            _ => None,
        };
        let message = |part| format!("{part} is a mask such as `***`, not the secret itself");
        masked.map_or(self, |part| Self::Hidden(State::Masked { message: message(part) }))
    }
}

/// What the readers of an endpoint read from a content.
pub(crate) fn view(read_rules: &ReadRules, id: &EntryId, content: Content) -> View {
    let payload = match content {
        Content::Payload(payload) => payload,
        Content::Hidden(state) => return View::Hidden(state),
    };
    let by = |reader| handed_over(read(&read_rules.dialect, reader, id.kind, &payload));
    let reading = by(read_rules.version.task_reader());
    let core = by(read_rules.version.core_reader());
    let reader_dependent = match (&reading, &core) {
        (Reading::Unreadable(_), Reading::Unreadable(_)) => false,
        (a, b) => a != b && !same(a, b),
    };
    let is_whole_mask = is_whole_mask(&payload);
    let view = View::Readable { payload: Some(payload), reading, reader_dependent };
    // No rule can repair an entry of which nothing but a mask is known.
    if is_whole_mask { view.without_mask() } else { view }
}

/// Every reader of Airflow builds the URI of a connection before it returns it. If that raises an exception, Airflow has no
/// such connection. A number or boolean in a field raises, too, but its text is copied as it is, with a remark
/// ([`typed_field_note`]).
fn handed_over(reading: Reading) -> Reading {
    match &reading {
        Reading::Connection { connection, .. } => match check_exporter_uri(&connection.as_strings()) {
            Ok(()) => reading,
            Err(error) => Reading::Unreadable(error),
        },
        _ => reading,
    }
}

/// Whether two readings are equal in every field that both spellings can express.
fn same(a: &Reading, b: &Reading) -> bool {
    // Of one text, an empty password that only one reader keeps is a difference between the readers.
    let passwords_count = |reading: &Reading| match reading.clone() {
        Reading::Connection { connection, loses } => {
            Reading::Connection { connection, loses: Unrepresentable { empty_password: false, ..loses } }
        }
        other => other,
    };
    matches!(compare(&passwords_count(a), &passwords_count(b)), Comparison::Same)
}

//! How to write an entry at a target so that Airflow reads the same from it as at the source.

mod compare;
mod loss;
mod shown;
#[cfg(test)]
mod tests;

use airbridge_core::{Fields, Json, Payload, Rejection};

pub(crate) use compare::whole_number;
pub use compare::{Comparison, compare};
pub use loss::Loss;
pub use shown::{Visible, compare_shown};

use crate::connection::Connection;
use crate::entry::Kind;
use crate::read::{Dialect, read};
use crate::reader::AirflowVersion;
use crate::reading::{ReadError, Reading, with_article};
use crate::spell::{Obstacle, safe_uri, spellings};
use crate::spell::{Spelling, spell};

/// The rules by which Airflow reads an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRules {
    /// The rules of the backend class or file format.
    pub dialect: Dialect,
    /// The Airflow version that reads the endpoint.
    pub version: AirflowVersion,
}

/// An entry to write at a target.
pub struct Request<'a> {
    /// The kind of entry.
    pub kind: Kind,
    /// The payload at the source. It is the first candidate, even if the target has other rules. `None` if the entry
    /// was edited, so that `reading` is no longer what the source holds.
    pub payload: Option<&'a Payload>,
    /// What tasks read at the source, or what they must read after an edit.
    pub reading: &'a Reading,
    /// The rules by which Airflow reads the target.
    pub to: &'a ReadRules,
    /// The format that the user wants for connections.
    pub spelling: Spelling,
    /// Whether the target's store can hold a payload under the entry's name there.
    pub fits: &'a dyn Fn(&Payload) -> Result<(), Rejection>,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("kind", &self.kind).field("to", self.to).finish_non_exhaustive()
    }
}

/// How to write an entry at the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// The payload to write.
    pub payload: Payload,
    /// Whether the payload is the source's, byte for byte.
    pub verbatim: bool,
    /// What is lost, sorted and without duplicates.
    pub losses: Vec<Loss>,
}

/// Why an entry cannot be written at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotEncode {
    /// A word from the documented list of reasons.
    pub reason: &'static str,
    /// One sentence without a value.
    pub message: String,
}

impl CannotEncode {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// Selects the payload to write: the source's own if the target's reader reads the same from it, else the payload with
/// the fewest losses, the safest format first.
///
/// # Errors
///
/// - `unreadable`: Airflow cannot read the entry at the source.
/// - The store's own reason: a format preserves everything, but the store rejects it.
/// - `not-text`: the value is not a string, and the target holds only strings.
/// - `value-format`: the target does not support the format that the user wants.
/// - `loss`: no format preserves everything; the message names the field.
pub fn encode_for(request: &Request<'_>) -> Result<Encoded, CannotEncode> {
    if matches!(request.reading, Reading::Missing | Reading::Unreadable(_)) {
        return Err(CannotEncode::new("unreadable", "Airflow cannot read the entry at the source"));
    }
    let mut attempts: Vec<Attempt> = Vec::new();
    for candidate in candidates(request) {
        let attempt = candidate.attempt(request);
        if attempt.works() && attempt.cost() == LOWEST_COST {
            return Ok(attempt.encoded());
        }
        attempts.push(attempt);
    }
    let best = (0..attempts.len()).filter(|at| attempts[*at].works()).min_by_key(|at| attempts[*at].cost());
    match best {
        Some(best) => Ok(attempts.swap_remove(best).encoded()),
        None => Err(why_not(request, &attempts)),
    }
}

/// The cost of an attempt that no other can beat.
const LOWEST_COST: (bool, usize) = (false, 0);

/// A payload to try.
struct Candidate {
    payload: Payload,
    verbatim: bool,
}

/// The source's payload, then the other formats, the safest first.
fn candidates(request: &Request<'_>) -> impl Iterator<Item = Candidate> {
    let keeps = request.spelling == Spelling::Keep || request.kind != Kind::Connection;
    let payload = request.payload.filter(|_| keeps);
    let verbatim = payload.map(|payload| Candidate { payload: payload.clone(), verbatim: true });
    // Only if the source's payload does not suffice.
    let spelled = std::iter::once_with(|| match request.reading {
        Reading::Connection { connection, .. } => {
            spell(&request.to.dialect, request.to.version, connection, request.spelling)
        }
        Reading::Value { value, description, .. } => spell_value(&request.to.dialect, value, description),
        Reading::Missing | Reading::Unreadable(_) => Vec::new(),
    });
    verbatim.into_iter().chain(spelled.flatten().map(|payload| Candidate { payload, verbatim: false }))
}

/// A candidate with the result of reading it back.
struct Attempt {
    candidate: Candidate,
    comparison: Comparison,
    losses: Vec<Loss>,
    /// Why the target's store rejects it.
    rejection: Option<Rejection>,
    /// Why Airflow cannot read it at the target.
    read_error: Option<ReadError>,
}

impl Candidate {
    fn attempt(self, request: &Request<'_>) -> Attempt {
        let reader = request.to.version.task_reader();
        let read_back = read(&request.to.dialect, reader, request.kind, &self.payload);
        Attempt {
            comparison: compare(request.reading, &read_back),
            losses: loss::losses(request.reading, &read_back),
            rejection: (request.fits)(&self.payload).err(),
            read_error: if let Reading::Unreadable(error) = read_back { Some(error) } else { None },
            candidate: self,
        }
    }
}

impl Attempt {
    fn works(&self) -> bool {
        self.comparison.reads_the_same() && self.rejection.is_none()
    }

    fn encoded(self) -> Encoded {
        let Candidate { payload, verbatim } = self.candidate;
        Encoded { payload, verbatim, losses: self.losses }
    }

    /// The attempt with the lowest cost wins; among equals, the first one.
    fn cost(&self) -> (bool, usize) {
        (self.comparison != Comparison::Same, self.losses.len())
    }
}

/// The payloads for a variable or config option. The value itself is never changed.
fn spell_value(dialect: &Dialect, value: &Json, description: &Json) -> Vec<Payload> {
    match (dialect, value) {
        (Dialect::Vault, _) => vec![Payload::Fields(Fields::from_iter([("value", value.clone())]))],
        (Dialect::Row { .. } | Dialect::Probe, Json::String(_)) if !description.is_truthy() => {
            vec![Payload::Fields(Fields::from_iter([("value", value.clone())]))]
        }
        (Dialect::File | Dialect::Row { .. } | Dialect::Probe, Json::String(_))
            if description.is_truthy() =>
        {
            let fields = [("value", value.clone()), ("description", description.clone())];
            vec![Payload::Fields(Fields::from_iter(fields))]
        }
        (_, Json::String(text)) => vec![Payload::Text(text.clone())],
        _ => Vec::new(),
    }
}

fn why_not(request: &Request<'_>, attempts: &[Attempt]) -> CannotEncode {
    let rejected = attempts.iter().filter(|attempt| attempt.comparison.reads_the_same());
    // Prefer the rejection of the target's own format: the source's payload may fail only because its shape differs.
    let closest = rejected
        .filter_map(|attempt| attempt.rejection.as_ref().map(|rejection| (attempt, rejection)))
        .min_by_key(|(attempt, _)| attempt.candidate.verbatim);
    // If only the source's payload was rejected, and only for its shape, the reason why no other format works is
    // better.
    let explains = |(attempt, rejection): &(&Attempt, &Rejection)| {
        let foreign = attempt.candidate.verbatim && request.kind == Kind::Connection;
        !(foreign && rejection.reason == "shape")
    };
    if let Some((_, rejection)) = closest.filter(explains) {
        return CannotEncode::new(rejection.reason, rejection.message.clone());
    }
    match request.reading {
        Reading::Connection { connection, .. } => why_not_spelled(request, connection, attempts),
        Reading::Value { value, .. } if value.as_str().is_none() => CannotEncode::new(
            "not-text",
            format!("the value is {}, but the target can store only strings", with_article(value)),
        ),
        _ => CannotEncode::new("loss", "the target cannot store the value unchanged"),
    }
}

fn why_not_spelled(request: &Request<'_>, connection: &Connection, attempts: &[Attempt]) -> CannotEncode {
    let wanted = request.spelling;
    let spellings = spellings(&request.to.dialect);
    if wanted != Spelling::Keep && !spellings.contains(&wanted) {
        let has: Vec<_> = spellings.iter().map(|spelling| spelling.word()).collect();
        let message = format!(
            "the target does not support the value format `{}`, only: {}",
            wanted.word(),
            has.join(", ")
        );
        return CannotEncode::new("value-format", message);
    }
    let only_uri = wanted == Spelling::Uri || spellings == [Spelling::Uri];
    if let (true, Err(Obstacle { field, rule })) = (only_uri, safe_uri(connection)) {
        return CannotEncode::new("loss", format!("in a URI, `{}` {rule}", field.name()));
    }
    let safest = attempts.iter().find(|attempt| !attempt.candidate.verbatim);
    if let Some(error) = safest.and_then(|attempt| attempt.read_error.as_ref()) {
        return CannotEncode::new("loss", format!("Airflow cannot read the entry at the target: {error}"));
    }
    let fields = match safest.map(|attempt| &attempt.comparison) {
        Some(Comparison::Differs(fields) | Comparison::Spelling(fields)) => fields.as_slice(),
        _ => &[],
    };
    let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
    CannotEncode::new(
        "loss",
        format!("no format that the target supports preserves these fields: {}", names.join(", ")),
    )
}

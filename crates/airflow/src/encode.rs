//! What "the same" means, and how an entry gets from one place to another unchanged.

mod compare;

use airbridge_core::{Fields, Json, Payload, Rejection};

pub use compare::compare;
pub(crate) use compare::whole_number;

use crate::spell::{Obstacle, safe_uri, spellings};
use crate::{AirflowVersion, Connection, Dialect, Field, Kind, ReadError, Reading, Spelling, read, spell};

/// Who reads a place, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRules {
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

impl Comparison {
    /// Whether what was to be carried has arrived: tasks read the same. A port that was a text becomes a number where the
    /// target holds no other.
    pub fn has_arrived(&self) -> bool {
        match self {
            Self::Same => true,
            Self::Spelling(fields) => fields == &[Field::Port],
            Self::Differs(_) | Self::Unknown => false,
        }
    }
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
    /// What the source holds; tried as it is first, even where the target has other rules. `None` where `reading` is not
    /// what the source holds.
    pub payload: Option<&'a Payload>,
    /// What tasks read from it at the source, or are to read from now on.
    pub reading: &'a Reading,
    /// Who reads the target.
    pub to: &'a ReadRules,
    /// Which spelling is wanted for connections.
    pub spelling: Spelling,
    /// Whether the target's store can hold a payload under the entry's name.
    pub fits: &'a dyn Fn(&Payload) -> Result<(), Rejection>,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("kind", &self.kind).field("to", self.to).finish_non_exhaustive()
    }
}

/// How an entry will be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// What to write.
    pub payload: Payload,
    /// Whether it is the source's payload byte for byte.
    pub verbatim: bool,
    /// What is lost, sorted.
    pub losses: Vec<Loss>,
}

/// Why an entry cannot be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotEncode {
    /// A word from the documented list of reasons.
    pub reason: &'static str,
    /// One sentence, never a value.
    pub message: String,
}

impl CannotEncode {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// Byte for byte when the target's reader reads from it what the source's reads; else in the safest spelling that
/// does, with the fewest losses; else not at all.
///
/// # Errors
///
/// `unreadable` if the source cannot be read; the store's own reason if only the store stands in the way;
/// `not-text` for a value that is no text and no Vault takes; `value-format` if the place does not read the wanted
/// spelling; `loss` if no spelling tells everything, with the field in question.
pub fn encode_for(request: &Request<'_>) -> Result<Encoded, CannotEncode> {
    if matches!(request.reading, Reading::Missing | Reading::Unreadable(_)) {
        return Err(CannotEncode::new("unreadable", "Airflow cannot read it at the source"));
    }
    let attempts: Vec<Attempt> = candidates(request).map(|candidate| candidate.attempt(request)).collect();
    let best = attempts.iter().filter(|attempt| attempt.works()).min_by_key(|attempt| attempt.price());
    match best {
        Some(best) => Ok(Encoded {
            payload: best.candidate.payload.clone(),
            verbatim: best.candidate.verbatim,
            losses: best.losses.clone(),
        }),
        None => Err(why_not(request, &attempts)),
    }
}

/// A payload that might do.
struct Candidate {
    payload: Payload,
    verbatim: bool,
}

/// The payload as it is, then what spells the same, the safest first.
fn candidates(request: &Request<'_>) -> impl Iterator<Item = Candidate> {
    let keeps = request.spelling == Spelling::Keep || request.kind != Kind::Connection;
    let payload = request.payload.filter(|_| keeps);
    let verbatim = payload.map(|payload| Candidate { payload: payload.clone(), verbatim: true });
    let spelled = match request.reading {
        Reading::Connection { connection, .. } => {
            spell(&request.to.dialect, request.to.version, connection, request.spelling)
        }
        Reading::Value { value, description, .. } => spell_value(&request.to.dialect, value, description),
        Reading::Missing | Reading::Unreadable(_) => Vec::new(),
    };
    verbatim.into_iter().chain(spelled.into_iter().map(|payload| Candidate { payload, verbatim: false }))
}

/// A candidate that has been read back and measured.
struct Attempt {
    candidate: Candidate,
    comparison: Comparison,
    losses: Vec<Loss>,
    unfit: Option<Rejection>,
    /// Why the target's Airflow would raise on it.
    refused: Option<ReadError>,
}

impl Candidate {
    fn attempt(self, request: &Request<'_>) -> Attempt {
        let reader = request.to.version.task_reader();
        let read_back = read(&request.to.dialect, reader, request.kind, &self.payload);
        Attempt {
            comparison: compare(request.reading, &read_back),
            losses: compare::losses(request.reading, &read_back),
            unfit: (request.fits)(&self.payload).err(),
            refused: if let Reading::Unreadable(error) = read_back { Some(error) } else { None },
            candidate: self,
        }
    }
}

impl Attempt {
    fn works(&self) -> bool {
        self.comparison.has_arrived() && self.unfit.is_none()
    }

    /// The lowest is taken, of equals the first.
    fn price(&self) -> (bool, usize) {
        (self.comparison != Comparison::Same, self.losses.len())
    }
}

/// A variable or config option: its text is never touched, only put where the place keeps it.
fn spell_value(dialect: &Dialect, value: &Json, description: &Json) -> Vec<Payload> {
    match (dialect, value) {
        (Dialect::Vault, _) => vec![Payload::Fields(Fields::from_iter([("value", value.clone())]))],
        (Dialect::File, Json::String(_)) if description.is_truthy() => {
            let fields = [("value", value.clone()), ("description", description.clone())];
            vec![Payload::Fields(Fields::from_iter(fields))]
        }
        (_, Json::String(text)) => vec![Payload::Text(text.clone())],
        _ => Vec::new(),
    }
}

fn why_not(request: &Request<'_>, attempts: &[Attempt]) -> CannotEncode {
    let like_it =
        attempts.iter().filter(|attempt| attempt.comparison.has_arrived() && attempt.unfit.is_some());
    // The target's own spelling says what the rule is; the source's may fail for being another store's.
    let closest = like_it.min_by_key(|attempt| attempt.candidate.verbatim);
    // That another store's shape is none here explains nothing of a connection: why no spelling will do does.
    let explains = |attempt: &&Attempt| {
        let foreign = attempt.candidate.verbatim && request.kind == Kind::Connection;
        !(foreign && attempt.unfit.as_ref().is_some_and(|unfit| unfit.reason == "shape"))
    };
    if let Some(unfit) = closest.filter(explains).and_then(|attempt| attempt.unfit.as_ref()) {
        return CannotEncode::new(unfit.reason, unfit.message.clone());
    }
    match request.reading {
        Reading::Connection { connection, .. } => why_not_spelled(request, connection, attempts),
        Reading::Value { value, .. } if value.as_str().is_none() => CannotEncode::new(
            "not-text",
            format!("the value is a {}, and the target holds texts only", value.kind()),
        ),
        _ => CannotEncode::new("loss", "the target cannot hold the value as it is"),
    }
}

fn why_not_spelled(request: &Request<'_>, connection: &Connection, attempts: &[Attempt]) -> CannotEncode {
    let wanted = request.spelling;
    let spellings = spellings(&request.to.dialect);
    if wanted != Spelling::Keep && !spellings.contains(&wanted) {
        let has: Vec<_> = spellings.iter().map(|spelling| spelling.word()).collect();
        let message = format!("the target reads no `{}`, only: {}", wanted.word(), has.join(", "));
        return CannotEncode::new("value-format", message);
    }
    let only_uri = wanted == Spelling::Uri || spellings == [Spelling::Uri];
    if let (true, Err(Obstacle { field, rule })) = (only_uri, safe_uri(connection)) {
        return CannotEncode::new("loss", format!("in a URI the {} {rule}", field.name()));
    }
    let safest = attempts.iter().find(|attempt| !attempt.candidate.verbatim);
    if let Some(refused) = safest.and_then(|attempt| attempt.refused.as_ref()) {
        return CannotEncode::new("loss", format!("Airflow refuses it at the target: {refused}"));
    }
    let fields = match safest.map(|attempt| &attempt.comparison) {
        Some(Comparison::Differs(fields) | Comparison::Spelling(fields)) => fields.as_slice(),
        _ => &[],
    };
    let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
    CannotEncode::new(
        "loss",
        format!("no spelling that the target reads keeps these fields: {}", names.join(", ")),
    )
}

#[cfg(test)]
mod tests;

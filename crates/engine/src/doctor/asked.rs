//! The names that Airflow asks a place for, for one entry, and what each of them answers.

use airbridge_airflow::{EntryId, NamingError, Reading};
use airbridge_core::{Error, Finding, Header, Read, Result, SecretName, SecretStoreExt, State};

use crate::endpoint::Source;
use crate::snapshot::item;
use crate::view::View;

/// A place that Airflow asks, as messages name it, and what it answers.
#[derive(Clone, Debug)]
pub struct Place {
    /// The secrets backend, the environment, the metadata database.
    pub label: String,
    /// What it answers.
    pub asked: Asked,
}

/// What a place answers for one entry.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The answer for each name, in the order in which Airflow asks. Never empty.
    Names(Vec<Answer>),
    /// Airflow does not ask the place: there is none, a kwarg switches it off, or the id has no name there.
    Not(Finding),
    /// The place cannot be used, or it is not known from here what it has.
    Unknown(Finding),
}

/// What one name answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The name.
    pub name: SecretName,
    /// What was read.
    pub(super) what: What,
}

/// What was read under a name.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A value that Airflow reads.
    Value {
        reading: Box<Reading>,
        /// Whether the readers of one Airflow version differ.
        reader_dependent: bool,
        note: Option<String>,
    },
    /// No secret has the name.
    Absent,
    /// A secret that Airflow treats as missing, and why.
    Missing(&'static str),
    /// A secret that Airflow cannot read, and why. Never a value.
    Unreadable(String),
    /// The request failed.
    Failed(Error),
}

/// Asks a place for an entry, as Airflow does, and reads what is there.
///
/// # Errors
/// An error that would meet every other request, too (see `ErrorKind::ends_run`).
pub async fn ask(source: &Source, id: &EntryId) -> Result<Asked> {
    let endpoint = source.endpoint();
    let id = id.clone().with_team(endpoint.layout.team().map(Into::into));
    if let Err(error) = endpoint.layout.names_of(&id) {
        return Ok(Asked::Not(refused(&error)));
    }
    let names = endpoint.layout.requests(&id, false);
    let reads: Vec<_> = names.iter().cloned().map(Read::current).collect();
    let outcomes = endpoint.store.read_all(&reads, &|_| ()).await?;
    let mut answers = Vec::with_capacity(names.len());
    for (name, outcome) in names.into_iter().zip(outcomes) {
        let header = Header::live(name.clone());
        let item = item(&endpoint.read_rules, id.clone(), header, outcome)?;
        let note = item.remarks.and_then(|remarks| remarks.note);
        answers.push(Answer { name, what: what(item.view, note) });
    }
    Ok(Asked::Names(answers))
}

/// The finding for an entry that Airflow does not ask the place for.
fn refused(error: &NamingError) -> Finding {
    let (message, hint) = error.message.split_once("; ").unwrap_or((&error.message, ""));
    // The hints of names are about copies.
    let hint = match error.reason {
        "kind-not-held" => None,
        "outside-lookup-pattern" => Some("change the pattern; it must match the id from its first character"),
        _ => Some(hint).filter(|hint| !hint.is_empty()),
    };
    not_asked(message).maybe_hint(hint)
}

/// The finding for a place that Airflow does not ask.
pub fn not_asked(message: impl AsRef<str>) -> Finding {
    Finding::ok("lookup", format!("not asked: {}", message.as_ref()))
}

fn what(view: View, note: Option<String>) -> What {
    match view.without_mask() {
        View::Readable { reading: Reading::Unreadable(error), .. } => What::Unreadable(error.to_string()),
        View::Readable { reading: Reading::Missing, .. } => What::Missing("is empty"),
        View::Readable { reading, reader_dependent, .. } => {
            What::Value { reading: Box::new(reading), reader_dependent, note }
        }
        View::Hidden(State::Damaged { message } | State::Masked { message }) | View::Rejection(message) => {
            What::Unreadable(message)
        }
        View::Hidden(State::Disabled) => What::Unreadable("the secret is disabled".to_owned()),
        View::Hidden(State::Deleted { .. }) => What::Missing("is deleted"),
        View::Hidden(State::NoValue | State::Live) => What::Missing("has no value"),
        View::Hidden(State::Binary) => What::Missing("holds bytes, not text"),
        View::Gone => What::Absent,
        View::Failed(error) => What::Failed(error),
    }
}

impl Answer {
    /// What Airflow reads, if it reads something.
    pub(super) fn reading(&self) -> Option<&Reading> {
        match &self.what {
            What::Value { reading, .. } => Some(reading),
            _ => None,
        }
    }
}

impl Place {
    /// A place with its answer.
    pub fn new(label: impl Into<String>, asked: Asked) -> Self {
        Self { label: label.into(), asked }
    }
}

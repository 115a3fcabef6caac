//! One row for each entry that the code uses or the endpoint holds, and for each use of an unknown id.

use airbridge_airflow::{EntryId, Kind};
use airbridge_core::SecretName;
use airbridge_dags::{Dynamic, Need, Reference};
use airbridge_engine::{Presence, Usage};

use super::code::Code;

/// A row of the result.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The kind of entry.
    pub(super) kind: Kind,
    /// The entry; `None` if its id is known only when the code runs.
    pub(super) id: Option<EntryId>,
    /// What the endpoint calls it, if it holds it.
    pub(super) name: Option<SecretName>,
    pub(super) used: Use,
    /// What there is to say about it, without an id in front.
    pub(super) message: Option<String>,
    /// Where the code uses it.
    pub(super) references: &'a [Reference],
    /// The use, if the id is not known.
    pub(super) dynamic: Option<&'a Dynamic>,
}

/// How the code and the endpoint agree on an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The code uses it, and Airflow does not find it at the endpoint.
    Missing {
        /// Whether the code fails without it.
        required: bool,
    },
    /// The code uses it, and the endpoint holds it.
    Present,
    /// No code uses it by a known id.
    Unused,
    /// The code uses an id that is known only when it runs.
    Dynamic,
}

impl Use {
    /// The word in machine output.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Present => "present",
            Self::Unused => "unused",
            Self::Dynamic => "dynamic",
        }
    }
}

/// The rows, sorted by kind and id. Of each kind, the uses of unknown ids come first, by file and line.
pub(super) fn rows<'a>(code: &'a Code, usage: &Usage) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = code.dynamic.iter().map(dynamic).collect();
    for (id, presence) in &usage.used {
        let references =
            code.references.get(&id.clone().with_team(None)).map(Vec::as_slice).unwrap_or_default();
        rows.push(used(id, presence, references));
    }
    rows.extend(usage.unused.iter().map(|(id, name)| Row {
        kind: id.kind,
        id: Some(id.clone()),
        name: Some(name.clone()),
        used: Use::Unused,
        message: None,
        references: &[],
        dynamic: None,
    }));
    rows.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    rows
}

fn dynamic(found: &Dynamic) -> Row<'_> {
    Row {
        kind: found.kind,
        id: None,
        name: None,
        used: Use::Dynamic,
        message: Some(format!("cannot resolve the id: {}", found.reason.phrase())),
        references: &[],
        dynamic: Some(found),
    }
}

fn used<'a>(id: &EntryId, presence: &Presence, references: &'a [Reference]) -> Row<'a> {
    let excuse = excuse(references);
    let why = match presence {
        Presence::Present(_) => None,
        Presence::Unusable(_, why) => Some((*why).to_owned()),
        Presence::Absent(why) => why.clone(),
    };
    let used = if presence.is_present() { Use::Present } else { Use::Missing { required: excuse.is_none() } };
    let excuse = excuse.filter(|_| !presence.is_present()).map(ToOwned::to_owned);
    let message: Vec<String> = why.into_iter().chain(excuse).collect();
    Row {
        kind: id.kind,
        id: Some(id.clone()),
        name: presence.name().cloned(),
        used,
        message: (!message.is_empty()).then(|| message.join("; ")),
        references,
        dynamic: None,
    }
}

/// Why the code works although the entry is missing; `None` if it fails.
fn excuse(references: &[Reference]) -> Option<&'static str> {
    let is = |need| references.iter().any(|reference| reference.need == need);
    if is(Need::Written) {
        return Some("the code writes or deletes it itself");
    }
    if is(Need::Required) {
        return None;
    }
    match (is(Need::HasDefault), is(Need::Fallback)) {
        (true, false) => Some("the code has a default for it"),
        (false, true) => Some("Airflow works without it"),
        (true, true) => Some("the code has a default for it, or Airflow works without it"),
        (false, false) => None,
    }
}

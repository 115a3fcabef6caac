//! What one of Airflow's files says of one entry, and how an entry is written into it.

use std::collections::BTreeMap;

use airbridge_core::{Content, DocumentError, Edit, Json, Payload, Record, Rejection, SecretName, State};

use super::{VariablesReader, object, text, variables};
use crate::{AirflowVersion, Kind};

/// The entries of one of Airflow's files: all of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) reader: VariablesReader,
    pub(super) version: AirflowVersion,
}

/// An entry as it stands in a JSON or YAML file.
pub(super) struct Item {
    pub(super) key: String,
    /// The value, or what is wrong with it.
    pub(super) value: Result<Json, String>,
    pub(super) line: usize,
}

/// Edits by their key, sorted.
pub(super) type Edits<'a> = BTreeMap<&'a str, Option<&'a Payload>>;

/// What is known of an entry: its content and a note.
pub(super) type Known = (Content, Option<String>);

impl Held {
    /// What the store calls the entry with this key.
    pub(super) fn name(self, key: &str) -> SecretName {
        name(self.kind, key)
    }

    /// The key behind a name of this file's kind.
    pub(super) fn key(self, name: &SecretName) -> Option<&str> {
        key(self.kind, name)
    }

    /// The key behind a name, or why this file cannot have such an entry.
    pub(super) fn fitting_key(self, name: &SecretName) -> Result<&str, Rejection> {
        let held = self.kind.plural();
        match self.key(name) {
            None => Err(Rejection::new("kind-not-held", format!("the file holds {held} alone"))),
            Some("") => Err(Rejection::new("name-invalid", "an entry needs a name that is not empty")),
            Some(key) => Ok(key),
        }
    }

    /// The entries of a JSON or YAML file.
    pub(super) fn records(self, items: Vec<Item>) -> Result<Vec<Record>, DocumentError> {
        text::refuse_duplicates(items.iter().map(|item| (item.key.as_str(), item.line)))?;
        let known = |item: Item| {
            let line = item.line;
            let known = match item.value {
                Ok(value) => self.known(&item.key, value),
                Err(message) => Some(damaged(message)),
            };
            known.map(|(content, note)| Record {
                name: self.name(&item.key),
                content: on_line(content, line),
                note,
            })
        };
        Ok(items.into_iter().filter_map(known).collect())
    }

    /// `None` where Airflow passes over the entry.
    fn known(self, key: &str, value: Json) -> Option<Known> {
        match self.kind {
            Kind::Connection => object::known(key, value, self.version),
            Kind::Variable => Some(variables::known(value, self.reader, self.version)),
            Kind::Config => Some(variables::known_config(value)),
        }
    }

    /// Whether a JSON or YAML file can hold the payload.
    pub(super) fn check(self, payload: &Payload) -> Result<(), Rejection> {
        match self.kind {
            Kind::Connection => object::check(payload),
            Kind::Variable => variables::check(payload, self.reader, self.version),
            Kind::Config => variables::check_text(payload),
        }
    }

    /// The payload as a JSON or YAML file spells it.
    pub(super) fn spelled(self, payload: &Payload) -> Json {
        match self.kind {
            Kind::Connection => object::spelled(payload),
            Kind::Variable | Kind::Config => variables::spelled(payload),
        }
    }

    /// What every edited key will hold, `None` for what is removed.
    pub(super) fn edits<'a>(self, edits: &[Edit<'a>]) -> Result<Edits<'a>, DocumentError> {
        let by_key = |edit: &Edit<'a>| match self.key(edit.name) {
            Some(key) => Ok((key, edit.payload)),
            None => Err(foreign(edit.name, self.kind.plural())),
        };
        edits.iter().map(by_key).collect()
    }
}

/// What the store calls an entry of an Airflow file.
pub(super) fn name(kind: Kind, key: &str) -> SecretName {
    SecretName::new(format!("{}/{key}", kind.plural()))
}

/// The key behind such a name.
pub(super) fn key(kind: Kind, name: &SecretName) -> Option<&str> {
    name.as_str().strip_prefix(kind.plural())?.strip_prefix('/')
}

/// A name that a file of this format has no place for.
pub(super) fn foreign(name: &SecretName, holds: &str) -> DocumentError {
    DocumentError::new(format!("has no place in a file that holds {holds} alone")).in_field(name.as_str())
}

/// An entry that cannot be understood.
pub(super) fn damaged(message: impl Into<String>) -> Known {
    (Content::Hidden(State::Damaged { message: message.into() }), None)
}

/// The content, with the line in front of what is wrong with it.
pub(super) fn on_line(content: Content, line: usize) -> Content {
    match content {
        Content::Hidden(State::Damaged { message }) => {
            Content::Hidden(State::Damaged { message: format!("line {line}: {message}") })
        }
        other => other,
    }
}

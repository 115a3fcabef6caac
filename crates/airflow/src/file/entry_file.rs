//! What Airflow's JSON, YAML and `.env` files share.

use std::collections::BTreeMap;

use airbridge_core::{DocumentError, Edit, Json, Payload, Record, Rejection, SecretName};

use super::content::{ParsedEntry, damaged, on_line};
use super::name::{foreign, key, name};
use super::options::VariablesReader;
use super::{object, text, variables};
use crate::entry::Kind;
use crate::reader::AirflowVersion;

/// A file of Airflow's. All its entries are of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryFile {
    pub(super) kind: Kind,
    pub(super) reader: VariablesReader,
    pub(super) version: AirflowVersion,
}

/// An entry of a JSON or YAML file, before Airflow's rules are applied.
pub(super) struct FileEntry {
    pub(super) key: String,
    /// The value, or what is wrong with it.
    pub(super) value: Result<Json, String>,
    pub(super) line: usize,
}

/// The new payload of each edited key, `None` to remove it. Sorted by key.
pub(super) type Edits<'a> = BTreeMap<&'a str, Option<&'a Payload>>;

impl EntryFile {
    /// The name of the entry with this key.
    pub(super) fn name(self, key: &str) -> SecretName {
        name(self.kind, key)
    }

    /// The key in a name of this file's kind.
    pub(super) fn key(self, name: &SecretName) -> Option<&str> {
        key(self.kind, name)
    }

    /// The key in a name, or why this file cannot hold such an entry.
    pub(super) fn check_name(self, name: &SecretName) -> Result<&str, Rejection> {
        let entries = self.kind.in_prose();
        match self.key(name) {
            None => Err(Rejection::new("kind-not-held", format!("the file can hold only {entries}"))),
            Some("") => Err(Rejection::new("name-invalid", "the name must not be empty")),
            Some(key) => Ok(key),
        }
    }

    /// Reads the entries of a JSON or YAML file by Airflow's rules.
    pub(super) fn records(self, entries: Vec<FileEntry>) -> Result<Vec<Record>, DocumentError> {
        text::reject_duplicates(entries.iter().map(|entry| (entry.key.as_str(), entry.line)))?;
        let mut records = Vec::with_capacity(entries.len());
        records.extend(entries.into_iter().filter_map(|entry| self.record(entry)));
        Ok(records)
    }

    /// Reads one entry by Airflow's rules. Returns `None` if Airflow ignores it.
    pub(super) fn record(self, entry: FileEntry) -> Option<Record> {
        let (content, left_out) = match entry.value {
            Ok(value) => self.parsed(&entry.key, value)?,
            Err(message) => damaged(message),
        };
        Some(Record {
            name: self.name(&entry.key),
            content: on_line(content, entry.line),
            note: None,
            left_out: left_out.into_iter().map(|what| format!("line {}: {what}", entry.line)).collect(),
            metadata: None,
        })
    }

    /// Reads a value by Airflow's rules. Returns `None` if Airflow ignores the entry.
    fn parsed(self, key: &str, value: Json) -> Option<ParsedEntry> {
        match self.kind {
            Kind::Connection => object::parsed(key, value, self.version),
            Kind::Variable => Some(variables::parsed(value, self.reader, self.version)),
            Kind::Config => Some(variables::parsed_config(value)),
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

    /// The payload as a value in a JSON or YAML file.
    pub(super) fn value(self, payload: &Payload) -> Json {
        match self.kind {
            Kind::Connection => object::value(payload),
            Kind::Variable | Kind::Config => variables::value(payload),
        }
    }

    /// The edits by key.
    pub(super) fn edits<'a>(self, edits: &[Edit<'a>]) -> Result<Edits<'a>, DocumentError> {
        let by_key = |edit: &Edit<'a>| match self.key(edit.name) {
            Some(key) => Ok((key, edit.payload)),
            None => Err(foreign(edit.name, self.kind.in_prose())),
        };
        edits.iter().map(by_key).collect()
    }
}

//! Reads the files with the cases and reports failures.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use airbridge_airflow::file::{Format, Options, VariablesReader};
use airbridge_airflow::{AirflowVersion, Connection, Field, Kind, Reading, read};
use airbridge_core::{Content, Json, JsonStyle, Record};
use serde_json::{Map, Number, Value};

/// Reads a file with cases.
pub(crate) fn load(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn version(answerer: &str) -> AirflowVersion {
    if answerer.starts_with('2') { AirflowVersion::V2_11 } else { AirflowVersion::V3_3 }
}

/// The failures by the name of their case.
#[derive(Default)]
pub(crate) struct Failures {
    seen: usize,
    failed: Vec<(String, String)>,
}

impl Failures {
    /// Adds the outcome of one comparison.
    pub(crate) fn check(&mut self, case: &str, outcome: Result<(), String>) {
        self.seen += 1;
        self.failed.extend(outcome.err().map(|message| (case.to_owned(), message)));
    }

    /// Fails with every failed case, except those in `different`, which must fail.
    pub(crate) fn report(self, different: &[&str], at_least: usize) {
        assert!(self.seen >= at_least, "only {} comparisons were made", self.seen);
        let known: BTreeSet<_> = different.iter().copied().collect();
        let (meant, failed): (Vec<_>, Vec<_>) =
            self.failed.into_iter().partition(|(case, _)| known.contains(case.as_str()));
        let lines: Vec<_> = failed.iter().map(|(case, message)| format!("{case}: {message}")).collect();
        assert!(lines.is_empty(), "{} of {} differ\n{}", lines.len(), self.seen, lines.join("\n"));
        let met: BTreeSet<_> = meant.iter().map(|(case, _)| case.as_str()).collect();
        assert_eq!(met, known, "a case that is listed as different does not differ");
    }
}

/// The entries of a file.
pub(crate) fn records(
    format: Format,
    reader: VariablesReader,
    version: AirflowVersion,
    content: &str,
) -> Result<Vec<Record>, String> {
    let document = format.document(Options { reader, version, ..Options::default() });
    document.parse(content.as_bytes()).map_err(|error| error.to_string())
}

/// The key in the name of a record.
pub(crate) fn key(record: &Record) -> &str {
    record.name.as_str().split_once('/').unwrap().1
}

/// The reading of a record by Airflow's core.
pub(crate) fn reading(
    format: Format,
    version: AirflowVersion,
    kind: Kind,
    record: &Record,
) -> Result<Reading, String> {
    match &record.content {
        Content::Payload(payload) => Ok(read(&format.dialect(), version.core_reader(), kind, payload)),
        Content::Hidden(state) => Err(format!("{state:?}")),
    }
}

/// The connection of a record.
pub(crate) fn connection(
    format: Format,
    version: AirflowVersion,
    record: &Record,
) -> Result<Connection, String> {
    match reading(format, version, Kind::Connection, record)? {
        Reading::Connection { connection, .. } => Ok((*connection).clone()),
        Reading::Unreadable(error) => Err(error.to_string()),
        other => Err(format!("{other:?}")),
    }
}

/// The eight fields of a connection.
pub(crate) fn fields(connection: &Connection) -> Map<String, Value> {
    Field::ALL.into_iter().map(|field| (field.name().to_owned(), from_json(connection.get(field)))).collect()
}

/// The eight fields of a row or a result.
pub(crate) fn expected_fields(row: &Value) -> Map<String, Value> {
    Field::ALL.into_iter().map(|field| (field.name().to_owned(), row[field.name()].clone())).collect()
}

/// A value as `serde_json` value, with numbers as Python writes them.
pub(crate) fn from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(_) => {
            let text = value.to_text(JsonStyle::LINE);
            Value::Number(Number::from_str(text.expose()).unwrap())
        }
        Json::String(text) => Value::String(text.expose().to_owned()),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(fields) => {
            fields.iter().map(|(name, value)| (name.to_owned(), from_json(value))).collect()
        }
    }
}

/// A `serde_json` value as [`Json`].
pub(crate) fn to_json(value: &Value) -> Json {
    Json::parse(&value.to_string()).unwrap()
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    found: &T,
) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

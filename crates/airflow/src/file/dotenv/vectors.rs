//! Every reader against the recorded answers of the real tools: `tests/vectors/dotenv_readers.json`.
//!
//! `as` is null if the tool rejects the file. A value is null if it depends on the environment of the tool.

use std::collections::BTreeMap;

use serde_json::Value as Recorded;

use super::reader::Reader;
use super::statement::{Statement, Value};
use super::{DotenvFile, is_airflow_variable};
use crate::file::options::DotenvDialect;
use airbridge_core::{Content, Document, Payload};

/// The names of the tools in the recorded answers. `dash` and `bash` are both a shell.
const TOOLS: [(&str, Reader); 7] = [
    ("docker", Reader::Docker),
    ("compose", Reader::Compose),
    ("standalone", Reader::Standalone),
    ("gotenv", Reader::Env),
    ("load", Reader::Deployment),
    ("dash", Reader::Shell),
    ("bash", Reader::Shell),
];

fn cases() -> Vec<Recorded> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/dotenv_readers.json");
    let document: Recorded = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    document["cases"].as_array().unwrap().clone()
}

/// What a tool found: null if it rejects the file.
fn recorded<'a>(case: &'a Recorded, tool: &str) -> &'a Recorded {
    let groups = case["read"].as_array().unwrap();
    let by_tool = |group: &&Recorded| group["by"].as_array().unwrap().iter().any(|name| name == tool);
    &groups.iter().find(by_tool).unwrap()["as"]
}

/// The last value of each variable; the first one where the tool keeps that.
fn found(reader: Reader, statements: &[Statement]) -> BTreeMap<&str, &Value> {
    let mut found = BTreeMap::new();
    for statement in statements.iter().filter(|statement| is_airflow_variable(&statement.name)) {
        match (reader, &statement.value) {
            (Reader::Deployment, Value::Unknown(_)) => {}
            (Reader::Deployment, value) => drop(found.entry(statement.name.as_str()).or_insert(value)),
            (_, value) => drop(found.insert(statement.name.as_str(), value)),
        }
    }
    found
}

/// What is wrong with the reading of one file.
fn difference(reader: Reader, text: &str, recorded: &Recorded) -> Option<String> {
    let statements = reader.read(text);
    let rejects = statements.iter().any(|statement| matches!(statement.value, Value::Rejected(_)));
    let unknown = statements.iter().any(|statement| matches!(statement.value, Value::Unknown(_)));
    // A shell is not followed past a command.
    let partial = reader == Reader::Shell && rejects;
    let Some(recorded) = recorded.as_object() else {
        return (!rejects && !unknown).then(|| format!("not rejected: {statements:?}"));
    };
    if rejects && !partial {
        return Some(format!("rejected: {statements:?}"));
    }
    let found = found(reader, &statements);
    for (name, value) in &found {
        let fits = match (value, recorded.get(*name)) {
            (Value::Text(text), Some(Recorded::String(recorded))) => text.expose() == recorded,
            (Value::Text(_), _) => false,
            (Value::Unknown(_) | Value::Rejected(_), _) => true,
        };
        if !fits {
            return Some(format!("{name}: {value:?} {}", recorded.get(*name).unwrap_or(&Recorded::Null)));
        }
    }
    let missed = recorded.keys().find(|name| is_airflow_variable(name) && !found.contains_key(name.as_str()));
    missed.filter(|_| !partial).map(|name| format!("{name} is missing"))
}

#[test]
fn every_reader_finds_what_its_tool_found() {
    let mut wrong = Vec::new();
    for case in cases() {
        let text = case["file"].as_str().unwrap();
        for (tool, reader) in TOOLS {
            if let Some(what) = difference(reader, text, recorded(&case, tool)) {
                wrong.push(format!("{tool} {text:?}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn accepted_entry_has_the_value_that_every_tool_of_the_dialect_found() {
    for case in cases() {
        let text = case["file"].as_str().unwrap();
        for dialect in std::iter::once(None).chain(DotenvDialect::ALL.map(Some)) {
            let readers = Reader::of(dialect);
            for record in DotenvFile(dialect).parse(text.as_bytes()).unwrap_or_default() {
                let Content::Payload(Payload::Text(value)) = record.content else { continue };
                for (tool, _) in TOOLS.iter().filter(|(_, reader)| readers.contains(reader)) {
                    let answer = recorded(&case, tool);
                    // Without a dialect, a tool that rejects the file is not its reader.
                    if dialect.is_some() || answer.is_object() {
                        let name = record.name.as_str();
                        assert_eq!(answer[name], value.expose(), "{dialect:?} {tool} {text:?}");
                    }
                }
            }
        }
    }
}

//! `local_file.json`: what the local filesystem backend and the import commands load.

use airbridge_airflow::file::{Format, VariablesReader, guess};
use airbridge_airflow::{AirflowVersion, exporter_uri};
use airbridge_core::{Content, Json, JsonStyle, Payload, Record, State};
use serde_json::Value;

use crate::cases::{
    Failures, connection, equal, expected_fields, fields, from_json, key, load, records, to_json, version,
};

/// Two entries with the same id, of which Airflow silently uses the last; see `docs/differences.md`.
const DIFFERENT: [&str; 1] = ["lfl-0097"];

fn format(ext: &str, kind: &str) -> Option<Format> {
    let name = guess(&format!("{kind}{ext}"), None).ok()?.name();
    let extension = name.rsplit('-').next().unwrap();
    Format::parse(&format!("{kind}-{extension}"))
}

#[test]
fn files_are_loaded_like_airflow() {
    let file = load("local_file.json");
    let mut failures = Failures::default();
    for case in file["cases"].as_array().unwrap() {
        let input = &case["input"];
        let (ext, kind) = (input["ext"].as_str().unwrap(), input["kind"].as_str().unwrap());
        let content = input["content"].as_str().unwrap();
        for (answerer, expected) in case["results"].as_object().unwrap() {
            let version = version(answerer);
            // Airflow uses only the last suffix.
            let suffix = ext.rfind('.').map_or("", |at| &ext[at..]);
            let outcome = match format(suffix, kind) {
                None if expected.get("error").is_some() => Ok(()),
                None => Err(format!("no format for {ext}")),
                Some(format) if kind == "connections" => connections(format, version, content, expected),
                Some(format) => variables(format, version, content, expected),
            };
            failures.check(case["id"].as_str().unwrap(), outcome);
        }
    }
    failures.report(&DIFFERENT, 139);
}

/// If Airflow rejects a whole file, airbridge must report at least one entry.
fn rejected(found: &Result<Vec<Record>, String>, is_bad: impl Fn(&Record) -> bool) -> Result<(), String> {
    match found {
        Ok(records) if !records.iter().any(is_bad) => Err("Airflow rejects the file".to_owned()),
        _ => Ok(()),
    }
}

fn connections(
    format: Format,
    version: AirflowVersion,
    content: &str,
    expected: &Value,
) -> Result<(), String> {
    let found = records(format, VariablesReader::Import, version, content);
    let Some(expected) = expected.get("connections") else {
        return rejected(&found, |record| connection(format, version, record).is_err());
    };
    let (found, expected) = (found?, expected.as_object().unwrap());
    let ids: Vec<_> = found.iter().map(|record| key(record).to_owned()).collect();
    equal("ids", &expected.keys().cloned().collect(), &ids)?;
    for record in &found {
        let answer = &expected[key(record)];
        let connection = connection(format, version, record)?;
        equal("fields", &expected_fields(answer), &fields(&connection))?;
        let uri = exporter_uri(&connection, version.core_reader());
        let uri = uri.map_or_else(|_| Value::Null, |uri| Value::String(uri.expose().to_owned()));
        let written = &answer["get_uri"];
        equal("get_uri", if written.is_object() { &Value::Null } else { written }, &uri)?;
    }
    Ok(())
}

fn variables(format: Format, version: AirflowVersion, content: &str, expected: &Value) -> Result<(), String> {
    let found = records(format, VariablesReader::Backend, version, content);
    let Some(expected) = expected.get("variables") else {
        return rejected(&found, |record| matches!(&record.content, Content::Hidden(State::Damaged { .. })));
    };
    let (found, expected) = (found?, expected.as_object().unwrap());
    let keys: Vec<_> = found.iter().map(|record| key(record).to_owned()).collect();
    equal("keys", &expected.keys().cloned().collect(), &keys)?;
    for record in &found {
        let value = &expected[key(record)];
        match (&record.content, value) {
            (Content::Payload(Payload::Text(text)), Value::String(value)) if text.expose() == value => {}
            (Content::Hidden(State::NoValue), Value::Null) => {}
            // The backend returns a value that is not a string. Dates are given by their `repr`.
            (Content::Hidden(State::Damaged { .. }), value) if is_not_a_string(value) => {}
            (content, _) => return Err(format!("{}: {content:?}", key(record))),
        }
    }
    if version == AirflowVersion::V3_3 { imported(format, content, expected) } else { Ok(()) }
}

fn is_not_a_string(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("datetime."),
        Value::Null => false,
        _ => true,
    }
}

/// `variables import` gets the same values from the loader and stores them as strings.
fn imported(format: Format, content: &str, loaded: &serde_json::Map<String, Value>) -> Result<(), String> {
    for record in records(format, VariablesReader::Import, AirflowVersion::V3_3, content)? {
        let value = &loaded[key(&record)];
        let found = match &record.content {
            Content::Payload(Payload::Text(text)) => Value::String(text.expose().to_owned()),
            Content::Payload(Payload::Fields(fields)) => from_json(&Json::Object(fields.clone())),
            Content::Hidden(_) => Value::Null,
        };
        let stored = match value {
            Value::String(text) if text.starts_with("datetime.") => Value::Null,
            Value::String(_) => value.clone(),
            Value::Object(fields) if fields.contains_key("value") => value.clone(),
            other => Value::String(to_json(other).to_text(JsonStyle::indented(2)).expose().to_owned()),
        };
        equal(key(&record), &stored, &found)?;
    }
    Ok(())
}

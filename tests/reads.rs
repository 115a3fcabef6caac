//! `show env: conn:x` prints the fields that Airflow reads from `AIRFLOW_CONN_X`, for every value of the vectors.

#![cfg(test)]

use std::thread;

use airbridge_tests::{Airbridge, Run, repository};
use serde_json::{Value, json};

const FIELDS: [&str; 8] =
    ["conn_type", "description", "host", "schema", "login", "password", "port", "extra"];

/// The cases of a vector file: id, value, and the fields that each Airflow version reads.
fn cases(file: &str, input: &str) -> Vec<(String, String, Value)> {
    let text = std::fs::read_to_string(repository(&format!("tests/vectors/{file}.json"))).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let cases = vectors["cases"].as_array().unwrap().iter();
    cases
        .map(|case| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&case["id"]), text(&case["input"][input]), case["results"].clone())
        })
        .collect()
}

fn show(text: &str, endpoint: &str) -> Run {
    let user = Airbridge::new().with("AIRFLOW_CONN_X", text);
    user.run(["show", endpoint, "conn:x", "--reveal", "--output", "json"])
}

/// The fields of a result, or `None` where Airflow cannot read: both readers build the URI before they return a
/// connection. That the URI fails for a number or a boolean in a field is a remark of airbridge, not an error.
fn fields(result: &Value) -> Option<Value> {
    let texts = ["conn_type", "host", "schema", "login", "password"];
    let is_typed = texts.iter().any(|field| result[field].is_number() || result[field].is_boolean());
    let has_uri = is_typed || result["get_uri"].get("error").is_none();
    let readable = result.get("error").is_none() && has_uri;
    readable.then(|| FIELDS.iter().map(|field| ((*field).to_owned(), result[field].clone())).collect())
}

/// The difference from Airflow in one case, if any.
fn fault(text: &str, endpoint: &str, expected: &Value) -> Option<String> {
    let run = show(text, endpoint);
    let document: Value = match serde_json::from_str(&run.stdout) {
        Ok(document) => document,
        Err(error) => return Some(format!("{error}: {run}")),
    };
    match fields(expected) {
        Some(fields) if run.code == 0 && document["entries"][0]["fields"] == fields => None,
        Some(fields) => Some(format!("Airflow reads {fields}: {run}")),
        None if run.code == 1 && document["error"]["message"].is_string() => None,
        None => Some(format!("Airflow cannot read it: {run}")),
    }
}

/// Every case that an environment variable can hold, with both readers.
fn check(file: &str, input: &str, comparable: impl Fn(&str) -> bool + Sync) -> usize {
    let cases: Vec<_> = cases(file, input).into_iter().filter(|(_, text, _)| comparable(text)).collect();
    let readers = [("env:", "3.3.2-sdk"), ("env:?airflow_version=2.11", "2.11.2")];
    let faults: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = cases
            .chunks(cases.len().div_ceil(4))
            .map(|cases| {
                scope.spawn(move || {
                    let each = cases.iter().flat_map(|case| readers.map(|reader| (case, reader)));
                    each.filter_map(|((id, text, results), (endpoint, airflow))| {
                        let fault = fault(text, endpoint, &results[airflow])?;
                        Some(format!("{id}, {airflow}, {text:?}: {fault}"))
                    })
                    .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} of {} cases\n{}", faults.len(), cases.len() * 2, faults.join("\n"));
    cases.len()
}

/// Values that an environment variable holds unchanged and that Airflow does not trim first.
fn stands_as_it_is(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains('\0')
}

#[test]
fn uris_are_read_as_airflow_reads_them() {
    let compared = check("uri_parse", "uri", |text| stands_as_it_is(text) && !text.starts_with('{'));
    assert!(compared >= 190, "{compared} cases");
}

#[test]
fn json_values_are_read_as_airflow_reads_them() {
    let compared =
        check("json_parse", "text", |text| !text.contains('\0') && text.trim_start().starts_with('{'));
    assert!(compared >= 100, "{compared} cases");
}

#[test]
fn value_with_white_space_is_trimmed_as_airflow_does() {
    for text in [" t://h/s", "t://h/s\n", "\u{a0}t://h/s", "\n{\"conn_type\": \"t\", \"host\": \"h\"}\t"] {
        let read = |text: &str| show(text, "env:").code(0).json()["entries"][0]["fields"].clone();
        let fields = read(text);
        assert_eq!((&fields, &fields["host"]), (&read(text.trim()), &json!("h")), "{text:?}");
    }
}

#[test]
fn empty_variable_is_not_a_connection_but_an_empty_value() {
    let missing = show("", "env:").code(1);
    assert!(missing.json()["error"]["message"].as_str().unwrap().contains("conn:x"), "{missing}");
    let user = Airbridge::new().with("AIRFLOW_VAR_X", "");
    let shown = user.run(["show", "env:", "var:x", "--reveal", "-o", "json"]).code(0).json();
    assert_eq!(shown["entries"][0]["value"], "");
}

#[test]
fn show_as_prints_a_value_that_is_read_back_the_same() {
    let uri = "postgres://u:p%40ss@Db.Example.test:5432/app?__extra__=%7B%22a%22%3A+1.50%7D";
    let user = Airbridge::new().with("AIRFLOW_CONN_X", uri);
    let read = |text: &str| show(text, "env:").code(0).json()["entries"][0]["fields"].clone();
    for spelling in ["uri", "json"] {
        let pasted = user.run(["show", "env:", "conn:x", "--reveal", "--as", spelling]).code(0).stdout;
        assert_eq!(read(pasted.trim_end_matches('\n')), read(uri), "{spelling}");
        assert_eq!(pasted.starts_with('{'), spelling == "json");
        user.run(["show", "env:", "conn:x", "--as", spelling]).code(2);
    }
}

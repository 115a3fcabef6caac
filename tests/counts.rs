//! Calls to AWS, counted at the server: what is asked for, and nothing twice.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, Calls};
use serde_json::{Value, json};

const ENTRIES: usize = 1_000;

/// Reading that many takes 10 listings and 50 batches, and two calls more for whatever must be found out first.
const READING: usize = ENTRIES / 100 + ENTRIES / 20 + 2;

/// How many calls `calls` has besides those to `operations`.
fn besides(calls: &Calls, operations: &[&str]) -> Vec<String> {
    let others = calls.iter().filter(|(operation, _)| !operations.contains(operation));
    others.map(|(operation, count)| format!("{operation}: {count}")).collect()
}

fn reading(calls: &Calls) {
    let (lists, batches) = (calls.count("ListSecrets"), calls.count("BatchGetSecretValue"));
    assert!(lists + batches <= READING, "{calls:?}");
    assert!(batches >= ENTRIES / 20, "the reading was counted: {calls:?}");
    assert_eq!(besides(calls, &["ListSecrets", "BatchGetSecretValue"]), [""; 0]);
}

#[test]
fn a_thousand_entries_are_written_verified_and_read_with_no_call_too_many() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let connection = |number: usize| {
        let fields =
            json!({ "conn_type": "http", "host": format!("h{number}"), "password": format!("p{number}") });
        (format!("conn_{number:04}"), fields)
    };
    let connections: serde_json::Map<String, Value> = (0..ENTRIES).map(connection).collect();
    user.write("connections.json", Value::from(connections).to_string());
    let copy = ["copy", "connections.json", &aws.endpoint(), "--yes", "-o", "json", "--rate", "1000"];

    let report = user.run(copy).code(0).json();
    assert_eq!(report["summary"]["verified"], ENTRIES, "{}", report["summary"]);
    let written = aws.calls();
    let creates = written.count("CreateSecret");
    assert!((ENTRIES..=ENTRIES + 20).contains(&creates), "{written:?}");
    let verifying = written.count("BatchGetSecretValue");
    assert!((ENTRIES / 20..=ENTRIES / 20 + 2).contains(&verifying), "{written:?}");
    // The target was empty: its listings are short.
    assert!(written.count("ListSecrets") <= 5, "{written:?}");
    assert_eq!(besides(&written, &["CreateSecret", "BatchGetSecretValue", "ListSecrets"]), [""; 0]);

    user.run([
        "export",
        &aws.endpoint(),
        "file:back.json?format=connections-json",
        "--yes",
        "--rate",
        "1000",
    ])
    .code(0);
    let read = aws.calls().since(&written);
    reading(&read);

    // What is there already is read once, and nothing is written.
    let before = aws.calls();
    let report = user.run(copy).code(0).json();
    assert_eq!(report["summary"]["keep"], ENTRIES);
    reading(&aws.calls().since(&before));

    // One entry is found without reading the others' values.
    let before = aws.calls();
    user.run(["show", &aws.endpoint(), "conn:conn_0500"]).code(0);
    let shown = aws.calls().since(&before);
    let all: usize = shown.iter().map(|(_, count)| count).sum();
    assert!(all <= 3, "{shown:?}");
}

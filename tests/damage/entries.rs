//! Entries that the target cannot hold, or that Airflow cannot read.

use airbridge_tests::{Airbridge, AwsUser, VaultMount};
use serde_json::{Value, json};

use crate::{CANARY, refused};

/// The expected row of a plan.
fn reason(user: &Airbridge, target: &str, entry: &str, expected: &str) {
    let plan = user.run(["plan", "file:in/", target, "-o", "json"]).code(4).json();
    let row = plan["entries"].as_array().unwrap().iter().find(|row| {
        let kind = match row["kind"].as_str().unwrap() {
            "connection" => "conn",
            "variable" => "var",
            other => other,
        };
        format!("{kind}:{}", row["id"].as_str().unwrap()) == entry
    });
    let row = row.unwrap_or_else(|| panic!("{entry} is not in {plan}"));
    assert_eq!((&row["action"], &row["reason"]), (&json!("refuse"), &json!(expected)), "{entry}: {row}");
}

/// Checks that the plan refuses the entry with the reason, and that nothing is written, not even the valid entry.
fn damaged(
    aws: &AwsUser,
    target: &str,
    kind: &str,
    file: &Value,
    entry: &str,
    expected: &str,
    words: &[&str],
) {
    let user = Airbridge::new().with_all(aws.variables());
    user.write("in/variables.json", r#"{"good": "g"}"#);
    let mut all = file.clone();
    if kind == "variables" {
        all["good"] = "g".into();
    }
    user.write(&format!("in/{kind}.json"), all.to_string());
    reason(&user, target, entry, expected);
    let words = [words, &[entry]].concat();
    refused(&user, &["plan", "file:in/", target], 4, &words);
    refused(&user, &["copy", "file:in/", target, "--yes"], 4, &words);
}

#[test]
fn names_that_aws_rejects_are_refused() {
    let aws = AwsUser::counted();
    let at = aws.endpoint();
    let long = "k".repeat(500);
    let entry = format!("var:{long}");
    damaged(&aws, &at, "variables", &json!({ &long: CANARY }), &entry, "name-too-long", &["512"]);
    damaged(&aws, &at, "variables", &json!({ "a b": CANARY }), "var:a b", "name-invalid", &["' '"]);
    let connection = json!({ "ünï": { "conn_type": "http", "password": CANARY } });
    damaged(&aws, &at, "connections", &connection, "conn:ünï", "name-invalid", &["'ü'"]);
    assert_eq!(aws.calls().writes(), [""; 0]);
    assert!(aws.calls().count("ListSecrets") > 0, "the plans were made");
}

#[test]
fn values_that_aws_rejects_are_refused() {
    let aws = AwsUser::counted();
    let at = aws.endpoint();
    let large = format!("{CANARY}{}", "é".repeat(32_768));
    let size = large.len().to_string();
    damaged(&aws, &at, "variables", &json!({ "a": large }), "var:a", "value-too-large", &["65536", &size]);
    damaged(&aws, &at, "variables", &json!({ "a": "" }), "var:a", "value-empty", &["empty"]);
    assert_eq!(aws.calls().writes(), [""; 0]);
}

#[test]
fn names_that_vault_changes_are_refused() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    for key in ["a//b", "/a", "a/"] {
        user.write("in/variables.json", json!({ key: CANARY, "good": "g" }).to_string());
        refused(&user, &["copy", "file:in/", &vault.endpoint(), "--yes"], 4, &[&format!("var:{key}")]);
    }
    assert_eq!(vault.calls().writes(), [""; 0]);
}

#[test]
fn two_ids_with_one_name_are_refused() {
    let user = Airbridge::new();
    user.write("in/variables.json", json!({ "Key": CANARY, "KEY": CANARY, "other": "x" }).to_string());
    let target = "file:out.env?format=dotenv";
    for entry in ["var:Key", "var:KEY"] {
        reason(&user, target, entry, "collision");
    }
    refused(&user, &["copy", "file:in/", target, "--yes"], 4, &["var:Key", "var:KEY", "AIRFLOW_VAR_KEY"]);
    assert!(!user.home().join("out.env").exists());
}

#[test]
fn unreadable_connection_is_named_with_its_field() {
    let aws = AwsUser::counted();
    let at = aws.endpoint();
    let with = |fields: Value| json!({ "a": fields });
    let cases = [
        (with(json!({ "conn_type": "http", "password": CANARY, "extra": "plain" })), "extra"),
        (with(json!({ "conn_type": "http", "password": CANARY, "hosst": "h" })), "hosst"),
        (with(json!({ "conn_type": "http", "password": CANARY, "host": [5] })), "host"),
        (
            with(json!({ "conn_type": "http", "password": CANARY, "extra": "{}", "extra_dejson": {} })),
            "extra",
        ),
        (with(json!({ "conn_id": "b", "conn_type": "http", "password": CANARY })), "conn_id"),
        (with(json!(format!("http://u:{CANARY}@h:port/"))), "port"),
    ];
    for (file, word) in cases {
        damaged(&aws, &at, "connections", &file, "conn:a", "unreadable", &[word]);
    }
    assert_eq!(aws.calls().writes(), [""; 0]);
}

#[test]
fn unreadable_values_in_a_store_are_named() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("connections/broken", &format!("{{\"conn_type\": \"http\", \"password\": \"{CANARY}\""));
    aws.put("connections/good", "http://h");
    let source = aws.endpoint();
    refused(&user, &["copy", &source, "file:out/", "--yes"], 4, &["conn:broken", "JSON"]);
    assert!(!user.home().join("out").exists());
    refused(&user, &["show", &source, "conn:broken", "--reveal"], 1, &["conn:broken", "JSON"]);
    refused(&user, &["diff", &source, &source.replace("us-east-1", "eu-west-1")], 1, &["conn:broken"]);
    user.run(["copy", &source, "file:out/", "--partial", "--yes"]).code(5);
    assert!(!user.read("out/connections.json").contains("broken"));
}

#[test]
fn entry_that_airflow_treats_as_missing_is_skipped_with_its_state() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("variables/good", "g");
    aws.call("CreateSecret", json!({ "Name": aws.name("variables/binary"), "SecretBinary": "AAEC" }));
    aws.put("variables/deleted", CANARY);
    aws.call("DeleteSecret", json!({ "SecretId": aws.name("variables/deleted"), "RecoveryWindowInDays": 7 }));
    let plan = user.run(["plan", &aws.endpoint(), "file:out/", "-o", "json"]).code(0).json();
    let entries = plan["entries"].as_array().unwrap();
    let row = |id: &str| entries.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id}: {plan}"));
    assert_eq!((&row("binary")["action"], &row("binary")["reason"]), (&json!("skip"), &json!("binary")));
    assert_eq!(row("good")["action"], "create");
    // Whether the listing shows a deleted secret is the service's choice; if it does, it is skipped.
    let deleted = entries.iter().find(|row| row["id"] == "deleted");
    assert!(deleted.is_none_or(|row| row["action"] == "skip" && row["reason"] == "deleted"), "{plan}");
}

#[test]
fn entries_are_written_as_documented() {
    let user = Airbridge::new().with("AIRFLOW_CONN_A", format!("http://{CANARY}"));
    refused(&user, &["show", "env:", "a"], 2, &["conn:ID", "var:KEY", "config:KEY"]);
    refused(&user, &["show", "env:", "connection:a"], 2, &["conn:"]);
    refused(&user, &["show", "env:", "conn:b"], 1, &["conn:b"]);
    refused(&user, &["list", "env:", "--include", "conn:["], 2, &["conn:["]);
    refused(&user, &["list", "env:", "--only", "connection"], 2, &["connections"]);
    user.write("ids", "conn:a\nnonsense\n");
    refused(&user, &["list", "env:", "--ids", "ids"], 2, &["ids", "line 2"]);
    refused(&user, &["list", "env:", "--ids", "absent"], 2, &["absent"]);
}

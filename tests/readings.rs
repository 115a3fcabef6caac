//! Values that are not what they seem: masks, numbers where strings are expected, secrets from which Airflow reads nothing.

#![cfg(test)]

use airbridge_tests::{Airbridge, AwsUser, VaultMount};
use serde_json::{Value, json};

/// The row of an entry in a document.
fn row<'d>(document: &'d Value, id: &str) -> &'d Value {
    let rows = document["entries"].as_array().expect("entries");
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id}: {document}"))
}

#[test]
fn mask_is_refused_in_every_format_and_backend() {
    let aws = AwsUser::counted();
    aws.put("connections/masked", "postgres://u:***@h");
    aws.put("variables/masked", "***");
    aws.put("connections/fine", r#"{"conn_type": "http", "password": "a***b"}"#);
    let user = Airbridge::new().with_all(aws.variables());
    user.write("connections.json", r#"{"masked": {"conn_type": "http", "extra": {"a": {"secret": "***"}}}}"#);
    user.write("connections.yaml", "masked:\n  conn_type: http\n  password: '****'\n");
    user.write("variables.json", r#"{"masked": "***"}"#);
    user.write(".env", "AIRFLOW_VAR_MASKED=***\n");
    for source in
        ["connections.json", "connections.yaml", "variables.json", ".env?dialect=docker", &aws.endpoint()]
    {
        let run = user.run(["plan", source, "target/", "-o", "json"]).code(4);
        let plan = run.json();
        let rows = plan["entries"].as_array().expect("entries");
        let masked: Vec<_> = rows.iter().filter(|row| row["reason"] == "masked").collect();
        assert!(!masked.is_empty() && masked.iter().all(|row| row["action"] == "refuse"), "{source}: {plan}");
        assert!(rows.iter().all(|row| row["id"] != "fine" || row["action"] == "create"), "{source}: {plan}");
    }
    user.write("set.toml", "[[rule]]\nmatch = \"conn:fine\"\nset.password = \"***\"\n");
    let rules =
        ["plan", &aws.endpoint(), "target/", "--include", "conn:fine", "--rules", "set.toml", "-o", "json"];
    assert_eq!(row(&user.run(rules).code(4).json(), "fine")["reason"], "masked");
}

#[test]
fn numbers_in_fields_are_copied_verbatim_or_are_a_loss() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let text = r#"{"redis": {"conn_type": "redis", "schema": 0, "login": 12345, "host": "h"}}"#;
    user.write("connections.json", text);
    user.run(["copy", "connections.json", &vault.endpoint(), "--yes"]).code(0);
    user.run(["diff", "connections.json", &vault.endpoint()]).code(0);
    let shown = user.run(["show", &vault.endpoint(), "conn:redis", "-o", "json"]).code(0).json();
    let fields = &shown["entries"][0]["fields"];
    assert_eq!((&fields["schema"], &fields["login"]), (&json!(0), &json!(12345)), "{shown}");

    let to_env = ["copy", &vault.endpoint(), "file:connections.env", "--yes"];
    let run = user.run(to_env).code(4);
    assert!(run.stderr.contains("--allow-loss") && run.stderr.contains("field-type"), "{run}");
    let allowed = ["--allow-loss", "field-type", "--allow-loss", "absent-vs-empty"];
    user.run([&to_env[..], &allowed].concat()).code(0);
    assert!(user.read("connections.env").contains("redis://12345@h/0"));
    let again = user.run([&to_env[..], &allowed, &["-o", "json"]].concat()).code(0).json();
    assert_eq!(again["summary"]["keep"], 1, "{again}");

    user.write("connections.yaml", "a:\n  conn_type: http\n  host: [1]\n");
    let plan = user.run(["plan", "connections.yaml", "target/", "-o", "json"]).code(4).json();
    let message = row(&plan, "a")["message"].as_str().expect("a message");
    assert_eq!(row(&plan, "a")["reason"], "unreadable");
    assert!(message.contains("a list"), "{message}");
}

#[test]
fn secret_from_which_airflow_reads_nothing_is_flagged_with_what_is_meant() {
    let aws = AwsUser::counted();
    aws.put("connections/wrapped", r#"{"conn_uri": "postgres://u:p@h/db"}"#);
    aws.put("connections/quoted", "\"postgres://u:p@h/db\"");
    aws.put("connections/fine", "postgres://u:p@h/db");
    let user = Airbridge::new().with_all(aws.variables());
    let plan = user
        .run(["plan", &aws.endpoint(), "target/", "-o", "json", "--allow-loss", "absent-vs-empty"])
        .json();
    assert_eq!(row(&plan, "wrapped")["flags"], json!(["empty-reading"]), "{plan}");
    let quoted = row(&plan, "quoted");
    let flags = quoted["flags"].as_array().expect("flags");
    assert!(flags.iter().any(|flag| flag == "no-type" || flag == "empty-reading"), "{plan}");
    assert!(quoted["message"].as_str().expect("a message").contains("in quotes"), "{plan}");
    assert_eq!(row(&plan, "fine")["flags"], json!([]), "{plan}");
    let human = user.run(["plan", &aws.endpoint(), "target/"]);
    assert!(
        human.stdout.contains("empty-reading") && human.stdout.contains("only Vault has the field"),
        "{human}"
    );
}

#[test]
fn difference_between_absent_and_empty_has_a_way_out_in_every_format() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("connections/a", r#"{"conn_type": "http", "password": "", "host": "h"}"#);
    let copy = ["copy", &aws.endpoint(), "target/", "--yes"];
    let run = user.run(copy).code(4);
    assert!(run.stderr.contains("--allow-loss absent-vs-empty"), "{run}");
    user.run([&copy[..], &["--allow-loss", "absent-vs-empty"]].concat()).code(0);

    user.write("connections.json", r#"{"p": {"conn_type": "http", "host": "h", "port": ""}}"#);
    user.run([
        "copy",
        "connections.json",
        "file:connections.env",
        "--yes",
        "--allow-loss",
        "absent-vs-empty",
    ])
    .code(0);
    assert!(user.read("connections.env").contains("p=http://h"));
}

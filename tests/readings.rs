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

#[test]
fn list_marks_masked_and_unreadable_entries_of_files() {
    let user = Airbridge::new();
    user.write(
        "connections.json",
        r#"{"fine": {"conn_type": "http"}, "masked": {"conn_type": "http", "password": "***"},
            "typed": {"conn_type": "http", "host": ["h"]}, "unknown": {"conn_typ": "http"}}"#,
    );
    let list = user.run(["list", "connections.json", "-o", "json"]).code(0).json();
    for (id, status) in
        [("fine", "ok"), ("masked", "masked"), ("typed", "unreadable"), ("unknown", "unreadable")]
    {
        assert_eq!(row(&list, id)["status"], status, "{list}");
    }
    let human = user.run(["list", "connections.json"]).code(0).stdout;
    let line = |id: &str| human.lines().find(|line| line.contains(id)).expect("a line").to_owned();
    assert!(line("conn:masked").ends_with("masked") && line("conn:typed").ends_with("unreadable"), "{human}");
}

#[test]
fn field_that_airflow_ignores_in_a_backend_is_named_with_what_is_meant() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let rds = r#"{"engine": "postgres", "host": "h", "username": "u", "password": "canary", "dbname": "d"}"#;
    aws.put("connections/rds", rds);
    aws.put("connections/full", r#"{"conn_type": "http", "host": "h", "schema": "s", "password": "p"}"#);
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    let plan = ["plan", &aws.endpoint(), "target/", "-o", "json", "--allow-loss", "absent-vs-empty"];
    let plan = user.run(plan).code(0).json();
    let meant = "field `dbname` is ignored by Airflow, did you mean `database`?";
    assert_eq!(row(&plan, "rds")["message"], meant, "{plan}");
    assert_eq!(row(&plan, "rds")["flags"], json!(["note"]), "{plan}");
    // The target gets what Airflow reads, and so not this field.
    assert_eq!(row(&plan, "rds")["not_carried"], json!(["field `dbname`: ignored by Airflow"]), "{plan}");
    assert_eq!(row(&plan, "full")["message"], Value::Null, "{plan}");

    // Within one kind of backend the secret is copied as it is.
    let fields = json!({ "data": { "conn_uri": "http://h", "login": "canary" } });
    vault.request("POST", &format!("{}/data/connections/both", vault.name), Some(fields));
    let other = VaultMount::counted(2);
    let plan = user.run(["plan", &vault.endpoint(), &other.endpoint(), "-o", "json"]).code(0).json();
    assert_eq!(row(&plan, "both")["not_carried"], json!([]), "{plan}");
    let plan = user.run(["plan", &vault.endpoint(), "target/", "-o", "json"]).code(0).json();
    assert_eq!(row(&plan, "both")["not_carried"], json!(["field `login`: ignored by Airflow"]), "{plan}");
}

#[test]
fn uri_without_slashes_is_flagged_with_what_is_meant() {
    let user = Airbridge::new();
    user.write(
        "connections.json",
        r#"{"jdbc": "jdbc:postgresql://canary/db", "bare": "postgres:canary", "fine": "http://h", "none": "http://"}"#,
    );
    let plan = user.run(["plan", "connections.json", "target/", "-o", "json"]).json();
    let message = |id| row(&plan, id)["message"].as_str().expect("a message").to_owned();
    assert_eq!(row(&plan, "jdbc")["flags"], json!(["no-host"]), "{plan}");
    assert!(message("jdbc").contains("a JDBC URL is not a connection URI"), "{plan}");
    assert!(message("bare").ends_with("the URI has no `//` after its type"), "{plan}");
    assert!(!plan.to_string().contains("canary"), "{plan}");
    for id in ["fine", "none"] {
        assert_eq!(row(&plan, id)["flags"], json!([]), "{plan}");
    }
}

#[test]
fn variable_whose_name_is_nearly_airflows_is_a_warning_with_the_right_name() {
    let lines = "AIRFLOW__CONN_PG=postgres://canary\nAIRFLOW_VARS_A=1\nAIRFLOW_CONN_OK=http://h\n";
    let user = Airbridge::new().with("AIRFLOW_CONNECTION_X", "http://canary");
    user.write(".env", lines);
    for (endpoint, name, meant) in [
        (".env", "AIRFLOW__CONN_PG", "AIRFLOW_CONN_PG"),
        (".env", "AIRFLOW_VARS_A", "AIRFLOW_VAR_A"),
        ("env:", "AIRFLOW_CONNECTION_X", "AIRFLOW_CONN_X"),
    ] {
        let run = user.run(["list", endpoint, "-o", "json"]).code(0);
        let document = run.json();
        let warnings = document["warnings"].as_array().expect("warnings");
        let near = warnings.iter().filter(|warning| warning["code"] == "near-name");
        let near: Vec<_> = near.filter(|warning| warning["message"].to_string().contains(name)).collect();
        let hint = format!("rename it to `{meant}` if it is an entry");
        assert!(near.len() == 1 && near[0]["hint"] == hint.as_str(), "{endpoint}: {document}");
        assert!(!format!("{run}").contains("canary"), "{run}");
    }
    user.write("many.env", [1, 2, 3, 4, 5].map(|number| format!("AIRFLOW_VARS_{number}=x\n")).concat());
    let run = user.run(["list", "many.env?format=dotenv"]).code(0);
    assert!(run.stderr.contains("does not read 2 more variables whose names are similar"), "{run}");
    // Also from standard input, and with `--quiet`.
    let run = user.run_with(["list", "-?format=dotenv", "--quiet"], lines).code(0);
    assert!(run.stderr.contains("`AIRFLOW__CONN_PG`"), "{run}");
    let settings = "airflow:\n  variables:\n    - key: k\n      val: v\n";
    let run = user.run_with(["list", "-?format=astro", "--quiet"], settings).code(0);
    assert!(run.stderr.contains("the Astro CLI ignores `key`"), "{run}");
}

//! The JSON documents match their schemas.

#![cfg(test)]

use std::collections::BTreeMap;

use airbridge_tests::{Airbridge, AwsUser, Run, VaultMount, example, repository};
use serde_json::{Value, json};

/// The schemas by the name in a document's `schema`.
fn schemas() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(repository("docs/schemas")).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let schema = |path: std::path::PathBuf| {
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (name, number) = path.file_stem().unwrap().to_str().unwrap().rsplit_once('-').unwrap();
        let name = format!("airbridge.{name}/{number}");
        (name.replace("airbridge.airbridge.", "airbridge."), schema)
    };
    files.map(schema).collect()
}

/// The document of a run, validated against its schema.
fn valid(run: &Run, name: &str) -> Value {
    let document = run.json();
    assert_eq!(document["schema"], name, "{run}");
    let schemas = schemas();
    let schema =
        schemas.get(name).unwrap_or_else(|| panic!("{name} has no schema, only {:?}", schemas.keys()));
    let validator = jsonschema::validator_for(schema).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path)).collect();
    assert!(faults.is_empty(), "{}\n{document:#}", faults.join("\n"));
    // A schema that accepts everything would check nothing.
    for damage in ["schema", if document["error"].is_null() { "entries" } else { "error" }] {
        let mut damaged = document.clone();
        damaged.as_object_mut().unwrap().remove(damage);
        assert!(!validator.is_valid(&damaged), "{name} is valid without `{damage}`");
    }
    if let Some(entries) = document["entries"].as_array().filter(|entries| !entries.is_empty()) {
        let mut damaged = document.clone();
        damaged["entries"] = json!([{}]);
        assert!(!validator.is_valid(&damaged), "{name} is valid with empty entries");
        let order: Vec<_> = entries.iter().filter(|row| !row["kind"].is_null()).collect();
        let rank =
            |row: &Value| ["connection", "variable", "config"].iter().position(|kind| row["kind"] == *kind);
        let key = |row: &&Value| (rank(row), row["id"].as_str().unwrap_or_default().to_owned());
        assert!(order.is_sorted_by_key(key), "sorted by kind and id: {document:#}");
    }
    document
}

fn keys(row: &Value) -> Vec<&str> {
    row.as_object().unwrap().keys().map(String::as_str).collect()
}

fn has(row: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(keys(row).contains(key), "`{key}` is missing in {row:#}");
    }
}

fn each(document: &Value, wanted: &[&str]) {
    for row in document["entries"].as_array().unwrap() {
        has(row, wanted);
    }
}

#[test]
fn documents_match_their_schemas() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    let (sample, at_aws, at_vault) = (example("files/airflow/"), aws.endpoint(), vault.endpoint());
    let run = |code: i32, arguments: &[&str]| user.run([arguments, &["-o", "json"]].concat()).code(code);

    aws.put("connections/extra", "http://u:p@h");
    aws.put("variables/environment", "another");
    aws.put("connections/red--db", "http://h");

    let list = valid(&run(0, &["list", &at_aws]), "airbridge.list/1");
    has(&list["entries"][0], &["kind", "id", "team", "name", "status"]);
    valid(&run(0, &["list", &at_aws, "--team", "red"]), "airbridge.list/1");
    valid(&run(0, &["list", &at_vault]), "airbridge.list/1");

    let show = valid(&run(0, &["show", &sample, "conn:postgres_default"]), "airbridge.show/1");
    let row = &show["entries"][0];
    has(row, &["kind", "id", "team", "name", "fields", "masked"]);
    let fields = ["conn_type", "description", "host", "schema", "login", "password", "port", "extra"];
    assert_eq!(keys(&row["fields"]), fields, "all eight");
    assert_eq!(row["masked"], json!(["password", "extra"]));
    valid(&run(0, &["show", &sample, "conn:postgres_default", "--reveal"]), "airbridge.show/1");
    let show = valid(&run(0, &["show", &sample, "var:environment"]), "airbridge.show/1");
    has(&show["entries"][0], &["value", "masked"]);

    let plan_keys = [
        "kind",
        "id",
        "team",
        "source_name",
        "target_name",
        "action",
        "reason",
        "message",
        "carried",
        "losses",
        "flags",
        "rule",
        "renamed_from",
        "set",
        "unset",
    ];
    let plan = valid(&run(4, &["plan", &sample, &at_aws]), "airbridge.plan/1");
    each(&plan, &plan_keys);
    assert_eq!(plan["summary"]["refuse"], 1);
    assert_eq!(plan["endpoints"].as_array().map(Vec::len), Some(2));
    valid(&run(3, &["plan", &sample, &at_vault, "--fail-on-change"]), "airbridge.plan/1");
    valid(&run(4, &["plan", &example("files/described.yaml"), &at_aws]), "airbridge.plan/1");
    user.write("rules.toml", concat!(
        "[[rule]]\nmatch = 'conn:aws_*'\nrename = 'conn:{1}'\nset.extra.region_name = 'x'\nunset = ['login']\n",
        "[[rule]]\nmatch = '*'\nexclude = true\n",
    ));
    valid(&run(0, &["plan", &sample, &at_vault, "--rules", "rules.toml"]), "airbridge.plan/1");
    valid(&run(4, &["copy", &sample, &at_aws, "--yes"]), "airbridge.report/1");

    let report = valid(&run(5, &["copy", &sample, &at_aws, "--yes", "--partial"]), "airbridge.report/1");
    each(&report, &[&plan_keys[..], &["outcome", "error"]].concat());
    let written = std::fs::read_to_string(user.home().join("report.json"));
    assert!(written.is_err(), "no report is written unasked");
    valid(&run(0, &["copy", &sample, &at_vault, "--yes", "--report", "report.json"]), "airbridge.report/1");
    let report = Run { code: 0, stdout: user.read("report.json"), stderr: String::new() };
    valid(&report, "airbridge.report/1");

    let print = "--print-airflow-config";
    let report = valid(&run(0, &["copy", &sample, &at_vault, "--yes", print]), "airbridge.report/1");
    has(&report["airflow_config"], &["backend", "backend_kwargs", "left_out"]);
    let plan = valid(&run(4, &["plan", &sample, "env.env?format=dotenv", print]), "airbridge.plan/1");
    assert!(plan["airflow_config"].is_null());

    let diff = valid(&run(3, &["diff", &at_aws, &at_vault]), "airbridge.diff/1");
    let rows = diff["entries"].as_array().unwrap();
    each(&diff, &["kind", "id", "team", "difference", "fields"]);
    let differences: Vec<&str> = rows.iter().map(|row| row["difference"].as_str().unwrap()).collect();
    assert_eq!(differences, ["only-in-a", "only-in-a", "differs"], "{diff:#}");
    valid(&run(0, &["diff", &sample, &at_vault]), "airbridge.diff/1");

    let runs = valid(&run(0, &["runs"]), "airbridge.runs/1");
    each(
        &runs,
        &["run", "state", "exit", "started", "command", "from", "to", "created", "replaced", "unknown"],
    );
    let one = valid(&run(0, &["runs", "last"]), "airbridge.run/1");
    each(&one, &["entry", "name", "action", "outcome", "before", "after", "error"]);
    assert_eq!(one["run"], runs["entries"][0]);

    for (code, arguments) in [
        (0, vec!["doctor", &at_vault]),
        (0, vec!["doctor", &at_vault, "conn:postgres_default"]),
        (3, vec!["doctor", &at_vault, "conn:absent"]),
        (3, vec!["doctor", "vault:no-such-mount"]),
        (3, vec!["doctor", "airflow:"]),
    ] {
        let doctor = valid(&run(code, &arguments), "airbridge.doctor/1");
        each(&doctor, &["kind", "id", "team", "name", "check", "result", "message", "hint"]);
    }

    let endpoints = valid(&run(0, &["endpoints"]), "airbridge.endpoints/1");
    each(&endpoints, &["scheme", "spelling", "description", "class", "place_key", "keys"]);
    let one = valid(&run(0, &["endpoints", "vault"]), "airbridge.endpoints/1");
    assert_eq!((&one["summary"]["entries"], &one["entries"][0]["scheme"]), (&json!(1), &json!("vault")));
}

#[test]
fn documents_about_use_and_permissions_match_their_schemas() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let user = Airbridge::new().with_all(aws.variables()).with_all(vault.variables());
    let (sample, at_aws, at_vault) = (example("files/airflow/"), aws.endpoint(), vault.endpoint());
    let run = |code: i32, arguments: &[&str]| user.run([arguments, &["-o", "json"]].concat()).code(code);
    run(0, &["copy", &sample, &at_vault, "--yes"]);

    let dags = airbridge_tests::repository("crates/dags/tests/dags");
    let check = valid(&run(3, &["check", &at_vault, "--dags", dags.to_str().unwrap()]), "airbridge.check/1");
    each(&check, &["kind", "id", "team", "name", "use", "required", "message", "references"]);
    for used in ["missing", "unused", "dynamic"] {
        assert!(check["entries"].as_array().unwrap().iter().any(|row| row["use"] == used), "{used}");
    }
    valid(&run(2, &["check", &at_vault, "--dags", "absent"]), "airbridge.check/1");
    user.write("broken.py", "X(my_conn_id='postgres_default')\ndef f(:\n");
    let check = valid(&run(0, &["check", &at_vault, "--dags", "."]), "airbridge.check/1");
    assert_eq!(
        (&check["unread"][0]["file"], &check["entries"][1]["use"]),
        (&json!("broken.py"), &json!("unused"))
    );

    let policy = valid(&run(0, &["policy", &at_vault, "--for", "read"]), "airbridge.policy/1");
    has(&policy["entries"][0], &["title", "language", "text", "notes"]);
    valid(&run(0, &["policy", &at_aws, "--for", "write"]), "airbridge.policy/1");
    valid(&run(2, &["policy", &sample, "--for", "read"]), "airbridge.policy/1");
}

#[test]
fn documents_of_undo_apply_and_deletions_match_their_schemas() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let sample = example("files/airflow/");
    let run = |code: i32, arguments: &[&str]| user.run([arguments, &["-o", "json"]].concat()).code(code);
    run(0, &["copy", &sample, &vault.endpoint(), "--yes"]);
    let undo = valid(&run(0, &["undo", "last", "--dry-run"]), "airbridge.plan/1");
    each(&undo, &["undo"]);
    run(0, &["plan", &sample, "file:saved/", "--save", "plan.json"]);
    let saved = Run { code: 0, stdout: user.read("plan.json"), stderr: String::new() };
    let saved = valid(&saved, "airbridge.saved-plan/1");
    each(&saved, &["source_seen", "target_seen"]);
    valid(&run(0, &["apply", "plan.json", "--dry-run"]), "airbridge.saved-plan/1");
    let applied = valid(&run(0, &["apply", "plan.json", "--yes"]), "airbridge.report/1");
    has(&applied, &["run", "arguments"]);
    valid(&run(4, &["apply", "plan.json", "--yes"]), "airbridge.report/1");
    user.write("less.json", r#"{"a": "1"}"#);
    let less =
        ["copy", "file:less.json?format=variables-json", "file:saved/", "--yes", "--only", "variables"];
    let less = [&less[..], &["--prune", "--max-delete", "9"]].concat();
    let pruned = valid(&run(0, &less), "airbridge.report/1");
    assert_eq!(pruned["summary"]["delete"], 4);
}

#[test]
fn failure_before_entries_exist_is_an_error_document() {
    let user = Airbridge::new();
    let cases: [(&[&str], i32, &str); 12] = [
        (&["list", "asw:x"], 2, "airbridge.list/1"),
        (&["doctor", "asw:x"], 2, "airbridge.doctor/1"),
        (&["show", "file:absent.json?format=variables-json", "var:x"], 1, "airbridge.show/1"),
        (&["plan", "file:absent.json?format=variables-json", "file:out/"], 1, "airbridge.plan/1"),
        (&["copy", "env:", "file:out/"], 2, "airbridge.report/1"),
        (&["diff", "env:", "vault:?mount=x"], 2, "airbridge.diff/1"),
        (&["endpoints", "valut"], 2, "airbridge.endpoints/1"),
        (&["runs", "absent"], 2, "airbridge.run/1"),
        (&["undo", "absent", "-n"], 2, "airbridge.plan/1"),
        (&["undo", "absent"], 2, "airbridge.report/1"),
        (&["apply", "absent.json"], 2, "airbridge.report/1"),
        (&["list"], 2, "airbridge.error/1"),
    ];
    for (arguments, code, schema) in cases {
        let run = user.run([arguments, &["-o", "json"]].concat()).code(code);
        let document = valid(&run, schema);
        has(&document["error"], &["code", "message", "hint"]);
        assert!(document["entries"].is_null());
    }
}

#[test]
fn json_output_prints_only_the_document() {
    let user = Airbridge::new().with("AIRFLOW_VAR_A", "x");
    for arguments in
        [vec!["list", "env:"], vec!["plan", "env:", "file:out/"], vec!["copy", "env:", "file:out/", "--yes"]]
    {
        for voice in [vec![], vec!["-vvv"], vec!["--quiet"], vec!["--color", "always"]] {
            let run = user.run([&arguments[..], &["-o", "json"], &voice].concat()).code(0);
            assert!(run.json().is_object());
            assert!(!run.stdout.contains('\u{1b}'), "{run}");
        }
    }
}

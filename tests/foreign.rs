//! Files that other tools read or write: `.env` files, settings with keys that a tool ignores, files that are not Airflow's.

#![cfg(test)]

use airbridge_tests::{Airbridge, Run};
use serde_json::{Value, json};

/// The step of an entry in a plan.
fn step<'a>(plan: &'a Value, kind: &str, id: &str) -> &'a Value {
    let entries = plan["entries"].as_array().expect("entries");
    entries.iter().find(|entry| entry["kind"] == kind && entry["id"] == id).expect("the entry")
}

/// The first hint of a failed run.
fn first_hint(run: &Run) -> &str {
    let hint = run.stderr.lines().find_map(|line| line.trim_start().strip_prefix("hint: "));
    hint.unwrap_or_else(|| panic!("no hint: {run}"))
}

#[test]
fn connection_in_an_env_file_is_a_uri_that_every_tool_reads_alike() {
    let user = Airbridge::new();
    let pg = json!({ "conn_type": "postgres", "host": "Db", "login": "u", "password": "p#w$1 '~", "extra": "{\"a\": 1}" });
    user.write("connections.json", json!({ "pg": pg }).to_string());
    let run = user.run(["copy", "connections.json", ".env", "--yes", "-o", "json"]).code(0);
    assert_eq!(step(&run.json(), "connection", "pg")["losses"], json!(["absent-vs-empty"]), "{run}");
    let uri = "postgres://u:p%23w%241%20%27%7E@%44b/?__extra__=%7B%22a%22%3A+1%7D";
    assert_eq!(user.read(".env"), format!("AIRFLOW_CONN_PG={uri}\n"));
    user.run(["diff", "connections.json", ".env"]).code(0);
    let run = user.run(["copy", "connections.json", "-?format=dotenv", "--yes"]).code(0);
    assert_eq!(run.stdout, format!("AIRFLOW_CONN_PG={uri}\n"), "{run}");
}

#[test]
fn variable_without_a_common_form_is_refused_with_the_dialect_as_first_hint() {
    let user = Airbridge::new();
    for value in ["a#b", "p$1", "abc'", "a b", "{\"a\": 1}", "a\\b", ""] {
        user.write("variables.json", json!({ "v": value, "plain": "x" }).to_string());
        let run = user.run(["copy", "variables.json", ".env", "--yes"]).code(4);
        assert!(first_hint(&run).starts_with("set `dialect=`"), "{run}");
        assert!(!user.home().join(".env").exists(), "{run}");
    }
    user.write("variables.json", json!({ "v": "p$X #1" }).to_string());
    for (dialect, line) in
        [("astro", "'p$X #1'"), ("astro-docker", "'p$X #1'"), ("docker", "p$X #1"), ("shell", "'p$X #1'")]
    {
        let target = format!("{dialect}.env?format=dotenv&dialect={dialect}");
        user.run(["copy", "variables.json", &target, "--yes"]).code(0);
        assert_eq!(user.read(&format!("{dialect}.env")), format!("AIRFLOW_VAR_V={line}\n"));
    }
}

#[test]
fn line_that_the_modes_of_astro_dev_read_differently_is_refused() {
    let user = Airbridge::new();
    user.write(".env", "AIRFLOW_VAR_A=p$X\nAIRFLOW_VAR_B=x\n");
    let run = user.run(["plan", ".env?dialect=astro", "out/"]).code(4);
    assert!(run.stdout.contains("`astro dev` in standalone mode reads this line differently"), "{run}");
    assert!(first_hint(&run).starts_with("set `dialect=`"), "{run}");
    user.run(["copy", ".env?dialect=astro-standalone", "out/", "--yes"]).code(0);
    assert!(user.read("out/variables.json").contains("p$X"));
}

#[test]
fn key_that_the_astro_cli_ignores_is_named_with_its_line() {
    let user = Airbridge::new();
    let settings = "airflow:\n  connections:\n    - conn_id: c\n      Conn_Type: t\n      extra: {a: b}\n  variables:\n    - key: k\n      val: v\n";
    user.write("airflow_settings.yaml", settings);
    let plan = user.run(["plan", "airflow_settings.yaml", "out/", "-o", "json"]).code(0).json();
    let extra = "line 5: the Astro CLI ignores `extra`, did you mean `conn_extra`?";
    assert_eq!(step(&plan, "connection", "c")["not_carried"], json!([extra]));
    let run = user.run(["copy", "airflow_settings.yaml", "out/", "--yes", "--quiet"]).code(0);
    for words in [
        extra,
        "line 7: the Astro CLI ignores `key`, did you mean `variable_name`?",
        "line 8: the Astro CLI ignores `val`",
    ] {
        assert!(run.stderr.contains(words), "{words}: {run}");
    }
}

#[test]
fn field_that_variables_import_ignores_is_a_warning() {
    let user = Airbridge::new();
    user.write("variables.json", r#"{"v": {"value": "x", "desc": "canary"}}"#);
    let run = user.run(["copy", "variables.json", "out/", "--yes", "--quiet", "-o", "json"]).code(0);
    let ignored = "line 1: field `desc`: ignored by `variables import`";
    assert_eq!(step(&run.json(), "variable", "v")["not_carried"], json!([ignored]));
    let warning = &run.json()["warnings"][0];
    assert_eq!(
        (&warning["code"], &warning["message"]),
        (&json!("not-copied"), &json!(format!("not copied: var:v: {ignored}")))
    );
    assert!(run.stderr.contains(ignored) && !run.stderr.contains("canary"), "{run}");
    let diff = user.run(["diff", "out/", "variables.json", "--quiet"]).code(0);
    assert!(diff.stderr.contains(&format!("not compared: var:v: {ignored}")), "{diff}");
}

#[test]
fn file_of_another_tool_is_named_for_what_it_is() {
    let user = Airbridge::new();
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  AIRFLOW_CONN_A: t://canary\n";
    let list = r#"[{"conn_id": "a", "conn_type": "t", "password": "canary"}]"#;
    let reply = r#"{"variables": [{"key": "a", "value": "canary"}], "total_entries": 1}"#;
    for (file, format, content, what) in [
        ("secret.yaml", "variables-yaml", secret, "a Kubernetes Secret"),
        ("connections.json", "connections-json", list, "`airflow connections list`"),
        ("variables.json", "variables-json", reply, "REST API"),
        ("compose.yaml", "variables-yaml", "services:\n  web: {image: canary}\n", "a Docker Compose file"),
        (
            "terraform.tfstate",
            "variables-json",
            r#"{"terraform_version": "1", "resources": ["canary"]}"#,
            "Terraform",
        ),
    ] {
        user.write(file, content);
        let explicit = format!("{file}?format={format}");
        let stream = format!("-?format={format}");
        for run in [
            user.run(["plan", file, "out/"]),
            user.run(["list", &explicit]),
            user.run_with(["list", &stream], content),
        ] {
            let run = run.code(2);
            assert!(run.stderr.contains(what) && !run.stderr.contains("canary"), "{run}");
            first_hint(&run);
        }
        std::fs::remove_file(user.home().join(file)).expect("the file");
    }
    user.write("variables.json", r#"{"kind": "Secret", "apiVersion": "v1"}"#);
    user.run(["plan", "variables.json", "out/"]).code(0);
}

//! The file that `airbridge probe` prints, in tasks of a real Airflow 3.3.2 (scheduler, API server, Dag processor and
//! `LocalExecutor`) and a real Airflow 2.11.2 (scheduler with the `SequentialExecutor`), with OpenBao as the secrets backend.

#![cfg(test)]

mod deployment;
mod script;
mod stream;

use airbridge_tests::{Run, Version};
use deployment::{CANARIES, Deployment, Ran};
use serde_json::{Value, json};

/// What holds in both versions.
fn check(ran: &Ran) {
    let copied: Vec<_> =
        ["airbridge_probe.copy", "airbridge_probe.diff", "probe_checks.ask", "probe_checks.log"]
            .into_iter()
            .filter(|task| ran.states.get(*task).map(String::as_str) != Some("success"))
            .collect();
    assert!(copied.is_empty(), "{copied:?} failed: {}", ran.everything());
    assert_eq!(ran.answers.get("done").map(String::as_str), Some("yes"), "{}", ran.everything());
    the_copy_is_in_the_target(ran);
    a_shadowed_entry_fails_the_comparison_and_is_named(ran);
    every_entry_has_the_place_that_answered(ran);
    nothing_is_written_to_a_log(ran);
}

fn the_copy_is_in_the_target(ran: &Ran) {
    let target = &ran.deployment.target;
    for (path, password) in
        [("env_db", "canary-env-db"), ("backend_db", "canary-backend-db"), ("meta_db", "canary-meta-db")]
    {
        assert_eq!(target.fields(&format!("connections/{path}"))["password"], password);
    }
    for (path, value) in [
        ("variables/env_var", "canary-env-var"),
        ("variables/backend_var", "canary-backend-var"),
        ("variables/meta_var", "canary-meta-var"),
        ("variables/meta/var", "canary-slashed-var"),
        ("config/smtp_password", "canary-config"),
    ] {
        assert_eq!(target.fields(path)["value"], value);
    }
    assert_eq!(target.fields("connections/backend_db")["description"], "of the backend");
    assert!(ran.log("airbridge_probe", "copy").contains("conn:nowhere"), "{}", ran.everything());
    assert!(ran.log("airbridge_probe", "diff").contains("No differences"), "{}", ran.everything());
}

fn a_shadowed_entry_fails_the_comparison_and_is_named(ran: &Ran) {
    assert_eq!(ran.states["probe_checks.shadowed"], "failed");
    let log = ran.log("probe_checks", "shadowed");
    for part in
        ["conn:shadowed", "password", "Airflow reads it from the environment", "ended with exit code 3"]
    {
        assert!(log.contains(part), "{part}: {}", ran.everything());
    }
}

fn every_entry_has_the_place_that_answered(ran: &Ran) {
    let shadowed = ran.line("connection", "shadowed");
    assert_eq!(shadowed["source"], "environment");
    assert_eq!(shadowed["also"][0]["same"], false, "{shadowed}");
    assert_eq!(ran.line("connection", "env_db")["source"], "environment");
    assert_eq!(ran.line("connection", "backend_db")["source"], "backend");
    assert_eq!(ran.line("config", "smtp_password")["source"], "backend");
    assert_eq!(ran.line("variable", "meta_var")["value"], "canary-meta-var");
    assert_eq!(ran.line("variable", "meta/var")["value"], "canary-slashed-var");
    assert_eq!(ran.line("connection", "nowhere")["error"], "missing");
    let lost = ran.line("variable", "lost_var");
    assert_eq!(lost["error"], "unreadable", "{lost}");
    assert_eq!(
        lost["raised"].as_object().and_then(|raised| raised.values().next()),
        Some(&json!("no-value"))
    );
    let shown = listed(ran, "entries.jsonl");
    for (id, status) in [("env_db", "ok"), ("meta_db", "ok")] {
        assert_eq!(status_of(&shown, id), status, "{shown}");
    }
    let file = ran.file("file.jsonl");
    assert_eq!(file.lines().count(), 3, "{file}");
}

fn nothing_is_written_to_a_log(ran: &Ran) {
    assert!(ran.logs.len() > 5, "{:?}", ran.logs.keys());
    for (name, text) in &ran.logs {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{name} has {canary}: {text}");
        }
    }
    let answer = |name: &str| ran.answers[name].as_str();
    assert_eq!(answer("log"), "the entries are not written to a terminal or a log; use a pipe or a file");
    assert_eq!(answer("echo"), "the command printed the entries, so its output is not shown here");
    assert_eq!(answer("id"), "not an entry: 'pool:x'; write conn:ID, var:KEY or config:KEY");
    let script = ran.log("probe_checks", "log");
    assert!(script.contains("ended with 1"), "{script}");
}

/// What `airbridge list` says of a file of the checks.
fn listed(ran: &Ran, name: &str) -> Value {
    ran.deployment.user.write(name, ran.file(name));
    ran.deployment.user.run(["list", name, "-o", "json"]).code(0).json()
}

fn status_of<'a>(document: &'a Value, id: &str) -> &'a str {
    let entries = document["entries"].as_array().expect("entries");
    entries
        .iter()
        .find(|entry| entry["id"] == id)
        .and_then(|entry| entry["status"].as_str())
        .unwrap_or("absent")
}

fn plan(ran: &Ran, options: &[&str]) -> Run {
    let target = ran.deployment.elsewhere.endpoint();
    let arguments = ["plan", "entries.jsonl", &target, "-v"].into_iter().chain(options.iter().copied());
    ran.deployment.user.run(arguments)
}

#[test]
fn probe_in_tasks_of_airflow_3_reads_what_they_read_and_says_what_they_cannot() {
    let ran = Deployment::new(Version::V3).run();
    check(&ran);
    // The Execution API passes on no description, and takes no id with a slash.
    let stored = ran.line("connection", "meta_db");
    assert_eq!(stored["source"], "execution-api");
    assert_eq!(stored["fields"]["password"], "canary-meta-db");
    assert_eq!(stored["fields"].get("description"), None);
    let slash = ran.line("connection", "meta/slash");
    assert_eq!(slash["error"], "unreadable");
    assert_eq!(slash["not_asked"]["execution-api"], "slash-in-id");
    // It does not tell these from connections that do not exist.
    for id in ["lost_key", "free_db"] {
        assert_eq!(ran.line("connection", id)["error"], "missing");
    }
    // A server that fails, or refuses, is not taken for one that has no such entry.
    for (fault, why) in
        [("API_SERVER_ERROR", "API_SERVER_ERROR"), ("PERMISSION_DENIED", "AirflowSecretsBackendAccessDenied")]
    {
        let lines = ran.file(&format!("{fault}.jsonl"));
        let mut lines = lines.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
        assert_eq!(lines.next().unwrap()["source"], "environment");
        for line in lines.take(2) {
            assert_eq!(
                (&line["error"], &line["raised"]["execution-api"]),
                (&json!("unreadable"), &json!(why)),
                "{line}"
            );
        }
    }
    // A task cannot list connections; the keys of variables it can.
    assert_eq!(status_of(&listed(&ran, "entries.jsonl"), "backend_var"), "absent");
    let refused = plan(&ran, &["--exclude", "conn:shadowed"]).code(4);
    for part in [
        "the source does not show whether it has a description",
        "cannot be asked for an id that contains `/`",
        "without a value that Airflow can decrypt",
        "the probe listed the connections of the environment, but not those of the secrets backend and the metadata database",
        "the probe listed the variables of the environment and the metadata database, but not those of the secrets backend",
        "conn:shadowed: Airflow reads it from the environment; the Execution API has a different value",
    ] {
        let printed = format!("{}{}", refused.stdout, refused.stderr);
        assert!(printed.contains(part), "{part}: {refused}");
    }
    let answer = |name: &str| ran.answers[name].as_str();
    assert!(
        answer("child").contains("0 lines")
            && answer("child").contains("import the probe in the task itself"),
        "{}",
        answer("child")
    );
    assert!(ran.log("probe_checks", "log").contains("import the probe in the task itself"));
    for name in ["stdin", "ids"] {
        let answer = answer(name);
        assert!(
            answer.starts_with("2, error: standard input is the channel of this Airflow task"),
            "{answer}"
        );
        assert!(answer.contains("probe.pipe") && answer.contains("< /dev/null"), "{answer}");
    }
    assert!(answer("database").starts_with("2, "), "{}", answer("database"));
    assert!(answer("database").contains("keeps the metadata database from it"), "{}", answer("database"));
}

#[test]
fn probe_in_tasks_of_airflow_2_reads_the_metadata_database_itself() {
    let ran = Deployment::new(Version::V2).run();
    check(&ran);
    let stored = ran.line("connection", "meta_db");
    assert_eq!(stored["source"], "metastore");
    assert_eq!(stored["fields"]["description"], "of the database");
    assert_eq!(ran.deployment.target.fields("connections/meta_db")["description"], "of the database");
    assert_eq!(ran.line("connection", "meta/slash")["fields"]["password"], "canary-slash");
    assert_eq!(ran.line("connection", "free_db")["fields"]["extra"], "canary free text");
    let lost = ran.line("connection", "lost_key");
    assert_eq!((&lost["error"], &lost["raised"]["metastore"]), (&json!("unreadable"), &json!("no-value")));
    assert_eq!(status_of(&listed(&ran, "entries.jsonl"), "lost_key"), "unreadable");
    let refused = plan(&ran, &["--exclude", "conn:shadowed"]).code(4);
    assert!(refused.stderr.contains("the metadata database has a different value"), "{refused}");
    let answer = |name: &str| ran.answers[name].as_str();
    assert!(answer("child").starts_with("0, 3 lines"), "{}", answer("child"));
    // What a shell in a task prints goes to its log.
    assert!(ran.log("probe_checks", "log").contains("standard output and standard error are one"));
    assert!(
        answer("database").starts_with("0, ") && answer("database").contains("var:meta_var"),
        "{}",
        answer("database")
    );
}

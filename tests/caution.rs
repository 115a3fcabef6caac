//! A run that would do something else than the user's words say: what is refused, and what is a warning.

#![cfg(test)]

use airbridge_tests::{Airbridge, Run, VaultMount};
use serde_json::{Value, json};

const CONNECTIONS: &str = r#"{"prod_db": {"conn_type": "postgres"}, "test_db": {"conn_type": "postgres"}}"#;

fn user() -> Airbridge {
    let user = Airbridge::new();
    user.write("connections.json", CONNECTIONS);
    user
}

/// The codes of the warnings in a document.
fn codes(document: &Value) -> Vec<&str> {
    let warnings = document["warnings"].as_array().expect("warnings");
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code")).collect()
}

/// That a command failed with exit code 4, wrote nothing and said all of `words`.
fn refused(run: &Run, user: &Airbridge, words: &[&str]) {
    assert_eq!(run.code, 4, "{run}");
    assert!(!user.home().join("target/").exists(), "{run}");
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
}

#[test]
fn unknown_kind_in_a_glob_is_a_usage_error_with_the_nearest() {
    let user = user();
    user.write("rules.toml", "[[rule]]\nmatch = \"con:prod_*\"\nexclude = true\n");
    for (options, near) in [
        (["--exclude", "vars:*"], "did you mean `var:`?"),
        (["--include", "connection:prod_*"], "did you mean `conn:`?"),
        (["--rules", "rules.toml"], "did you mean `conn:`?"),
    ] {
        let command = [&["copy", "connections.json", "target/", "--yes", "--allow-unused"], &options[..]];
        let run = user.run(command.concat()).code(2);
        assert!(run.stderr.contains("unknown kind") && run.stderr.contains(near), "{run}");
    }
}

#[test]
fn glob_or_rule_that_excludes_nothing_is_refused_unless_allowed() {
    let user = user();
    user.write("rules.toml", "[[rule]]\nmatch = \"conn:prdo_*\"\nexclude = true\n");
    for options in [["--exclude", "conn:prdo_*"], ["--rules", "rules.toml"]] {
        let copy = [&["copy", "connections.json", "target/", "--yes", "--only", "connections"], &options[..]];
        let copy = copy.concat();
        refused(&user.run(copy.clone()), &user, &["conn:prdo_*", "matches no entry", "--allow-unused"]);
        let plan = [&["plan", "connections.json", "target/", "--only", "connections"], &options[..]].concat();
        user.run(plan).code(4);
        let diff = [&["diff", "connections.json", "connections.json"], &options[..]].concat();
        user.run(diff).code(4);
        user.run([&copy[..], &["--allow-unused"]].concat()).code(0);
        std::fs::remove_dir_all(user.home().join("target/")).expect("the target");
    }
    user.run(["copy", "connections.json", "target/", "--yes", "--exclude", "conn:prod_*"]).code(0);
}

#[test]
fn include_that_matches_nothing_is_refused() {
    let user = user();
    let copy = ["copy", "connections.json", "target/", "--yes", "--include", "conn:prod_*", "--include"];
    refused(&user.run([&copy[..], &["conn:none"]].concat()), &user, &["--include 'conn:none'"]);
    let list = ["list", "connections.json", "--include", "conn:none"];
    user.run(list).code(4);
    user.run([&list[..], &["--allow-unused"]].concat()).code(4);
}

#[test]
fn prefix_that_matches_nothing_is_a_warning_with_near_names() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    user.write("connections.json", CONNECTIONS);
    user.write("variables.json", r#"{"a": "1"}"#);
    let target = vault.endpoint();
    user.run(["copy", "connections.json", &target, "--yes"]).code(0);
    user.run(["copy", "variables.json", &target, "--yes"]).code(0);

    let wrong = ["--from", "connections_path=connection"];
    let copy = [
        &["copy", &target, "variables-copy.json?format=variables-json", "--only", "variables", "--yes"],
        &wrong[..],
    ];
    let run = user.run(copy.concat()).code(0);
    assert!(!run.stderr.contains("connection/"), "connections are not selected: {run}");

    let list = [&["list", &target], &wrong[..]].concat();
    let run = user.run([&list[..], &["--quiet"]].concat()).code(0);
    assert!(run.stderr.contains("no name matches connection/*") && run.stderr.contains("--all"), "{run}");
    let document = user.run([&list[..], &["-o", "json"]].concat()).code(0).json();
    assert_eq!(codes(&document), ["empty-kind"], "{document}");
    let run = user.run([&list[..], &["--all"]].concat()).code(0);
    assert!(run.stderr.contains("the service also has `connections/prod_db`"), "{run}");
    assert!(run.stdout.contains("foreign"), "{run}");
    for flag in ["--fail-on-empty", "--fail-on-warning"] {
        let run = user.run([&list[..], &[flag]].concat()).code(4);
        assert!(run.stderr.contains(flag), "{run}");
    }
}

#[test]
fn empty_source_is_a_warning_that_quiet_keeps_and_fail_on_empty_refuses() {
    let user = Airbridge::new();
    user.write("connections.json", "{}");
    let copy = ["copy", "connections.json", "target/", "--yes", "--exclude", "conn:x"];
    let run = user.run([&copy[..], &["--quiet"]].concat()).code(0);
    assert!(run.stderr.contains("has no entries"), "{run}");
    let report = user.run([&copy[..], &["-o", "json"]].concat()).code(0).json();
    assert_eq!(codes(&report), ["empty-endpoint"]);
    refused(&user.run([&copy[..], &["--fail-on-empty"]].concat()), &user, &["--fail-on-empty is set"]);
}

#[test]
fn warnings_stop_a_copy_with_fail_on_warning_and_are_in_every_document() {
    let user = user();
    user.write("rules.toml", "[[rule]]\nmatch = \"conn:none\"\nunset = [\"extra\"]\n");
    let copy = ["copy", "connections.json", "target/", "--yes", "--rules", "rules.toml"];
    let strict = [&copy[..], &["--fail-on-warning", "--report", "report.json"]].concat();
    refused(&user.run(strict), &user, &["1 warning, and --fail-on-warning is set"]);
    let report: Value = serde_json::from_str(&user.read("report.json")).expect("a report");
    assert_eq!(codes(&report), ["idle-rule"]);

    let missing = ["plan", "connections.json", "target/", "--rules", "rules.toml", "-o", "json"];
    let plan = user.run(missing).code(0).json();
    assert_eq!(codes(&plan), ["idle-rule"]);
    assert_eq!(plan["warnings"][0]["hint"], Value::Null, "{plan}");
    let list = user.run(["list", "connections.json", "-o", "json"]).code(0).json();
    assert_eq!(list["warnings"], json!([]));
    let error = user.run(["list", "none.json", "-o", "json"]).code(1).json();
    assert_eq!((&error["warnings"], &error["error"]["code"]), (&json!([]), &json!("not-found")));
}

#[test]
fn ids_only_prints_what_ids_reads() {
    let user = user();
    let run = user.run(["list", "connections.json", "--ids-only"]).code(0);
    assert_eq!(run.stdout, "conn:prod_db\nconn:test_db\n");
    user.write("ids", &run.stdout);
    user.run(["list", "connections.json", "--ids", "ids"]).code(0);
}

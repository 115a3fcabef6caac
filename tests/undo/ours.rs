//! `--on-conflict ours`: two backends in step, without overwriting what a person changed.

use airbridge_tests::{Airbridge, VaultMount};
use serde_json::{Value, json};

use crate::words_of;

fn step(user: &Airbridge, target: &str, values: &Value, more: &[&str]) -> airbridge_tests::Run {
    user.write("variables.json", values.to_string());
    let copy = ["copy", "variables.json", target, "--on-conflict", "ours", "--yes", "-o", "json"];
    user.run([&copy[..], &["--prune", "--max-delete", "5"], more].concat())
}

#[test]
fn what_airbridge_wrote_is_kept_in_step_and_what_others_wrote_stays() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let target = vault.endpoint();
    // Someone else has written two entries.
    let other = Airbridge::new().with_all(vault.variables());
    other.write("variables.json", json!({ "theirs": "t", "also": "t" }).to_string());
    other.run(["copy", "variables.json", &target, "--yes"]).code(0);

    step(&user, &target, &json!({ "a": "1", "b": "1" }), &[]).code(0);
    step(&user, &target, &json!({ "a": "2", "b": "1" }), &[]).code(0);
    // The entries of others are neither deleted nor replaced.
    let refused = step(&user, &target, &json!({ "a": "3", "theirs": "mine" }), &[]).code(4).json();
    let reasons = words_of(&refused, "reason");
    assert_eq!(reasons["variable:theirs"], "conflict");
    let actions = words_of(&refused, "action");
    assert_eq!((actions["variable:a"].as_str(), actions["variable:b"].as_str()), ("replace", "delete"));
    assert!(!actions.contains_key("variable:also"), "{actions:?}");
    step(&user, &target, &json!({ "a": "3" }), &[]).code(0);
    assert_eq!(vault.names("variables/"), ["a", "also", "theirs"]);

    // Someone changes what airbridge wrote: it is a conflict from then on, to replace and to delete.
    other.write("variables.json", json!({ "a": "by hand" }).to_string());
    other.run(["copy", "variables.json", &target, "--yes", "--on-conflict", "overwrite"]).code(0);
    for values in [json!({ "a": "4", "z": "1" }), json!({ "z": "1" })] {
        let refused = step(&user, &target, &values, &[]).code(4);
        assert_eq!(words_of(&refused.json(), "reason")["variable:a"], "conflict", "{refused}");
        assert!(refused.stdout.contains("changed after airbridge wrote it"), "{refused}");
    }
}

#[test]
fn report_says_what_was_written_on_another_machine() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let target = vault.endpoint();
    step(&user, &target, &json!({ "a": "1" }), &["--report", "report.json"]).code(0);
    let other = Airbridge::new().with_all(vault.variables());
    step(&other, &target, &json!({ "a": "2" }), &[]).code(4);
    other.write("since.json", user.read("report.json"));
    step(&other, &target, &json!({ "a": "2" }), &["--since", "since.json"]).code(0);
    // Now the report is out of date.
    step(&other, &target, &json!({ "a": "3" }), &["--since", "since.json"]).code(4);
    step(&other, &target, &json!({ "a": "3" }), &[]).code(0);
}

#[test]
fn target_without_versions_is_refused() {
    let user = Airbridge::new();
    let run = step(&user, "file:to/", &json!({ "a": "1" }), &[]).code(2);
    assert!(run.stdout.contains("compares versions, and file:to/ has none"), "{run}");
    let run = user.run(["copy", "variables.json", "file:to/", "--since", "x.json", "--yes"]).code(2);
    assert!(run.stderr.contains("--since needs --on-conflict ours"), "{run}");
}

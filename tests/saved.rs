//! Saved plans: executed as they were reviewed, or not at all.

#![cfg(test)]

use std::os::unix::fs::PermissionsExt;

use airbridge_tests::{Airbridge, AwsUser, VaultMount};
use serde_json::{Value, json};

fn write(user: &Airbridge, values: &Value) {
    user.write("variables.json", values.to_string());
}

/// A plan of a user, saved as `plan.json`, that replaces `a`, creates `b` and deletes `c`.
fn saved(user: &Airbridge, target: &str) {
    write(user, &json!({ "a": "c4n4ry 1", "c": "c4n4ry 1" }));
    user.run(["copy", "variables.json", target, "--yes"]).code(0);
    write(user, &json!({ "a": "c4n4ry 2", "b": "c4n4ry 2" }));
    let plan = ["plan", "variables.json", target, "--on-conflict", "overwrite", "--save", "plan.json"];
    user.run([&plan[..], &["--prune", "--max-delete", "1"]].concat()).code(0);
}

#[test]
fn plan_is_executed_as_it_was_saved_and_holds_no_value() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let target = aws.endpoint();
    saved(&user, &target);
    for file in ["plan.json", "plan.json.key"] {
        assert!(!user.read(file).contains("c4n4ry"), "{file}");
        let mode = std::fs::metadata(user.home().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    // Shown without a connection: nothing answers at another address.
    let before = aws.calls().iter().count();
    let shown = user.run(["apply", "plan.json", "--dry-run"]).code(0);
    assert!(shown.stdout.contains("3 entries: 1 create, 1 replace, 1 delete"), "{shown}");
    assert_eq!(aws.calls().iter().count(), before);
    let report = user.run(["apply", "plan.json", "--yes", "-o", "json"]).code(0).json();
    let summary = &report["summary"];
    assert_eq!(
        (&summary["create"], &summary["replace"], &summary["delete"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(summary["verified"], 3);
    user.run(["diff", "variables.json", &target]).code(0);
    // It is a run like any other.
    let runs = user.run(["runs", "-o", "json"]).code(0).json();
    assert_eq!(runs["entries"][0]["command"], "apply");
    user.run(["undo", "last", "--yes"]).code(0);
    write(&user, &json!({ "a": "c4n4ry 1", "c": "c4n4ry 1" }));
    user.run(["diff", "variables.json", &target]).code(0);
}

#[test]
fn entry_that_moved_on_either_side_is_named_and_nothing_is_written() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let target = vault.endpoint();
    saved(&user, &target);
    let other = Airbridge::new().with_all(vault.variables());
    let change = |values: Value| {
        write(&other, &values);
        other.run(["copy", "variables.json", &target, "--yes", "--on-conflict", "overwrite"]).code(0);
    };
    let refused = |named: &[&str]| {
        let writes = vault.calls().writes().len();
        let run = user.run(["apply", "plan.json", "--yes"]).code(4);
        for named in named {
            assert!(run.stderr.contains(named), "{named}: {run}");
        }
        assert!(!run.stderr.contains("c4n4ry"), "{run}");
        assert_eq!(vault.calls().writes().len(), writes, "{run}");
    };
    // At the source, which has no versions.
    write(&user, &json!({ "a": "c4n4ry 3", "b": "c4n4ry 2" }));
    refused(&["1 entry has changed", "var:a (changed at the source)"]);
    write(&user, &json!({ "a": "c4n4ry 2", "b": "c4n4ry 2", "d": "new" }));
    refused(&["1 entry has changed", "var:d (not in the saved plan)"]);
    write(&user, &json!({ "a": "c4n4ry 2" }));
    refused(&["1 entry has changed", "var:b (missing in the new plan"]);
    write(&user, &json!({ "a": "c4n4ry 2", "b": "c4n4ry 2" }));
    // At the target: what is replaced, what is deleted, what is new.
    change(json!({ "a": "c4n4ry 9" }));
    refused(&["1 entry has changed", "var:a (changed at the target)"]);
    change(json!({ "c": "c4n4ry 9" }));
    refused(&["2 entries have changed", "var:a (changed at the target)", "var:c (changed at the target)"]);
    change(json!({ "b": "by hand" }));
    refused(&["3 entries have changed", "var:b (changed at the target)"]);
}

#[test]
fn what_the_plan_depends_on_must_be_as_it_was() {
    let vaults = [VaultMount::counted(2), VaultMount::counted(2)];
    let user = Airbridge::new().with_all(vaults[0].variables());
    write(&user, &json!({ "a": "1" }));
    user.write("rules.toml", "[[rule]]\nmatch = 'var:a'\nrename = 'var:b'\n");
    user.write(
        "airbridge.toml",
        format!("[endpoints.there]\nbackend = \"{}\"\n", vaults[0].endpoint().split('?').next().unwrap()),
    );
    let target = vaults[0].endpoint();
    user.run(["plan", "variables.json", &target, "--rules", "rules.toml", "--save", "plan.json"]).code(0);

    user.write("rules.toml", "[[rule]]\nmatch = 'var:a'\nrename = 'var:c'\n");
    let run = user.run(["apply", "plan.json", "--yes"]).code(4);
    assert!(run.stderr.contains("rules.toml was changed after the plan was saved"), "{run}");
    user.write("rules.toml", "[[rule]]\nmatch = 'var:a'\nrename = 'var:b'\n");

    let key = user.read("plan.json.key");
    user.write_private("plan.json.key", "0".repeat(64));
    let run = user.run(["apply", "plan.json", "--yes"]).code(4);
    assert!(run.stderr.contains("var:b (changed at the source)"), "{run}");
    std::fs::remove_file(user.home().join("plan.json.key")).unwrap();
    let run = user.run(["apply", "plan.json", "--yes"]).code(2);
    assert!(run.stderr.contains("plan.json.key cannot be read"), "{run}");
    user.write_private("plan.json.key", key);

    // Another target under the same name.
    let plan = user.read("plan.json");
    user.write(
        "other.json",
        plan.replace(&vaults[0].name, &vaults[1].name).replace("\"place\": \"vault:", "\"place\": \"vault:x"),
    );
    user.write_private("other.json.key", user.read("plan.json.key"));
    let run = user.run(["apply", "other.json", "--yes"]).code(4);
    assert!(run.stderr.contains("the target of the plan is"), "{run}");

    for (name, content) in [
        ("list.json", "[]"),
        ("text.json", "x"),
        ("plan1.json", r#"{"schema": "airbridge.plan/1", "entries": []}"#),
    ] {
        user.write(name, content);
        let run = user.run(["apply", name, "--yes"]).code(2);
        assert!(run.stderr.contains("is not a saved plan"), "{run}");
    }
    // No option changes a decision.
    for option in
        [&["--on-conflict", "overwrite"][..], &["--partial"], &["--prune"], &["--rules", "rules.toml"]]
    {
        user.run([&["apply", "plan.json", "--yes"][..], option].concat()).code(2);
    }
    user.run(["apply", "plan.json", "--yes"]).code(0);
    assert_eq!(vaults[0].names("variables/"), ["b"]);
}

#[test]
fn key_replaces_no_other_file_and_none_that_others_can_read() {
    let user = Airbridge::new();
    write(&user, &json!({ "a": "1" }));
    let plan = ["plan", "variables.json", "file:to/", "--save", "server"];
    user.write_private("server.key", "-----BEGIN PRIVATE KEY-----");
    let run = user.run(plan).code(2);
    assert!(run.stderr.contains("server.key exists and is not the key of a saved plan"), "{run}");
    assert_eq!(user.read("server.key"), "-----BEGIN PRIVATE KEY-----");
    std::fs::remove_file(user.home().join("server.key")).unwrap();
    user.write("server.key", "0".repeat(64));
    let run = user.run(plan).code(2);
    assert!(run.stderr.contains("other users can read server.key"), "{run}");
    user.write_private("server.key", "0".repeat(64));
    user.run(plan).code(0);
    assert_ne!(user.read("server.key").trim(), "0".repeat(64));
    user.run(["apply", "server", "--yes"]).code(0);
}

#[test]
fn plan_cannot_allow_commands() {
    let user = Airbridge::new();
    write(&user, &json!({ "a": "1" }));
    let fernet = airbridge_tests::FERNET_KEY;
    user.write(
        "airflow.cfg",
        format!("[core]\nfernet_key = {fernet}\n[database]\nsql_alchemy_conn_cmd = touch ran\n"),
    );
    // The command prints no address, so the plan fails after it ran.
    let plan = ["plan", "variables.json", "airflow-db:airflow.cfg", "--save", "plan.json"];
    let refused = user.run(plan).code(2);
    assert!(
        refused.stderr.contains("--allow-commands") && !user.files().contains(&"ran".to_owned()),
        "{refused}"
    );
    // A plan for another target, changed by hand to name it and to allow commands.
    user.run(["plan", "variables.json", "file:to/", "--save", "plan.json"]).code(0);
    let mut saved: Value = serde_json::from_str(&user.read("plan.json")).unwrap();
    saved["asked"]["to"] = "airflow-db:airflow.cfg".into();
    user.write("plan.json", saved.to_string());
    let run = user.run(["apply", "plan.json", "--yes"]).code(2);
    assert!(run.stderr.contains("--allow-commands"), "{run}");
    saved["asked"]["allow_commands"] = true.into();
    user.write("plan.json", saved.to_string());
    let run = user.run(["apply", "plan.json", "--yes"]).code(2);
    assert!(run.stderr.contains("is not a saved plan"), "{run}");
    assert!(!user.files().contains(&"ran".to_owned()), "{run}");
}

//! What an undo refuses, and from where it takes what it needs.

use airbridge_tests::{Airbridge, AwsUser, RECIPIENT, VaultMount};
use serde_json::{Value, json};

use crate::key_vault::KeyVault;
use crate::{words, words_of};

fn write(user: &Airbridge, values: &Value) {
    user.write("variables.json", values.to_string());
}

const COPY: [&str; 5] = ["--yes", "--on-conflict", "overwrite", "-o", "json"];

#[test]
fn entry_that_was_changed_since_is_refused_and_stays_as_it_is() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let target = vault.endpoint();
    let copy = |values: Value| {
        write(&user, &values);
        user.run([&["copy", "variables.json", &target][..], &COPY].concat()).code(0).json()
    };
    copy(json!({ "a": "1", "b": "1" }));
    let run = copy(json!({ "a": "2", "b": "2", "c": "2", "d": "2" }));
    let run = run["run"].as_str().unwrap();
    // Others change one of the replaced and one of the new entries.
    copy(json!({ "b": "3", "d": "3" }));
    let undo = ["undo", run, "--yes", "-o", "json"];
    let refused = user.run(undo).code(4);
    let actions = [
        ("variable:a", "replace"),
        ("variable:b", "refuse"),
        ("variable:c", "delete"),
        ("variable:d", "refuse"),
    ];
    assert_eq!(words_of(&refused.json(), "action"), words(&actions));
    let reasons = words_of(&refused.json(), "reason");
    assert_eq!(
        (reasons["variable:b"].as_str(), reasons["variable:d"].as_str()),
        ("changed-since", "changed-since")
    );
    assert!(refused.stderr.contains("2 changes cannot be undone; nothing was written"), "{refused}");
    assert!(refused.stderr.contains("--partial"), "{refused}");
    user.run([&undo[..], &["--partial"]].concat()).code(5);
    write(&user, &json!({ "a": "1", "b": "3", "d": "3" }));
    user.run(["diff", "variables.json", &target]).code(0);
}

#[test]
fn secret_that_was_disabled_since_is_refused_and_stays() {
    let vault = KeyVault::new();
    let user = Airbridge::new().with_all(vault.variables());
    write(&user, &json!({ "a": "1" }));
    user.run(["copy", "variables.json", &vault.endpoint(), "--yes"]).code(0);
    vault.double.put("airflow-variables-a", "1", &json!({ "enabled": false }));
    let refused = user.run(["undo", "last", "--yes", "-o", "json"]).code(4).json();
    assert_eq!(words_of(&refused, "reason"), words(&[("variable:a", "changed-since")]));
    assert_eq!(vault.double.count("DELETE"), 0);
}

#[test]
fn backup_shows_what_was_changed_since_where_there_are_no_versions() {
    let user = Airbridge::new();
    user.write_keys();
    let copy = |values: Value, more: &[&str]| {
        write(&user, &values);
        let copy = [&["copy", "variables.json", "file:to/"][..], &COPY, more].concat();
        user.run(copy).code(0).json()["run"].as_str().unwrap().to_owned()
    };
    copy(json!({ "a": "1", "b": "1" }), &[]);
    let run = copy(json!({ "a": "2", "b": "2", "c": "2" }), &["--backup", "b.age", "--recipient", RECIPIENT]);
    copy(json!({ "b": "3" }), &[]);
    let undo = ["undo", &run, "--identity", "key.txt", "-n", "-o", "json"];
    let plan = user.run(undo).code(4).json();
    let actions = [("variable:a", "replace"), ("variable:b", "refuse"), ("variable:c", "delete")];
    assert_eq!(words_of(&plan, "action"), words(&actions));
    assert_eq!(words_of(&plan, "reason")["variable:b"], "changed-since");

    // A backup that was moved is named.
    std::fs::rename(user.home().join("b.age"), user.home().join("moved.age")).unwrap();
    let undo = ["undo", &run, "--identity", "key.txt", "-n"];
    let lost = user.run(undo).code(4);
    assert!(
        lost.stderr.contains("the backup of the run is missing")
            && lost.stderr.contains("--from-backup FILE.age"),
        "{lost}"
    );
    let found = user.run([&undo[..], &["--from-backup", "moved.age"]].concat()).code(4);
    assert!(found.stdout.contains("1 to replace"), "{found}");

    // Without a backup, a new entry can still be removed, and the plan says what nothing shows.
    let run = copy(json!({ "a": "4", "d": "4" }), &[]);
    let plan = user.run(["undo", &run, "-n", "-o", "json"]).code(4).json();
    assert_eq!(words_of(&plan, "action"), words(&[("variable:a", "refuse"), ("variable:d", "delete")]));
    assert_eq!(words_of(&plan, "reason")["variable:a"], "no-former-value");
    let deleted = plan["entries"].as_array().unwrap().iter().find(|entry| entry["id"] == "d").unwrap();
    assert_eq!(deleted["flags"], json!(["unchecked"]));
    let refused = user.run(["undo", &run, "-y"]).code(4);
    assert!(refused.stderr.contains("--from-backup FILE.age"), "{refused}");
}

#[test]
fn run_is_undone_from_its_report_on_another_machine() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let target = aws.endpoint();
    write(&user, &json!({ "a": "1", "b": "1" }));
    user.run([&["copy", "variables.json", &target][..], &COPY].concat()).code(0);
    write(&user, &json!({ "a": "2", "c": "2" }));
    let copy = ["copy", "variables.json", &target, "--prune", "--max-delete", "1", "--report", "report.json"];
    user.run([&copy[..], &COPY].concat()).code(0);

    let other = Airbridge::new().with_all(aws.variables());
    let report = user.read("report.json");
    // Paths in the report count from the folder of the run, which must be there.
    other.write(
        "report.json",
        report.replace(&user.home().display().to_string(), &other.home().display().to_string()),
    );
    let undone = other.run(["undo", "--report", "report.json", "--yes", "-o", "json"]).code(0).json();
    let actions = [("variable:a", "replace"), ("variable:b", "restore"), ("variable:c", "delete")];
    assert_eq!(words_of(&undone, "action"), words(&actions));
    write(&user, &json!({ "a": "1", "b": "1" }));
    user.run(["diff", "variables.json", &target]).code(0);

    // An undo is a run that can be undone: the deleted secret is taken back.
    let again = other.run(["undo", "last", "--yes", "-o", "json"]).code(0).json();
    let actions = [("variable:a", "replace"), ("variable:b", "delete"), ("variable:c", "restore")];
    assert_eq!(words_of(&again, "action"), words(&actions));
    write(&user, &json!({ "a": "2", "c": "2" }));
    user.run(["diff", "variables.json", &target]).code(0);
}

#[test]
fn what_is_no_run_that_wrote_is_refused_with_the_way_out() {
    let user = Airbridge::new();
    write(&user, &json!({ "a": "1" }));
    user.write("out/other.txt", "");
    user.run(["export", "variables.json", "out/variables.json"]).code(0);
    user.write("plan.json", r#"{"schema": "airbridge.plan/1", "entries": []}"#);
    for (arguments, code, message) in [
        (&["undo"][..], 2, "RUN|--report"),
        (&["undo", "2020"], 2, "no run `2020` is recorded"),
        (&["undo", "last", "--report", "plan.json"], 2, "cannot be used with"),
        (&["undo", "--report", "plan.json"], 2, "is not the report of a run that wrote"),
        (&["undo", "--report", "absent.json"], 2, "absent.json cannot be read"),
        (&["undo", "last", "--yes"], 2, "remove that file if you do not need it"),
        (&["undo", "last"], 2, "remove that file"),
    ] {
        let run = user.run(arguments).code(code);
        assert!(run.stderr.contains(message), "{run}");
    }
}

#[test]
fn backup_that_cannot_be_written_keeps_everything_as_it_is() {
    let user = Airbridge::new();
    user.write_keys();
    write(&user, &json!({ "a": "1" }));
    user.run(["copy", "variables.json", "file:to/", "--yes"]).code(0);
    write(&user, &json!({ "a": "2" }));
    user.write("there.age", "x");
    let copy = ["copy", "variables.json", "file:to/", "--yes", "--on-conflict", "overwrite"];
    for (backup, code, message) in [
        (&["--backup", "b.age"][..], 2, "it is not said for whom"),
        (&["--backup", "b.json", "--recipient", RECIPIENT], 2, "name a file that ends in .age"),
        (&["--backup", "there.age", "--recipient", RECIPIENT], 2, "a backup is a new file"),
        (&["--backup", "/proc/b.age", "--recipient", RECIPIENT], 1, "/proc/b.age"),
    ] {
        let run = user.run([&copy[..], backup].concat()).code(code);
        assert!(run.stderr.contains(message), "{run}");
        assert!(user.read("to/variables.json").contains("\"1\""), "{run}");
    }
}

//! Deleting what only the target has: how much, and what never.

use airbridge_tests::{Airbridge, AwsUser, VaultMount, rows};
use serde_json::{Value, json};

fn user(vault: &VaultMount) -> Airbridge {
    let user = Airbridge::new().with_all(vault.variables());
    user.write("in/connections.json", json!({ "c": "http://c" }).to_string());
    user.write("in/variables.json", json!({ "a": "1", "b": "1", "tmp_x": "1" }).to_string());
    user.run(["copy", "file:in/", &vault.endpoint(), "--yes"]).code(0);
    user
}

fn names(vault: &VaultMount) -> [Vec<String>; 2] {
    [vault.names("connections/"), vault.names("variables/")]
}

#[test]
fn no_more_is_deleted_than_allowed_and_nothing_that_is_not_selected() {
    let vault = VaultMount::counted(2);
    let (user, target) = (user(&vault), vault.endpoint());
    user.write("in/variables.json", json!({ "a": "1" }).to_string());
    let copy = ["copy", "file:in/", &target, "--yes"];
    let prune =
        |most: &str, more: &[&str]| user.run([&copy[..], &["--prune", "--max-delete", most], more].concat());
    let refused = prune("1", &[]).code(4);
    assert!(refused.stderr.contains("2 entries would be deleted, more than --max-delete 1"), "{refused}");
    assert_eq!(names(&vault)[1], ["a", "b", "tmp_x"]);
    // --prune alone is not enough.
    let run = user.run([&copy[..], &["--prune"]].concat()).code(2);
    assert!(format!("{run}").contains("--max-delete"), "{run}");
    prune("2", &["--exclude", "var:tmp_*"]).code(0);
    assert_eq!(names(&vault), [vec!["c".to_owned()], vec!["a".to_owned(), "tmp_x".to_owned()]]);
    let plan = user.run(["plan", "file:in/", &target, "--prune", "--max-delete", "2"]).code(0);
    assert!(plan.stdout.contains("1 to delete") && plan.stdout.contains("Deleted secrets are"), "{plan}");
    assert_eq!(names(&vault)[1], ["a", "tmp_x"], "a plan deletes nothing");
    prune("2", &["--only", "connections"]).code(0);
    assert_eq!(names(&vault)[1], ["a", "tmp_x"]);
}

#[test]
fn nothing_of_a_kind_is_deleted_if_the_source_lists_nothing_of_it() {
    let vault = VaultMount::counted(2);
    let (user, target) = (user(&vault), vault.endpoint());
    for (variables, connections) in [("{}", r#"{"c": "http://c"}"#), (r#"{"a": "1"}"#, "{}"), ("{}", "{}")] {
        user.write("in/variables.json", variables);
        user.write("in/connections.json", connections);
        let run = user.run(["copy", "file:in/", &target, "--yes", "--prune", "--max-delete", "9"]).code(4);
        assert!(run.stderr.contains("the source lists no") && run.stderr.contains("--only"), "{run}");
        assert_eq!(names(&vault).map(|names| names.len()), [1, 3], "{run}");
    }
}

#[test]
fn names_that_are_no_entries_or_could_be_several_are_never_deleted() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    user.write("variables.json", json!({ "a": "1", "b": "1" }).to_string());
    user.run(["copy", "variables.json", &aws.endpoint(), "--yes"]).code(0);
    aws.put("variables2/x", "1");
    aws.put("another", "1");
    user.write("variables.json", json!({ "a": "1" }).to_string());
    let copy =
        ["copy", "variables.json", &aws.endpoint(), "--yes", "--prune", "--max-delete", "9", "-o", "json"];
    let report = user.run(copy).code(0).json();
    let deleted: Vec<_> =
        rows(&report, "action").into_iter().filter(|(_, action)| action == "delete").collect();
    assert_eq!(deleted, [("variable:b".to_owned(), Value::from("delete"))]);
    let left: Vec<String> = aws.versions().into_iter().map(|(name, _)| name).collect();
    assert!(
        left.iter().any(|name| name == "variables2/x") && left.iter().any(|name| name == "another"),
        "{left:?}"
    );
}

#[test]
fn deleted_secret_that_holds_the_name_is_taken_back_only_if_asked() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    user.write("variables.json", json!({ "a": "1", "b": "1" }).to_string());
    user.run(["copy", "variables.json", &aws.endpoint(), "--yes"]).code(0);
    user.write("less.json", json!({ "a": "1" }).to_string());
    let less = [
        "copy",
        "file:less.json?format=variables-json",
        &aws.endpoint(),
        "--yes",
        "--prune",
        "--max-delete",
        "1",
    ];
    user.run(less).code(0);
    user.write("variables.json", json!({ "a": "1", "b": "2" }).to_string());
    let copy = ["copy", "variables.json", &aws.endpoint(), "--yes", "-o", "json"];
    let refused = user.run(copy).code(4).json();
    let entry = |report: &Value| {
        report["entries"].as_array().unwrap().iter().find(|entry| entry["id"] == "b").unwrap().clone()
    };
    assert_eq!(entry(&refused)["reason"], "name-reserved");
    let report = user.run([&copy[..], &["--restore-deleted"]].concat()).code(0).json();
    assert_eq!(
        (&entry(&report)["action"], &entry(&report)["outcome"]),
        (&"restore".into(), &"verified".into())
    );
    user.run(["diff", "variables.json", &aws.endpoint()]).code(0);
    // Taking that back deletes the secret again.
    user.run(["undo", "last", "--yes"]).code(0);
    let left = user.run(["list", &aws.endpoint(), "-o", "json"]).code(0).json();
    assert_eq!(
        rows(&left, "status"),
        [("variable:a".to_owned(), "ok".into()), ("variable:b".to_owned(), "deleted".into())]
    );
}

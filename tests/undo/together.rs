//! Two runs at the same time into one target: neither overwrites what the other wrote, and each says what it did.

use std::process::{Child, Stdio};

use airbridge_tests::{Airbridge, AwsUser, Run, VaultMount};
use serde_json::{Map, Value};

use crate::words_of;

const ENTRIES: usize = 60;

fn write(user: &Airbridge, value: &str) {
    let variable = |number: usize| (format!("k{number:02}"), Value::from(value));
    let variables: Map<_, _> = (0..ENTRIES).map(variable).collect();
    user.write("variables.json", Value::Object(variables).to_string());
}

/// Copies different values at the same time. Returns what each run reported.
fn race(settings: &[(String, String)], target: &str) -> [Run; 2] {
    let users = ["one", "two"].map(|value| {
        let user = Airbridge::new().with_all(settings.to_vec());
        write(&user, value);
        user
    });
    let start = |user: &Airbridge| -> Child {
        let copy = ["copy", "variables.json", target, "--yes", "-o", "json"];
        let mut command = user.command([&copy[..], &["--on-conflict", "overwrite", "--rate", "60"]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let [first, second] = [start(&users[0]), start(&users[1])];
    [first, second].map(|child| child.wait_with_output().unwrap().into())
}

/// Each entry has the value of the run that says that it wrote it, and the other run says that it did not.
fn nothing_is_overwritten(runs: &[Run; 2], there: impl Fn(&str) -> (String, u64), versions: u64) {
    let outcomes = [&runs[0], &runs[1]].map(|run| words_of(&run.json(), "outcome"));
    let mut both = 0;
    for number in 0..ENTRIES {
        let id = format!("variable:k{number:02}");
        let wrote = [&outcomes[0], &outcomes[1]].map(|outcomes| outcomes[&id] == "verified");
        assert!(wrote[0] != wrote[1] || wrote[0], "{id}: neither run wrote it: {} {}", runs[0], runs[1]);
        let (value, version) = there(&format!("k{number:02}"));
        if wrote[0] && wrote[1] {
            // One had ended before the other began: the later one replaced it knowingly.
            both += 1;
        } else {
            let winner = if wrote[0] { "one" } else { "two" };
            assert_eq!((value.as_str(), version), (winner, versions), "{id}");
        }
    }
    assert!(both < ENTRIES, "the runs were not at the same time");
    let failed =
        |run: &Run| words_of(&run.json(), "outcome").values().filter(|word| *word == "failed").count();
    let failed = failed(&runs[0]) + failed(&runs[1]);
    assert_eq!(failed, ENTRIES - both, "{} {}", runs[0], runs[1]);
    for run in runs {
        let fine = words_of(&run.json(), "outcome").values().all(|word| word == "verified");
        assert_eq!(run.code, i32::from(!fine), "{run}");
    }
}

#[test]
fn of_two_runs_that_create_the_same_entries_one_writes_each() {
    let vault = VaultMount::counted(2);
    let runs = race(&vault.variables(), &vault.endpoint());
    let there = |name: &str| of_vault(&vault, name);
    nothing_is_overwritten(&runs, there, 1);

    let aws = AwsUser::counted();
    let runs = race(&aws.variables(), &aws.endpoint());
    let there = |name: &str| (aws.text(&format!("variables/{name}")), 1);
    nothing_is_overwritten(&runs, there, 1);
}

#[test]
fn of_two_runs_that_replace_the_same_entries_one_writes_each() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    write(&user, "before");
    user.run(["copy", "variables.json", &vault.endpoint(), "--yes"]).code(0);
    let runs = race(&vault.variables(), &vault.endpoint());
    nothing_is_overwritten(&runs, |name| of_vault(&vault, name), 2);
}

fn of_vault(vault: &VaultMount, name: &str) -> (String, u64) {
    let found = vault.request("GET", &format!("{}/data/variables/{name}", vault.name), None);
    let value = found["data"]["data"]["value"].as_str().unwrap().to_owned();
    (value, found["data"]["metadata"]["version"].as_u64().unwrap())
}

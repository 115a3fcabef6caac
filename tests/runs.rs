//! Records of runs: what they say, where they are, and that they say enough when a run is killed.

#![cfg(test)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use airbridge_tests::{Airbridge, VaultMount};
use serde_json::{Map, Value};

/// A user with variables in a file, each with a value that no record may hold.
fn user(vault: &VaultMount, count: usize) -> Airbridge {
    let user = Airbridge::new().with_all(vault.variables());
    write(&user, count, "old");
    user
}

fn write(user: &Airbridge, count: usize, round: &str) {
    let variable = |number| (format!("key_{number:03}"), Value::from(format!("c4n4ry {round} {number}")));
    let variables: Map<_, _> = (0..count).map(variable).collect();
    user.write("variables.json", Value::from(variables).to_string());
}

fn runs(user: &Airbridge) -> Vec<Value> {
    user.run(["runs", "-o", "json"]).code(0).json()["entries"].as_array().unwrap().clone()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn record_says_what_was_written_and_holds_no_value() {
    let vault = VaultMount::counted(2);
    let user = user(&vault, 3);
    assert_eq!(runs(&user), Vec::<Value>::new());
    let target = vault.endpoint();
    // Only runs that write are recorded.
    user.run(["plan", "variables.json", &target]).code(0);
    user.run(["copy", "variables.json", &target, "--dry-run"]).code(0);
    user.run(["copy", "variables.json", &target, "--yes"]).code(0);
    user.run(["copy", "variables.json", &target, "--yes"]).code(0);
    write(&user, 3, "new");
    user.run(["copy", "variables.json", &target, "--yes", "--on-conflict", "overwrite"]).code(0);
    let all = runs(&user);
    let words: Vec<_> =
        all.iter().map(|run| (run["state"].as_str().unwrap(), &run["created"], &run["replaced"])).collect();
    assert_eq!(words, [("done", &0.into(), &3.into()), ("done", &3.into(), &0.into())]);
    assert_eq!(all[0]["to"], *target);

    let one = user.run(["runs", "last", "-o", "json"]).code(0).json();
    for entry in one["entries"].as_array().unwrap() {
        assert_eq!(
            (&entry["action"], &entry["outcome"], &entry["before"], &entry["after"]),
            (&"replace".into(), &"done".into(), &"1".into(), &"2".into()),
            "{entry}"
        );
        assert!(entry["entry"].as_str().unwrap().starts_with("var:key_00"), "{entry}");
    }
    let name = all[1]["run"].as_str().unwrap();
    let text = user.run(["runs", name]).code(0).stdout;
    assert!(text.contains("created") && text.contains("var:key_002") && text.contains("version 1"), "{text}");

    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&user.records().join("runs")), 0o700);
    let files = files(user.records());
    assert_eq!(files.len(), 6);
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("c4n4ry"), "{}: {text}", file.display());
    }
}

#[test]
fn killed_run_is_cut_off_and_its_journal_names_what_may_have_happened() {
    let vault = VaultMount::counted(2);
    let user = user(&vault, 60);
    let target = vault.endpoint();
    let copy = ["copy", "variables.json", &target, "--yes"];
    let slow = [&copy[..], &["--rate", "20"]].concat();
    let mut child = user.command(slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The server lists a folder once there is a name in it.
    while vault.calls().writes().len() < 5 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(runs(&user)[0]["state"], "running");
    child.kill().unwrap();
    child.wait().unwrap();
    let there = vault.names("variables/").len();
    let run = user.run(["runs", "last", "-o", "json"]).code(0).json();
    assert_eq!(run["run"]["state"], "cut-off");
    let count = |name: &str| usize::try_from(run["run"][name].as_u64().unwrap()).unwrap();
    // Every secret that is there was announced before it was written.
    assert!(
        count("created") <= there && there <= count("created") + count("unknown"),
        "{there}: {}",
        run["run"]
    );
    assert!(there < 60, "it was killed in the middle");
    user.run([&copy[..], &["--rate", "1000"]].concat()).code(0);
    let all = runs(&user);
    assert_eq!((&all[0]["state"], all.len()), (&"done".into(), 2));
    assert_eq!(all[0]["created"], 60 - there);
}

#[test]
fn folder_that_cannot_be_written_stops_the_run_before_it_asks() {
    let user = Airbridge::new();
    user.write("variables.json", "{\"a\": \"b\"}");
    user.write("taken", "a file");
    let user = user.with("AIRBRIDGE_STATE_DIR", "taken");
    let copy = ["copy", "variables.json", "file:out/", "--yes"];
    std::fs::create_dir(user.home().join("out")).unwrap();
    let refused = user.run(copy).code(2);
    for word in ["taken", "AIRBRIDGE_STATE_DIR", "--report", "--no-record"] {
        assert!(refused.stderr.contains(word), "{word}: {refused}");
    }
    assert_eq!(std::fs::read_dir(user.home().join("out")).unwrap().count(), 0);
    user.run(["plan", "variables.json", "file:out/"]).code(0);
    user.run([&copy[..], &["--no-record"]].concat()).code(0);
    std::fs::remove_file(user.home().join("out/variables.json")).unwrap();
    let warned = user.run([&copy[..], &["--report", "report.json", "-o", "json"]].concat()).code(0);
    assert_eq!(warned.json()["warnings"][0]["code"], "no-record");
    assert!(user.read("report.json").contains("airbridge.report/1"));
}

#[test]
fn run_is_named_by_the_beginning_of_its_name() {
    let user = Airbridge::new();
    std::fs::create_dir(user.home().join("out")).unwrap();
    for value in ["b", "c"] {
        user.write("variables.json", format!("{{\"a\": \"{value}\"}}"));
        user.run(["copy", "variables.json", "file:out/", "--yes", "--on-conflict", "overwrite"]).code(0);
    }
    let all = runs(&user);
    let name = all[1]["run"].as_str().unwrap();
    user.run(["runs", name]).code(0);
    let several = user.run(["runs", &name[..2]]).code(2);
    assert!(several.stderr.contains("2 runs"), "{several}");
    let none = user.run(["runs", "absent"]).code(2);
    assert!(none.stderr.contains("airbridge runs"), "{none}");
    // A damaged record does not hide the others.
    std::fs::write(user.records().join("runs").join(name).join("run.json"), "{").unwrap();
    assert_eq!(runs(&user)[1]["state"], "unreadable");
    user.run(["runs", name]).code(1);
}

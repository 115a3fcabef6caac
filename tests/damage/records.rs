//! Records of earlier runs that are damaged: the run is named, and the other runs are listed.

use airbridge_tests::Airbridge;

use crate::{CANARY, refused};

#[test]
fn damaged_record_is_named_and_the_other_runs_are_listed() {
    let user = Airbridge::new();
    user.write("variables.json", r#"{"a": "x"}"#);
    for target in ["file:one/", "file:two/"] {
        user.run(["copy", "variables.json", target, "--yes"]).code(0);
    }
    let runs = user.records().join("runs");
    let mut names: Vec<_> = std::fs::read_dir(&runs).unwrap().map(|run| run.unwrap().file_name()).collect();
    names.sort();
    let [damaged, whole] = &names[..] else { panic!("{names:?}") };
    let (damaged, whole) = (damaged.to_str().unwrap(), whole.to_str().unwrap());
    let deep = "[".repeat(100_000);
    for (file, text, reason) in [
        ("run.json", "{}", "it is damaged, or another version of airbridge wrote it"),
        ("run.json", &format!("{{\"schema\": \"{CANARY}\", \"started\": \"{CANARY}\"}}"), "it is damaged"),
        ("run.json", &deep, "it is damaged"),
        ("run.json", "{", "unexpected end of file"),
        ("journal.jsonl", &format!("{{\"event\": \"{CANARY}\"}}\n"), "it is damaged"),
    ] {
        let path = runs.join(damaged).join(file);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, text).unwrap();
        refused(&user, &["runs", damaged], 1, &[damaged, reason]);
        let list = user.run(["runs"]).code(0);
        let line = |name: &str| list.stdout.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        assert!(line(damaged).contains("unreadable") && line(whole).contains("done"), "{list}");
        assert!(!list.to_string().contains(CANARY), "{list}");
        std::fs::write(&path, before).unwrap();
    }
    user.run(["runs", damaged]).code(0);
}

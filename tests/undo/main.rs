//! Copies that create, replace and delete, and the way back: every endpoint holds what it held before.

#![cfg(test)]

#[path = "../key_vault.rs"]
mod key_vault;
mod killed;
#[expect(dead_code, reason = "the matrix needs more of it")]
#[path = "../location.rs"]
mod location;
mod ours;
mod prune;
mod refused;
mod together;

use std::collections::BTreeMap;

use airbridge_tests::{Airbridge, Ids, Judge, RECIPIENT, Run, rows};
use location::{Kind, Location, as_airflow_reads};
use serde_json::{Value, json};

/// The entries before and after.
fn write_entries(user: &Airbridge) {
    // Nothing that any format of a target lacks.
    let connection = |host: &str, more: i32| json!({ "conn_type": "http", "host": host, "schema": "s", "extra": format!("{{\"b\": {more}}}") });
    let before = json!({
        "same": connection("same.test", 0), "changes": connection("old.test", 1), "goes": connection("gone.test", 0),
    });
    let after = json!({
        "same": connection("same.test", 0), "changes": connection("new.test", 2), "comes": connection("come.test", 0),
    });
    user.write("before/connections.json", before.to_string());
    user.write("after/connections.json", after.to_string());
    user.write("before/variables.json", json!({ "same": "s", "changes": "old", "goes": "g" }).to_string());
    user.write("after/variables.json", json!({ "same": "s", "changes": "new", "comes": "c" }).to_string());
}

const WRITE: [&str; 4] = ["--yes", "-o", "json", "--on-conflict=overwrite"];
const PRUNE: [&str; 3] = ["--prune", "--max-delete", "2"];

/// A target, and a user who may write it.
struct Target {
    kind: Kind,
    location: Location,
    user: Airbridge,
}

impl Target {
    fn new(kind: Kind) -> Self {
        let user = Airbridge::new();
        write_entries(&user);
        user.write_keys();
        let location = kind.location(&user, &format!("{kind:?}").to_lowercase());
        let settings = location.place.settings.clone();
        Self { kind, location, user: user.with_all(settings) }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.user.run(arguments)
    }

    fn copy(&self, from: &str, options: &[&str]) -> Value {
        let copy = ["copy", from, &self.location.place.endpoint, "--allow-loss", "absent-vs-empty"];
        let only: &[&str] = if self.kind == Kind::Api2 { &["--only", "variables"] } else { &[] };
        let run = self.run(&[&copy[..], &WRITE, only, options].concat());
        assert_eq!(run.code, 0, "{:?}: {run}", self.kind);
        run.json()
    }

    /// The target holds exactly what the folder has.
    fn holds(&self, folder: &str) {
        let only: &[&str] = if self.kind == Kind::Api2 { &["--only", "variables"] } else { &[] };
        let diff = self.run(&[&["diff", folder, &self.location.place.endpoint], only].concat());
        assert_eq!(diff.code, 0, "{:?}: {diff}", self.kind);
    }
}

/// A word of each entry of a document, by `kind:id`.
fn words_of(document: &Value, field: &str) -> BTreeMap<String, String> {
    let text = |value: Value| value.as_str().unwrap_or("none").to_owned();
    rows(document, field).into_iter().map(|(id, value)| (id, text(value))).collect()
}

fn words(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(id, word)| ((*id).to_owned(), (*word).to_owned())).collect()
}

/// The API of Airflow 2 hides a part of every connection, so that nothing could take it back.
fn is_copied(kind: Kind, id: &str) -> bool {
    kind != Kind::Api2 || id.starts_with("variable:")
}

/// What each kind of endpoint keeps by itself of a replaced and of a deleted entry.
fn keeps(kind: Kind) -> [&'static str; 2] {
    match kind {
        Kind::Aws | Kind::Azure => ["version", "version"],
        Kind::Parameters | Kind::Google | Kind::Vault2 => ["version", "backup"],
        _ => ["backup", "backup"],
    }
}

#[test]
fn copy_and_undo_leave_every_endpoint_as_it_was() {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_written());
    let targets: Vec<Target> = kinds.map(Target::new).collect();
    let mut judge = Judge::new();
    for target in &targets {
        let _alone = target.location.enter();
        target.copy("before/", &[]);
        let backup = ["--backup", "before.age", "--recipient", RECIPIENT];
        let report = target.copy("after/", &[&PRUNE[..], &backup].concat());
        let [replaced, deleted] = keeps(target.kind);
        let expected = |pairs: &[(&str, &str)]| {
            let mut expected = words(pairs);
            expected.retain(|id, _| is_copied(target.kind, id));
            expected
        };
        let undo_words = [
            ("connection:changes", replaced),
            ("connection:comes", "version"),
            ("connection:goes", deleted),
            ("connection:same", "none"),
            ("variable:changes", replaced),
            ("variable:comes", "version"),
            ("variable:goes", deleted),
            ("variable:same", "none"),
        ];
        assert_eq!(words_of(&report, "undo"), expected(&undo_words), "{:?}", target.kind);
        assert_eq!(words_of(&report, "action")["variable:goes"], "delete", "{:?}", target.kind);
        target.holds("after/");

        let undo = target.run(&["undo", "last", "--identity", "key.txt", "--yes", "-o", "json"]);
        assert_eq!(undo.code, 0, "{:?}: {undo}", target.kind);
        let document = undo.json();
        let restored = if deleted == "version" { "restore" } else { "create" };
        let actions = [
            ("connection:changes", "replace"),
            ("connection:comes", "delete"),
            ("connection:goes", restored),
            ("variable:changes", "replace"),
            ("variable:comes", "delete"),
            ("variable:goes", restored),
        ];
        assert_eq!(words_of(&document, "action"), expected(&actions), "{:?}", target.kind);
        target.holds("before/");
        // Nothing is left to undo.
        let run = report["run"].as_str().unwrap();
        let again =
            target.run(&["undo", run, "--identity", "key.txt", "--dry-run", "-o", "json"]).code(0).json();
        assert!(
            words_of(&again, "action").values().all(|action| action == "keep"),
            "{:?}: {again}",
            target.kind
        );
        target.location.keep(&target.user);
        let ids = ids(target.kind);
        judge.read(&as_airflow_reads(&target.user, &target.location.place, target.kind), &ids, None);
    }
    let folder = Target::new(Kind::Folder);
    judge.read(&airbridge_tests::Place::folder(folder.user.home(), "before"), &ids(Kind::Folder), None);
    let answers = judge.answers();
    let (expected, found) = answers.split_last().unwrap();
    for (target, found) in targets.iter().zip(found) {
        assert_eq!(found["variables"], expected["variables"], "{:?}", target.kind);
        if target.kind != Kind::Api2 {
            assert_eq!(found["connections"], expected["connections"], "{:?}", target.kind);
        }
    }
}

/// All ids before and after. Those that are not there read as missing.
fn ids(kind: Kind) -> Ids {
    let names = || ["same", "changes", "goes", "comes"].map(str::to_owned);
    let connections = names().into_iter().filter(|_| kind != Kind::Api2).collect();
    Ids { connections, variables: names().into_iter().collect(), ..Ids::default() }
}

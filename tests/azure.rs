//! Azure Key Vault as source and target, on the double that the adapter's own tests use.

#![cfg(test)]

mod key_vault;

use std::ops::Deref;

use airbridge_tests::{Airbridge, Run, rows};
use key_vault::KeyVault;
use serde_json::{Value, json};

/// A vault that runs during the test, and a user of it.
struct Vault {
    vault: KeyVault,
    user: Airbridge,
}

impl Deref for Vault {
    type Target = KeyVault;

    fn deref(&self) -> &KeyVault {
        &self.vault
    }
}

impl Vault {
    fn new() -> Self {
        let vault = KeyVault::new();
        let user = Airbridge::new().with_all(vault.variables());
        Self { vault, user }
    }

    /// Writes connections with these ids to a file, and returns its endpoint.
    fn connections(&self, ids: &[&str]) -> &'static str {
        let fields =
            |id: &str| json!({"conn_type": "http", "host": id, "password": "p", "description": "told"});
        let entry = |id: &&str| ((*id).to_owned(), fields(id));
        let all: serde_json::Map<_, _> = ids.iter().map(entry).collect();
        self.user.write("connections.json", Value::from(all).to_string());
        "file:connections.json"
    }

    fn copy(&self, from: &str, to: &str) -> Run {
        self.user.run(["copy", from, to, "--yes", "-o", "json"])
    }

    /// The writing requests since the last call.
    fn writes(&self) -> Vec<String> {
        self.double.asked().into_iter().filter(|call| !call.starts_with("GET")).collect()
    }
}

fn row(document: &Value, field: &str, id: &str) -> Value {
    let rows = rows(document, field);
    let found = rows.iter().find(|(entry, _)| entry == id);
    found.unwrap_or_else(|| panic!("no {id}: {document}")).1.clone()
}

#[test]
fn ids_with_underscores_hyphens_and_capitals_are_read_back_unchanged() {
    let vault = Vault::new();
    let (user, azure) = (&vault.user, vault.endpoint());
    let ids = ["My_Conn", "a-b_c", "c-d", "plain"];
    vault.connections(&ids);
    std::fs::create_dir(user.home().join("old")).unwrap();
    std::fs::rename(user.home().join("connections.json"), user.home().join("old/connections.json")).unwrap();
    user.write("old/variables.json", r#"{"a_key": " text\n", "empty": ""}"#);
    for hop in [["file:old/", azure.as_str()], [azure.as_str(), "file:new/"]] {
        let report = vault.copy(hop[0], hop[1]).code(0).json();
        assert_eq!(report["summary"]["verified"], 6, "{report}");
    }
    assert_eq!(vault.writes().len(), 6);
    assert_eq!(vault.double.seen("airflow-connections-My-Conn").1["airbridge-id"], "conn:My_Conn");
    let diff = user.run(["diff", "file:old/", "file:new/", "-o", "json"]).code(0).json();
    assert_eq!(diff["summary"]["compared"], 6, "{diff}");
    let back: Value = serde_json::from_str(&user.read("new/connections.json")).unwrap();
    assert_eq!(back.as_object().unwrap().keys().collect::<Vec<_>>(), ids);

    for hop in [["file:old/", azure.as_str()], [azure.as_str(), "file:new/"]] {
        let plan = user.run(["plan", hop[0], hop[1], "--fail-on-change", "-o", "json"]).code(0).json();
        assert_eq!(plan["summary"]["keep"], 6, "{plan}");
        assert_eq!(vault.copy(hop[0], hop[1]).code(0).json()["summary"]["unchanged"], 6);
    }
    assert_eq!(vault.writes(), [""; 0]);
    assert_eq!(vault.double.seen("airflow-connections-plain").0, 1);
}

#[test]
fn entries_with_the_same_target_name_are_refused() {
    let vault = Vault::new();
    let report = vault.copy(vault.connections(&["a_b", "a-b", "c"]), &vault.endpoint()).code(4).json();
    for id in ["connection:a_b", "connection:a-b"] {
        assert_eq!(row(&report, "reason", id), "collision", "{report}");
    }
    assert_eq!(row(&report, "action", "connection:c"), "create");
    assert_eq!(vault.writes(), [""; 0]);
}

#[test]
fn deleted_secret_is_refused_with_its_deadline_and_the_commands_that_free_the_name() {
    let vault = Vault::new();
    vault.double.put("Airflow-Connections-A-b", "x", &json!({}));
    vault.double.bury("Airflow-Connections-A-b");
    let source = vault.connections(&["a_b"]);
    let report = vault.copy(source, &vault.endpoint()).code(4);
    assert_eq!(row(&report.json(), "reason", "connection:a_b"), "name-reserved", "{report}");
    let human = vault.user.run(["plan", source, &vault.endpoint()]).code(4);
    let said = format!("{}{}", human.stdout, human.stderr);
    for part in [" days)", "az keyvault secret recover", "az keyvault secret purge"] {
        assert!(said.contains(part), "{part}: {human}");
    }
    assert_eq!(vault.writes(), [""; 0]);
}

#[test]
fn secret_of_a_certificate_is_refused_in_the_plan() {
    let vault = Vault::new();
    vault.double.put("airflow-connections-web", "pfx", &json!({}));
    vault.double.manage("airflow-connections-web");
    let source = vault.connections(&["web"]);
    let copy = ["copy", source, &vault.endpoint(), "--yes", "--on-conflict", "overwrite", "-o", "json"];
    let report = vault.user.run(copy).code(4).json();
    assert_eq!(row(&report, "reason", "connection:web"), "owned", "{report}");
    assert_eq!(vault.writes(), [""; 0]);
}

#[test]
fn list_shows_entries_and_ambiguous_names() {
    let vault = Vault::new();
    let azure = vault.endpoint();
    vault.copy(vault.connections(&["a_b"]), &azure).code(0);
    for (name, attributes) in [
        ("airflow-connections-old-one", json!({})),
        ("airflow-connections-off", json!({"enabled": false})),
        ("AIRFLOW-Variables-key", json!({})),
        ("airflow-variables-gone", json!({})),
        ("unrelated", json!({})),
    ] {
        vault.double.put(name, "canary", &attributes);
    }
    vault.double.bury("airflow-variables-gone");
    let list = vault.user.run(["list", &azure]).code(0);
    let line =
        |id: &str| list.stdout.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{list}"));
    assert!(line("conn:a_b").contains("airflow-connections-a-b"), "{list}");
    assert!(line("airflow-connections-old-one").contains("conn:old_one or conn:old-one"), "{list}");
    assert!(line("conn:off").contains("disabled"), "{list}");
    assert!(line("var:gone").contains("deleted"), "{list}");
    assert!(line("var:key").contains("AIRFLOW-Variables-key"), "{list}");
    assert!(!format!("{list}").contains("canary") && !list.stdout.contains("unrelated"), "{list}");

    vault.user.write("ids", "conn:old-one\n");
    let settled = vault.user.run(["list", &azure, "--ids", "ids"]).code(0);
    assert!(settled.stdout.contains("conn:old-one") && !settled.stdout.contains("ambiguous"), "{settled}");
    vault.user.run(["show", &azure, "var:key"]).code(0);
}

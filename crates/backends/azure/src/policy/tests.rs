//! Tests of roles, scopes and commands. `tests/policy.rs` holds the actions against the calls.

use airbridge_core::{PolicyRequest, Right};
use serde_json::{Value, json};

use super::policies;

fn request(rights: &[Right], names: &[&str]) -> PolicyRequest {
    PolicyRequest {
        rights: rights.iter().copied().collect(),
        names: names.iter().map(|name| (*name).into()).collect(),
        prefixes: ["airflow-".into()].into(),
    }
}

fn actions(text: &str) -> Value {
    let mut definition: Value = serde_json::from_str(text).unwrap();
    definition["DataActions"].take()
}

#[test]
fn reader_may_list_the_vault_and_read_exactly_the_secrets() {
    let made = policies(&request(&[Right::List, Right::Read], &["airflow-b", "airflow-a"]), "acme");
    let titles: Vec<_> = made.iter().map(|policy| policy.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Role definition, as file airbridge-reader-vault.json",
            "Role definition, as file airbridge-reader-secrets.json",
            "Commands that create and assign the roles",
        ]
    );
    assert_eq!(actions(&made[0].text), json!(["Microsoft.KeyVault/vaults/secrets/readMetadata/action"]));
    assert_eq!(actions(&made[1].text), json!(["Microsoft.KeyVault/vaults/secrets/getSecret/action"]));
    let definition: Value = serde_json::from_str(&made[1].text).unwrap();
    assert_eq!(definition["Name"], "airbridge reader (secrets of acme)");
    let scopes: Vec<_> =
        made[2].text.lines().filter_map(|line| Some(line.split_once("--scope ")?.1)).collect();
    assert_eq!(
        scopes,
        ["\"$VAULT_ID\"", "\"$VAULT_ID/secrets/airflow-a\"", "\"$VAULT_ID/secrets/airflow-b\"",]
    );
}

#[test]
fn policy_of_airflow_is_one_action_and_says_that_it_covers_the_vault() {
    let made = policies(&request(&[Right::Read], &[]), "acme");
    assert_eq!(made.len(), 2);
    assert_eq!(actions(&made[0].text), json!(["Microsoft.KeyVault/vaults/secrets/getSecret/action"]));
    assert!(
        made[1].notes.iter().any(|note| note.contains("all secrets of the vault")),
        "{:?}",
        made[1].notes
    );
}

#[test]
fn creating_needs_the_vault_and_says_so() {
    let made = policies(&request(&[Right::Create, Right::Replace, Right::Delete], &["a"]), "acme");
    let action = |name: &str| format!("Microsoft.KeyVault/vaults/secrets/{name}");
    assert_eq!(
        actions(&made[0].text),
        json!(["getSecret/action", "readMetadata/action", "setSecret/action"].map(action))
    );
    // What the vault allows is not repeated.
    assert_eq!(actions(&made[1].text), json!([action("delete")]));
    assert!(made[2].notes.iter().any(|note| note.contains("cannot limit creating")), "{:?}", made[2].notes);
    assert!(!policies(&request(&[Right::Replace], &["a"]), "acme")[1].text.contains("\"$VAULT_ID\""));
}

#[test]
fn name_that_is_never_sent_is_left_out() {
    let made = policies(&request(&[Right::Read], &["a\" ; true \"", "b"]), "acme");
    assert_eq!(made[1].text.matches("/secrets/").count(), 1);
    assert_eq!(policies(&request(&[Right::Metadata], &["a"]), "acme"), []);
}

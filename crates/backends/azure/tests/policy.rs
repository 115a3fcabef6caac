//! Policies, held against the requests that reach the strict double: the actions are exactly those of the requests.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

#[expect(dead_code, reason = "other test files use the rest")]
mod common;
mod double;

use std::collections::BTreeSet;

use airbridge_core::{Action, Payload, PolicyRequest, Read, Right, SecretStore, Version};
use common::{create, list, opened, read, write};
use double::Double;
use serde_json::{Value, json};

/// The data action that the service requires for a request.
/// <https://learn.microsoft.com/azure/key-vault/general/rbac-guide>
fn action(request: &str) -> String {
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let action = match (method, parts.as_slice()) {
        ("GET", ["secrets" | "deletedsecrets"] | ["deletedsecrets", _]) => "readMetadata/action",
        ("GET", ["secrets", ..]) => "getSecret/action",
        ("PUT", ["secrets", _]) => "setSecret/action",
        ("DELETE", ["secrets", _]) => "delete",
        ("POST", ["deletedsecrets", _, "recover"]) => "recover/action",
        _ => "unknown",
    };
    format!("Microsoft.KeyVault/vaults/secrets/{action}")
}

/// The data actions in the roles for these rights.
fn actions(store: &dyn SecretStore, rights: &[Right]) -> BTreeSet<String> {
    let rights = rights.iter().copied().collect();
    let request = PolicyRequest { rights, names: ["a".into()].into(), prefixes: ["".into()].into() };
    let mut actions = BTreeSet::new();
    for role in store.policies(&request).iter().filter(|policy| policy.language == "json") {
        let definition: Value = serde_json::from_str(&role.text).unwrap();
        let of_role = definition["DataActions"].as_array().unwrap().iter();
        actions.extend(of_role.map(|action| action.as_str().unwrap().to_owned()));
    }
    actions
}

/// Fails unless the policy allows exactly the requests since the last check.
fn assert_exact(double: &Double, store: &dyn SecretStore, rights: &[Right]) {
    let called: BTreeSet<_> = double.asked().iter().map(|request| action(request)).collect();
    assert_eq!(actions(store, rights), called, "{rights:?}");
}

fn replace(expect: Option<Version>) -> Action {
    Action::Replace { payload: Payload::text("B"), expect }
}

#[tokio::test]
async fn listing_and_reading_call_what_the_policy_of_a_reader_allows() {
    let (double, store) = opened().await;
    for name in ["a", "b", "gone"] {
        double.put(name, "A", &json!({}));
    }
    double.bury("gone");
    list(&*store, "").await;
    assert_exact(&double, &*store, &[Right::List]);
    list(&*store, "").await;
    for name in ["a", "b", "gone", "absent"] {
        read(&*store, name).await.unwrap();
    }
    assert_exact(&double, &*store, &[Right::List, Right::Read, Right::Metadata]);
    let found = read(&*store, "a").await.unwrap().unwrap();
    assert_exact(&double, &*store, &[Right::Read]);
    store.read_batch(&[Read { name: "a".into(), version: found.version }]).await.unwrap();
    assert_exact(&double, &*store, &[Right::ReadFormer]);
}

#[tokio::test]
async fn creating_and_replacing_call_what_their_policies_allow() {
    let (double, store) = opened().await;
    double.put("gone", "A", &json!({}));
    double.bury("gone");
    let version = create(&*store, "a", "A").await.unwrap().version;
    create(&*store, "gone", "A").await.unwrap_err();
    assert_exact(&double, &*store, &[Right::Create]);
    write(&*store, "a", replace(version)).await.unwrap();
    assert_exact(&double, &*store, &[Right::Replace]);
}

#[tokio::test]
async fn deleting_and_restoring_call_what_their_policies_allow() {
    let (double, store) = opened().await;
    double.put("a", "A", &json!({}));
    let version = read(&*store, "a").await.unwrap().unwrap().version;
    double.asked();
    write(&*store, "a", Action::Delete { expect: version }).await.unwrap();
    assert_exact(&double, &*store, &[Right::Delete]);
    write(&*store, "a", Action::Restore { payload: Some(Payload::text("B")) }).await.unwrap();
    assert_exact(&double, &*store, &[Right::Restore]);
}

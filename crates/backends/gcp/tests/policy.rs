//! Policies, held against the calls that reach the strict double: the permissions are exactly those of the calls.

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use airbridge_core::{Action, Change, Metadata, PolicyRequest, Right, SecretStore, Version};
use common::double::Double;
use common::{change, create, list, read, read_version, replace, write};

const ANOTHER: &str = "00000000-0000-4000-8000-000000000000";
const LONG_AGO: Duration = Duration::from_hours(1);

/// The permission that the service requires for a call.
/// <https://cloud.google.com/secret-manager/docs/access-control>
fn permission(call: &str) -> &'static str {
    match call {
        "GET list" => "secretmanager.secrets.list",
        "GET secret" => "secretmanager.secrets.get",
        "GET access" => "secretmanager.versions.access",
        "GET version" => "secretmanager.versions.get",
        "POST secret" => "secretmanager.secrets.create",
        "POST addVersion" => "secretmanager.versions.add",
        "PATCH secret" => "secretmanager.secrets.update",
        "DELETE secret" => "secretmanager.secrets.delete",
        _ => "unknown",
    }
}

/// The permissions in the roles for these rights.
fn permissions(store: &dyn SecretStore, rights: &[Right]) -> BTreeSet<String> {
    let rights = rights.iter().copied().collect();
    let request = PolicyRequest { rights, names: ["a".into()].into(), prefixes: ["".into()].into() };
    let policies = store.policies(&request);
    let roles = policies.iter().filter(|policy| policy.language == "yaml");
    let lines = roles.flat_map(|role| role.text.lines().filter_map(|line| line.strip_prefix("- ")));
    lines.map(str::to_owned).collect()
}

fn assert_exact(double: &Double, store: &dyn SecretStore, rights: &[Right]) {
    let called: BTreeSet<_> = double.calls().iter().map(|call| permission(call).to_owned()).collect();
    assert_eq!(permissions(store, rights), called, "{rights:?}");
}

fn described() -> Metadata {
    Metadata { description: Some("What for".to_owned()), tags: [].into() }
}

#[tokio::test]
async fn listing_and_reading_call_what_the_policy_of_a_reader_allows() {
    let double = Double::new().await;
    let store = double.store().await;
    for name in ["a", "b"] {
        double.make(name, &[], LONG_AGO);
        double.add(name, b"one");
    }
    double.make("empty", &[], LONG_AGO);
    double.act("b", "disable");
    list(&*store, "").await.unwrap();
    assert_exact(&double, &*store, &[Right::List]);
    for name in ["a", "b", "empty", "absent"] {
        read(&*store, name).await.unwrap();
    }
    assert_exact(&double, &*store, &[Right::List, Right::Read]);
    assert_exact(&double, &*store, &[Right::List, Right::Read, Right::Metadata]);
}

#[tokio::test]
async fn reading_by_name_calls_what_its_policy_allows() {
    let double = Double::new().await;
    let store = double.store().await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"one");
    read(&*store, "a").await.unwrap();
    assert_exact(&double, &*store, &[Right::Read]);
    double.act("a", "disable");
    read_version(&*store, "a", "1").await.unwrap();
    assert_exact(&double, &*store, &[Right::ReadFormer]);
}

#[tokio::test]
async fn creating_calls_what_its_policy_allows() {
    let double = Double::new().await;
    let store = double.store().await;
    write(&*store, "a", create("x")).await.unwrap();
    write(&*store, "a", create("y")).await.unwrap_err();
    // Made by a run that was interrupted.
    double.make("b", &[("airbridge-change", ANOTHER)], LONG_AGO);
    let new = Change::new("b".into(), create("x")).with_metadata(described());
    change(&*store, &new).await.unwrap();
    assert_exact(&double, &*store, &[Right::Create]);
    assert_exact(&double, &*store, &[Right::Create, Right::Metadata]);
}

#[tokio::test]
async fn replacing_and_deleting_call_what_their_policies_allow() {
    let double = Double::new().await;
    let store = double.store().await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"one");
    write(&*store, "a", replace("two", "1")).await.unwrap();
    assert_exact(&double, &*store, &[Right::Replace]);
    let new = Change::new("a".into(), replace("three", "2")).with_metadata(described());
    change(&*store, &new).await.unwrap();
    assert_exact(&double, &*store, &[Right::Replace, Right::Metadata]);

    let double = Double::new().await;
    let store = double.store().await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"one");
    write(&*store, "a", Action::Delete { expect: Some(Version::new("1")) }).await.unwrap();
    assert_exact(&double, &*store, &[Right::Delete]);
}

//! Policies, held against the calls that reach a server: the actions are exactly those that were called.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use airbridge_backend_aws::{Settings, open};
use airbridge_backend_aws_common::Settings as SignIn;
use airbridge_backend_aws_testing::{
    REGION, Server, account, create, is_text, metadata, read, read_all, write, write_with,
};
use airbridge_conformance::wire::Wire;
use airbridge_core::{Action, Change, NamePrefix, Payload, PolicyRequest, Read, Right, SecretStore, Version};
use common::settings;
use serde_json::Value;

const SERVICE: &str = "secretsmanager.";

/// A store in front of which the calls are counted, and another one of the same account.
struct Counted {
    wire: Wire,
    store: Arc<dyn SecretStore>,
    other: Arc<dyn SecretStore>,
}

impl Counted {
    async fn new(options: Settings) -> Self {
        let (server, account) = (Server::Moto, account());
        let wire = Wire::start(&server.url()).await;
        let other = open(settings(server, &account, REGION)).await.unwrap();
        let sign_in = SignIn { endpoint_url: Some(wire.url()), ..settings(server, &account, REGION).sign_in };
        let store = open(Settings { sign_in, ..options }).await.unwrap();
        Self { wire, store, other }
    }

    /// A new secret, made past the count.
    async fn made(&self, name: &str) -> Version {
        write(&*self.other, name, create("A")).await.unwrap().version.unwrap()
    }

    /// The calls so far.
    fn calls(&self) -> BTreeSet<String> {
        let requests = self.wire.requests();
        requests
            .iter()
            .filter_map(|request| request.target.strip_prefix(SERVICE).map(str::to_owned))
            .collect()
    }

    /// Fails unless the policy for these rights allows exactly the calls so far and `unseen`: permissions that are needed
    /// for a parameter, without a call of their name.
    fn assert_exact(&self, rights: &[Right], unseen: &[&str]) {
        let mut called = self.calls();
        called.extend(unseen.iter().map(|action| (*action).to_owned()));
        assert_eq!(actions(&*self.store, rights), called, "{rights:?}");
    }
}

/// The actions of the service that the policy for these rights allows.
fn actions(store: &dyn SecretStore, rights: &[Right]) -> BTreeSet<String> {
    let request = PolicyRequest {
        rights: rights.iter().copied().collect(),
        names: ["a".into()].into(),
        prefixes: ["".into()].into(),
    };
    let mut actions = BTreeSet::new();
    for policy in store.policies(&request) {
        let document: Value = serde_json::from_str(&policy.text).unwrap();
        let statements = document["Statement"].as_array().unwrap().iter();
        let all = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
        let own = all.filter_map(|action| action.as_str().unwrap().strip_prefix("secretsmanager:"));
        actions.extend(own.map(str::to_owned));
    }
    actions
}

fn replace(expect: &Version) -> Action {
    Action::Replace { payload: Payload::text("B"), expect: Some(expect.clone()) }
}

#[tokio::test]
async fn listing_and_reading_call_what_the_policy_of_a_reader_allows() {
    let counted = Counted::new(Settings::default()).await;
    let (first, _) = (counted.made("a").await, counted.made("b").await);
    counted.store.list_page(&NamePrefix::new(""), None).await.unwrap();
    counted.assert_exact(&[Right::List], &[]);
    let found = read_all(&*counted.store, &["a", "b", "absent"]).await.unwrap();
    assert!(is_text(found[0].as_ref().unwrap().as_ref(), "A") && found[2] == Ok(None), "{found:?}");
    // What a batch does not answer is read alone. If it is absent, one more call finds out whether it is deleted.
    assert_eq!(read(&*counted.store, "absent").await, Ok(None));
    counted.assert_exact(&[Right::List, Right::Read], &[]);
    counted.assert_exact(&[Right::List, Right::Read, Right::Metadata], &[]);
    let former = Read { name: "a".into(), version: Some(first) };
    counted.store.read_batch(&[former]).await.unwrap();
    counted.assert_exact(&[Right::List, Right::Read, Right::ReadFormer], &[]);
}

#[tokio::test]
async fn read_of_one_name_calls_what_the_policy_of_airflow_allows() {
    let counted = Counted::new(Settings::default()).await;
    let first = counted.made("a").await;
    read(&*counted.store, "a").await.unwrap();
    counted.assert_exact(&[Right::Read], &[]);
    counted.store.read_batch(&[Read { name: "a".into(), version: Some(first) }]).await.unwrap();
    counted.assert_exact(&[Right::ReadFormer], &[]);
}

#[tokio::test]
async fn creating_calls_what_its_policy_allows() {
    let counted = Counted::new(Settings::default()).await;
    write(&*counted.store, "a", create("A")).await.unwrap();
    // A taken name is looked at, which tells an earlier attempt from another secret.
    write(&*counted.store, "a", create("B")).await.unwrap_err();
    counted.assert_exact(&[Right::Create], &[]);
    let tagged = metadata(Some("What for"), &[("team", "x")]);
    write_with(&*counted.store, "b", create("B"), tagged).await.unwrap();
    counted.assert_exact(&[Right::Create, Right::Metadata], &["TagResource"]);
    let settings = Settings {
        tags: metadata(None, &[("owner", "data")]).tags,
        replica_regions: vec!["eu-west-1".to_owned()],
        ..Settings::default()
    };
    let counted = Counted::new(settings).await;
    write(&*counted.store, "a", create("A")).await.unwrap();
    write(&*counted.store, "a", create("B")).await.unwrap_err();
    counted.assert_exact(&[Right::Create], &["TagResource", "ReplicateSecretToRegions"]);
}

#[tokio::test]
async fn replacing_calls_what_its_policy_allows() {
    let counted = Counted::new(Settings::default()).await;
    let (first, second) = (counted.made("a").await, counted.made("b").await);
    write(&*counted.store, "a", replace(&first)).await.unwrap();
    counted.assert_exact(&[Right::Replace], &[]);
    let tagged = metadata(Some("What for"), &[("team", "x")]);
    write_with(&*counted.store, "b", replace(&second), tagged).await.unwrap();
    counted.assert_exact(&[Right::Replace, Right::Metadata], &[]);
}

#[tokio::test]
async fn replacing_with_a_look_calls_what_the_policy_of_a_writer_allows() {
    let counted = Counted::new(Settings::default()).await;
    let (first, second) = (counted.made("a").await, counted.made("b").await);
    counted.store.list_page(&NamePrefix::new(""), None).await.unwrap();
    assert_eq!(read(&*counted.store, "absent").await, Ok(None));
    let changes =
        [("a", &first), ("b", &second)].map(|(name, version)| Change::new(name.into(), replace(version)));
    let looks = counted.store.look_batch(&changes).await.unwrap();
    for (change, look) in changes.into_iter().zip(looks) {
        assert!(look.is_some());
        counted.store.write_batch(&[Change { look: look.map(Box::new), ..change }]).await.unwrap();
    }
    read(&*counted.store, "a").await.unwrap();
    counted.assert_exact(&[Right::List, Right::Read, Right::Replace], &[]);
}

#[tokio::test]
async fn replacing_with_a_key_calls_what_its_policy_allows() {
    let counted =
        Counted::new(Settings { kms_key_id: Some("alias/mine".to_owned()), ..Settings::default() }).await;
    let version = counted.made("a").await;
    write(&*counted.store, "a", replace(&version)).await.unwrap();
    counted.assert_exact(&[Right::Replace], &[]);
}

#[tokio::test]
async fn deleting_and_restoring_call_what_their_policies_allow() {
    let counted = Counted::new(Settings::default()).await;
    let version = counted.made("a").await;
    write(&*counted.store, "a", Action::Delete { expect: Some(version) }).await.unwrap();
    counted.assert_exact(&[Right::Delete], &[]);

    let counted = Counted::new(Settings::default()).await;
    for name in ["a", "b"] {
        counted.made(name).await;
        write(&*counted.other, name, Action::Delete { expect: None }).await.unwrap();
    }
    let payload = Some(Payload::text("B"));
    write(&*counted.store, "a", Action::Restore { payload: payload.clone() }).await.unwrap();
    counted.assert_exact(&[Right::Restore], &[]);
    let tagged = metadata(Some("What for"), &[("team", "x")]);
    write_with(&*counted.store, "b", Action::Restore { payload }, tagged).await.unwrap();
    counted.assert_exact(&[Right::Restore, Right::Metadata], &[]);
}

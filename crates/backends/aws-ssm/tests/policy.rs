//! Policies, held against the calls that reach a server: the actions are exactly those that were called.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use airbridge_backend_aws_common::Settings as SignIn;
use airbridge_backend_aws_ssm::{Settings, open};
use airbridge_backend_aws_testing::{
    REGION, Server, account, create, is_text, metadata, read_all, write, write_with,
};
use airbridge_conformance::wire::Wire;
use airbridge_core::{Action, Change, NamePrefix, Payload, PolicyRequest, Read, Right, SecretStore, Version};
use common::settings;
use serde_json::Value;

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

    /// A new parameter, made past the count.
    async fn made(&self, name: &str) -> Version {
        write(&*self.other, name, create("A")).await.unwrap().version.unwrap()
    }

    /// Fails unless the policy for these rights allows exactly the calls so far and `unseen`: permissions that are needed
    /// for a parameter of a call, without a call of their name.
    fn assert_exact(&self, rights: &[Right], unseen: &[&str]) {
        let requests = self.wire.requests();
        let calls = requests.iter().filter_map(|request| request.target.strip_prefix("AmazonSSM."));
        let called: BTreeSet<_> = calls.chain(unseen.iter().copied()).map(str::to_owned).collect();
        assert_eq!(actions(&*self.store, rights), called, "{rights:?}");
    }
}

/// The actions of the service that the policy for these rights allows.
fn actions(store: &dyn SecretStore, rights: &[Right]) -> BTreeSet<String> {
    let request = PolicyRequest {
        rights: rights.iter().copied().collect(),
        names: ["/p/a".into()].into(),
        prefixes: ["/p/".into()].into(),
    };
    let mut actions = BTreeSet::new();
    for policy in store.policies(&request) {
        let document: Value = serde_json::from_str(&policy.text).unwrap();
        let statements = document["Statement"].as_array().unwrap().iter();
        let all = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
        let own = all.filter_map(|action| action.as_str().unwrap().strip_prefix("ssm:"));
        actions.extend(own.map(str::to_owned));
    }
    actions
}

fn replace(expect: &Version) -> Action {
    Action::Replace { payload: Payload::text("B"), expect: Some(expect.clone()) }
}

#[tokio::test]
async fn listing_and_reading_call_what_the_policy_of_a_reader_allows() {
    for lists_metadata in [false, true] {
        let counted = Counted::new(Settings { metadata: lists_metadata, ..Settings::default() }).await;
        let (first, _) = (counted.made("/p/a").await, counted.made("/p/b").await);
        counted.store.list_page(&NamePrefix::new("/p/"), None).await.unwrap();
        counted.assert_exact(&[Right::List], &[]);
        let found = read_all(&*counted.store, &["/p/a", "/p/b", "/p/absent"]).await.unwrap();
        assert!(is_text(found[0].as_ref().unwrap().as_ref(), "A") && found[2] == Ok(None), "{found:?}");
        counted.assert_exact(&[Right::List, Right::Read], &[]);
        counted.assert_exact(&[Right::List, Right::Read, Right::Metadata], &[]);
        counted.store.read_batch(&[Read { name: "/p/a".into(), version: Some(first) }]).await.unwrap();
        counted.assert_exact(&[Right::List, Right::Read, Right::ReadFormer], &[]);
    }
}

#[tokio::test]
async fn creating_calls_what_its_policy_allows() {
    let counted = Counted::new(Settings::default()).await;
    write(&*counted.store, "/p/a", create("A")).await.unwrap();
    write(&*counted.store, "/p/a", create("B")).await.unwrap_err();
    counted.assert_exact(&[Right::Create], &[]);
    let tagged = metadata(Some("What for"), &[("team", "x")]);
    write_with(&*counted.store, "/p/b", create("B"), tagged).await.unwrap();
    counted.assert_exact(&[Right::Create, Right::Metadata], &["AddTagsToResource"]);
    let tags = metadata(None, &[("owner", "data")]).tags;
    let counted = Counted::new(Settings { tags, ..Settings::default() }).await;
    write(&*counted.store, "/p/a", create("A")).await.unwrap();
    counted.assert_exact(&[Right::Create], &["AddTagsToResource"]);
}

#[tokio::test]
async fn replacing_calls_what_its_policy_allows() {
    let counted = Counted::new(Settings::default()).await;
    let (first, second) = (counted.made("/p/a").await, counted.made("/p/b").await);
    write(&*counted.store, "/p/a", replace(&first)).await.unwrap();
    counted.assert_exact(&[Right::Replace], &[]);
    let tagged = metadata(Some("What for"), &[("team", "x")]);
    write_with(&*counted.store, "/p/b", replace(&second), tagged).await.unwrap();
    counted.assert_exact(&[Right::Replace, Right::Metadata], &[]);
}

#[tokio::test]
async fn replacing_with_a_look_calls_what_its_policy_allows() {
    let counted = Counted::new(Settings::default()).await;
    let (first, second) = (counted.made("/p/a").await, counted.made("/p/b").await);
    let changes = [("/p/a", &first), ("/p/b", &second)]
        .map(|(name, version)| Change::new(name.into(), replace(version)));
    let looks = counted.store.look_batch(&changes).await.unwrap();
    for (change, look) in changes.into_iter().zip(looks) {
        assert!(look.is_some());
        counted.store.write_batch(&[Change { look: look.map(Box::new), ..change }]).await.unwrap();
    }
    counted.assert_exact(&[Right::Replace], &[]);
}

#[tokio::test]
async fn deleting_calls_what_its_policy_allows() {
    let counted = Counted::new(Settings::default()).await;
    let version = counted.made("/p/a").await;
    write(&*counted.store, "/p/a", Action::Delete { expect: Some(version) }).await.unwrap();
    counted.assert_exact(&[Right::Delete], &[]);
    assert_eq!(actions(&*counted.store, &[Right::Restore]), BTreeSet::new());
}

//! How changes are sent, and what becomes of them when a request fails.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use airbridge_backend_airflow_api::{ApiStore, ApiVersion, Settings, open};
use airbridge_conformance::wire::{Wire, WireFault, WireRequest};
use airbridge_core::{
    Action, Change, Content, ErrorKind, Fields, Json, Payload, RateLimits, Read, Receipt, Result,
    RetryingStore, SecretName, SecretStore, SecretStoreExt, SecretText, State, Stored,
};
use common::{Server, unique};

fn payload(fields: &[(&'static str, &str)]) -> Payload {
    let fields = fields.iter().map(|(name, text)| match *name {
        "port" => ("port", Json::integer(text.parse().unwrap())),
        name => (name, Json::string(*text)),
    });
    Payload::Fields(fields.collect::<Fields>())
}

fn variable(value: &str) -> Payload {
    payload(&[("value", value)])
}

fn connection(host: &str) -> Payload {
    payload(&[("conn_type", "http"), ("host", host)])
}

fn with_password(host: &str) -> Payload {
    payload(&[("conn_type", "http"), ("host", host), ("password", "made-up-password-of-writing-rs")])
}

fn name(kind: &str, what: &str) -> SecretName {
    SecretName::new(format!("{kind}/{}", unique(what)))
}

fn create(name: &SecretName, payload: Payload) -> Change {
    Change::new(name.clone(), Action::Create(payload))
}

fn replace(name: &SecretName, payload: Payload) -> Change {
    Change::new(name.clone(), Action::Replace { payload, expect: None })
}

async fn write(store: &dyn SecretStore, change: &Change) -> Result<Receipt> {
    store.write_batch(std::slice::from_ref(change)).await.unwrap().remove(0)
}

async fn read(store: &dyn SecretStore, name: &SecretName) -> Option<Stored> {
    store.read_batch(&[Read::current(name.clone())]).await.unwrap().remove(0).unwrap()
}

/// A store behind a wire, which counts the requests.
async fn wired(version: ApiVersion) -> (Wire, Arc<ApiStore>) {
    let server = Server::new(version);
    let wire = Wire::start(&server.url).await;
    let store = open(Settings { url: Some(wire.url()), ..server.settings() }).await.unwrap();
    (wire, store)
}

/// The methods of the requests since `from`, without those that sign in.
fn methods(wire: &Wire, from: usize) -> Vec<String> {
    let requests = wire.requests().into_iter().skip(from);
    requests.filter(|request| !request.path.contains("/auth/")).map(|request| request.method).collect()
}

#[tokio::test]
async fn connection_is_deleted_and_created_again_only_to_remove_a_password() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let (wire, store) = wired(version).await;
        let name = name("connections", "pair");
        write(&*store, &create(&name, with_password("one"))).await.unwrap();
        for (payload, expected) in [
            (with_password("two"), [&["PATCH"][..], &["GET", "PATCH"]]),
            (connection("three"), [&["DELETE", "POST"], &["GET", "DELETE", "POST"]]),
            // Version 2 shows that the password is gone; version 1 never shows one.
            (connection("four"), [&["DELETE", "POST"], &["GET", "PATCH"]]),
        ] {
            let from = wire.requests().len();
            write(&*store, &replace(&name, payload)).await.unwrap();
            let expected = if version == ApiVersion::V1 { expected[0] } else { expected[1] };
            assert_eq!(methods(&wire, from), expected, "{version:?}");
        }
        let stored = read(&*store, &name).await.unwrap();
        let shown = match stored.content {
            Content::Payload(payload) => payload,
            Content::Hidden(State::Masked { .. }) => stored.shown.unwrap().payload,
            Content::Hidden(state) => panic!("{state:?}"),
        };
        assert_eq!(shown, connection("four"), "{version:?}");
    }
}

#[tokio::test]
async fn replaced_entry_keeps_nothing_of_the_former_one() {
    let (_wire, store) = wired(ApiVersion::V2).await;
    let name = name("connections", "whole");
    let full = payload(&[
        ("conn_type", "http"),
        ("description", "d"),
        ("host", "h"),
        ("login", "l"),
        ("schema", "s"),
        ("port", "1"),
        ("extra", "{\"a\": 1, \"token\": \"made-up-token-of-writing-rs\"}"),
    ]);
    write(&*store, &create(&name, full)).await.unwrap();
    let bare = payload(&[("conn_type", "x"), ("extra", "{\"b\": 2}")]);
    write(&*store, &replace(&name, bare.clone())).await.unwrap();
    assert_eq!(read(&*store, &name).await.unwrap().content, Content::Payload(bare));
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let (_wire, store) = wired(version).await;
        let name = self::name("variables", "whole");
        let full = payload(&[("value", "v"), ("description", "d")]);
        write(&*store, &create(&name, full)).await.unwrap();
        write(&*store, &replace(&name, variable("w"))).await.unwrap();
        assert_eq!(
            read(&*store, &name).await.unwrap().content,
            Content::Payload(variable("w")),
            "{version:?}"
        );
    }
}

/// Fails the first POST of a connection, before or after the server gets it.
fn failing_post(wire: &Wire, fault: WireFault) {
    let left = AtomicUsize::new(1);
    wire.fail(move |request: &WireRequest| {
        let is_post = request.method == "POST" && request.path.ends_with("/connections");
        if is_post
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            fault.clone()
        } else {
            WireFault::Nothing
        }
    });
}

#[tokio::test]
async fn interrupted_pair_is_completed_when_it_is_repeated() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        for fault in
            [WireFault::answer(500), WireFault::answer(429), WireFault::CutBefore, WireFault::CutAfter]
        {
            let (wire, store) = wired(version).await;
            let name = name("connections", "cut");
            write(&*store, &create(&name, with_password("one"))).await.unwrap();
            failing_post(&wire, fault.clone());
            let change = replace(&name, connection("two"));
            let error = write(&*store, &change).await.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::RateLimited),
                "{version:?} {fault:?}: {error}"
            );
            assert!(error.message().contains("it was deleted, and creating it again failed"), "{error}");
            assert!(error.hint().unwrap().contains("run the same command again"));
            write(&*store, &change).await.unwrap();
            assert!(read(&*store, &name).await.is_some(), "{version:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn run_completes_an_interrupted_pair_by_itself() {
    let (wire, store) = wired(ApiVersion::V2).await;
    let name = name("connections", "cut");
    write(&*store, &create(&name, with_password("one"))).await.unwrap();
    failing_post(&wire, WireFault::answer(502));
    let retrying = RetryingStore::new(store, RateLimits::default());
    let written = retrying.write_each(&[replace(&name, connection("two"))]).await.remove(0);
    written.unwrap();
    assert_eq!(read(&retrying, &name).await.unwrap().content, Content::Payload(connection("two")));
}

#[tokio::test]
async fn many_changes_are_one_request_with_an_outcome_each() {
    let (wire, store) = wired(ApiVersion::V2).await;
    let names = |kind| (0..20).map(|_| name(kind, "many")).collect::<Vec<_>>();
    let (variables, connections) = (names("variables"), names("connections"));
    let all = || variables.iter().chain(&connections);
    // Two exist already.
    write(&*store, &create(&variables[3], variable("old"))).await.unwrap();
    write(&*store, &create(&connections[4], connection("old"))).await.unwrap();
    let value = |name: &SecretName, text: &str| {
        if name.as_str().starts_with("variables/") { variable(text) } else { with_password(text) }
    };
    let from = wire.requests().len();
    let creates: Vec<_> = all().map(|name| create(name, value(name, "new"))).collect();
    let outcomes = store.write_batch(&creates).await.unwrap();
    assert_eq!(methods(&wire, from), ["PATCH", "PATCH"]);
    for (name, outcome) in all().zip(outcomes) {
        let existed = *name == variables[3] || *name == connections[4];
        match outcome {
            Ok(_) => assert!(!existed, "{name}"),
            Err(error) => assert!(existed && error.kind() == ErrorKind::AlreadyExists, "{name}: {error}"),
        }
    }
    // Before a connection is overwritten, airbridge looks whether it is there and has a password.
    let from = wire.requests().len();
    let replaces: Vec<_> = all().map(|name| replace(name, value(name, "newer"))).collect();
    let missing = replace(&name("variables", "missing"), variable("x"));
    let outcomes = store.write_batch(&[replaces, vec![missing]].concat()).await.unwrap();
    let sent = methods(&wire, from);
    assert_eq!(sent.iter().filter(|method| *method == "PATCH").count(), 2, "{sent:?}");
    assert_eq!(sent.len(), 22, "{sent:?}");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 40);
    assert_eq!(outcomes.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(read(&*store, &variables[3]).await.unwrap().content, Content::Payload(variable("newer")));

    let from = wire.requests().len();
    let delete = |name: &SecretName| Change::new(name.clone(), Action::Delete { expect: None });
    let outcomes = store.write_batch(&all().map(delete).collect::<Vec<_>>()).await.unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(methods(&wire, from), ["PATCH", "PATCH"]);
    assert!(read(&*store, &connections[0]).await.is_none());
}

#[tokio::test]
async fn changes_that_are_refused_together_are_tried_alone() {
    for status in [400, 405, 422] {
        let (wire, store) = wired(ApiVersion::V2).await;
        wire.fail(
            move |request: &WireRequest| {
                if request.method == "PATCH" { WireFault::answer(status) } else { WireFault::Nothing }
            },
        );
        let names: Vec<_> = (0..3).map(|_| name("variables", "alone")).collect();
        let creates: Vec<_> = names.iter().map(|name| create(name, variable("x"))).collect();
        let outcomes = store.write_batch(&creates).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok), "{status}: {outcomes:?}");
        assert!(read(&*store, &names[2]).await.is_some());
    }
}

#[tokio::test]
async fn lost_answer_of_many_creates_is_confirmed_entry_by_entry() {
    let (wire, store) = wired(ApiVersion::V2).await;
    let names = [name("variables", "lost"), name("connections", "lost"), name("connections", "lost")];
    let left = AtomicUsize::new(2);
    wire.fail(move |request: &WireRequest| {
        let is_bulk = request.method == "PATCH";
        let first =
            || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_bulk && first() { WireFault::CutAfter } else { WireFault::Nothing }
    });
    let retrying = RetryingStore::new(store, RateLimits::default());
    let values = [variable("x"), connection("h"), with_password("h")];
    let creates: Vec<_> = names.iter().zip(values).map(|(name, value)| create(name, value)).collect();
    for outcome in retrying.write_each(&creates).await {
        outcome.unwrap();
    }
    for name in &names {
        assert!(read(&retrying, name).await.is_some(), "{name}");
    }
}

#[tokio::test]
async fn refusals_name_what_to_do_and_no_value() {
    let server = Server::new(ApiVersion::V2);
    let viewer = Settings {
        token: Some(SecretText::new(server.token("viewer", "made-up-viewer-password").await)),
        username: None,
        password: None,
        ..server.settings()
    };
    let store = open(viewer).await.unwrap();
    let secret = payload(&[("conn_type", "http"), ("password", "c4n4ry")]);
    let error = write(&*store, &create(&name("connections", "no"), secret.clone())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().unwrap().contains("permission to create"), "{error}");
    // The server has no teams, and repeats the whole entry in its answer.
    let store = open(Settings { team: Some("team_a".to_owned()), ..server.settings() }).await.unwrap();
    let error = write(&*store, &create(&name("connections", "no"), secret)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPayload);
    assert!(error.message().contains("does not accept the entry"), "{error}");
    assert!(!format!("{error:?}{error}").contains("c4n4ry"), "{error}");
}

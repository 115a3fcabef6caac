//! What the suite does not ask of every store: deleted and disabled secrets, dates, certificates, tags, calls.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;
mod double;

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_azure::{Settings, open};
use airbridge_core::{
    Action, Change, Content, ErrorKind, Metadata, NamePrefix, Payload, RateLimits, Read, RetryingStore,
    SecretName, SecretStore, SecretStoreExt, State, Version,
};
use common::{create, list, opened, read, shown, write};
use double::{Double, Fault, replies};
use serde_json::json;

const YEAR: i64 = 365 * 24 * 60 * 60;

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn replace(text: &str, expect: Option<Version>) -> Action {
    Action::Replace { payload: Payload::text(text), expect }
}

#[tokio::test]
async fn a_deleted_secret_is_listed_with_the_days_left_and_the_way_back() {
    let (_double, store) = opened().await;
    for name in ["air-gone", "other-gone"] {
        create(&*store, name, "x").await.unwrap();
        write(&*store, name, Action::Delete { expect: None }).await.unwrap();
    }
    create(&*store, "air-here", "x").await.unwrap();
    let headers = list(&*store, "AIR-").await;
    let [("air-here", State::Live), ("air-gone", State::Deleted { until: Some(until) })] =
        shown(&headers)[..]
    else {
        panic!("{headers:?}");
    };
    assert!(until.contains("(in 90 days)"), "{until}");
    assert!(until.contains("az keyvault secret recover --vault-name localhost --name air-gone"), "{until}");
    assert!(until.contains("az keyvault secret purge"), "{until}");
    let error = create(&*store, "air-gone", "y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameReserved);
    assert!(error.message().contains("(in 90 days)"), "{error}");
    assert_eq!(read(&*store, "air-gone").await.unwrap(), None);
}

#[tokio::test]
async fn who_may_not_list_deleted_secrets_lists_the_others() {
    let (double, store) = opened().await;
    create(&*store, "a", "x").await.unwrap();
    double.answer("GET", "/deletedsecrets", replies::denied("AccessDenied"));
    assert_eq!(shown(&list(&*store, "").await), [("a", &State::Live)]);
    double.asked();
    // Asked once, and not again.
    assert_eq!(shown(&list(&*store, "").await), [("a", &State::Live)]);
    assert_eq!(double.asked(), ["GET /secrets"]);
}

#[tokio::test]
async fn a_failed_listing_of_deleted_secrets_is_no_half_listing() {
    let (double, store) = opened().await;
    create(&*store, "a", "x").await.unwrap();
    double.answer("GET", "/deletedsecrets", replies::failed(503));
    let error = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn what_is_switched_off_is_a_state_and_no_error() {
    let (double, store) = opened().await;
    let version = create(&*store, "other", "x").await.unwrap().version;
    double.put("off", "x", &json!({"enabled": false}));
    assert_eq!(shown(&list(&*store, "o").await), [("off", &State::Disabled), ("other", &State::Live)]);
    let found = read(&*store, "off").await.unwrap().unwrap();
    assert_eq!(found.content, Content::Hidden(State::Disabled));
    assert_eq!(create(&*store, "off", "y").await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    for action in [replace("y", version.clone()), replace("y", None), Action::Delete { expect: version }] {
        assert_eq!(write(&*store, "off", action).await.unwrap_err().kind(), ErrorKind::VersionMismatch);
    }
    assert_eq!(double.seen("off").0, 1);
}

#[tokio::test]
async fn dates_are_advice() {
    let (double, store) = opened().await;
    double.put("expired", "x", &json!({"exp": now() - YEAR}));
    double.put("early", "x", &json!({"nbf": now() + YEAR}));
    double.put("fine", "x", &json!({"nbf": now() - YEAR, "exp": now() + YEAR}));
    let note = async |name| {
        let stored = read(&*store, name).await.unwrap().unwrap();
        assert_eq!(stored.content, Content::Payload(Payload::text("x")));
        stored.note.unwrap_or_default()
    };
    assert!(note("expired").await.starts_with("it expired on 20"));
    assert!(note("early").await.starts_with("it is meant to count from 20"));
    assert_eq!(note("fine").await, "");
}

#[tokio::test]
async fn a_certificates_secret_has_an_owner() {
    let (double, store) = opened().await;
    double.put("web", "pfx", &json!({}));
    double.manage("web");
    let headers = list(&*store, "").await;
    assert_eq!(headers[0].owner.as_deref(), Some("a certificate of the same name"));
    let error = write(&*store, "web", replace("x", None)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.message().contains("certificate"), "{error}");
    assert_eq!(double.seen("web").0, 1);
}

#[tokio::test]
async fn names_are_one_whatever_their_case() {
    let (_double, store) = opened().await;
    create(&*store, "Airflow-Variables-Key", "x").await.unwrap();
    // As it was written first, whatever the prefix's case.
    assert_eq!(shown(&list(&*store, "airflow-variables-").await), [("Airflow-Variables-Key", &State::Live)]);
    assert!(read(&*store, "airflow-variables-key").await.unwrap().is_some());
    let error = create(&*store, "airflow-variables-KEY", "y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn labels_come_back_and_a_new_version_keeps_what_the_old_one_had() {
    let double = Double::start().await;
    let tags = [("team".to_owned(), "data".to_owned())].into();
    let store = open(Settings { tags, ..common::settings(&double) }).await.unwrap();
    let name = SecretName::new("a-b");
    let change = Change::new(name.clone(), Action::Create(Payload::text("x"))).with_label("a_b");
    let receipt = store.write_batch(&[change]).await.unwrap().remove(0).unwrap();
    assert_eq!(double.seen("a-b"), (1, json!({"team": "data", "airbridge-id": "a_b"})));
    assert_eq!(list(&*store, "").await[0].label.as_deref(), Some("a_b"));
    let found = read(&*store, "a-b").await.unwrap().unwrap();
    assert_eq!(found.version, receipt.version);
    write(&*store, "a-b", replace("y", receipt.version)).await.unwrap();
    assert_eq!(double.seen("a-b"), (2, json!({"team": "data", "airbridge-id": "a_b"})));
    let change = Change::new(name.clone(), replace("z", None)).with_label("A_b");
    store.write_batch(&[change]).await.unwrap().remove(0).unwrap();
    assert_eq!(list(&*store, "").await[0].label.as_deref(), Some("A_b"));
    let change = Change::new(name, replace("z", None)).with_label("x".repeat(257));
    let error = store.write_batch(&[change]).await.unwrap().remove(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPayload);
}

#[tokio::test]
async fn what_is_said_of_a_secret_is_its_tags_and_costs_no_call() {
    let double = Double::start().await;
    let tags = [("owner".to_owned(), "data".to_owned())].into();
    let store = open(Settings { tags, ..common::settings(&double) }).await.unwrap();
    double.asked();
    let metadata = |description: &str, tags: &[(&str, &str)]| Metadata {
        description: Some(description.to_owned()),
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    for (action, said) in [
        (Action::Create(Payload::text("x")), metadata("What for?", &[("team", "a")])),
        (replace("y", None), metadata("new", &[("more", "b")])),
    ] {
        let change = Change::new(SecretName::new("a-b"), action).with_label("a_b").with_metadata(said);
        store.write_batch(&[change]).await.unwrap().remove(0).unwrap();
    }
    assert_eq!(double.asked().len(), 4, "a look and a write each");
    let tags =
        json!({"owner": "data", "airbridge-id": "a_b", "description": "new", "team": "a", "more": "b"});
    assert_eq!(double.seen("a-b"), (2, tags));
    let found = list(&*store, "").await.remove(0).metadata;
    assert_eq!(found, metadata("new", &[("more", "b"), ("owner", "data"), ("team", "a")]));
    // One of the fifteen is the label's.
    let wanted = metadata("d", &[]).over(&Metadata {
        description: None,
        tags: (0..20).map(|number| (format!("t{number:02}"), String::new())).collect(),
    });
    let kept = store.supported_metadata(&SecretName::new("a"), &wanted, None);
    assert_eq!((kept.metadata.tags.len(), kept.left_out.len()), (12, 8));
    assert_eq!(kept.metadata.description.as_deref(), Some("d"));
}

#[tokio::test]
async fn tags_that_the_service_would_refuse_are_refused_when_the_store_is_opened() {
    let double = Double::start().await;
    let numbered = |count: usize| (0..count).map(|n| (n.to_string(), String::new())).collect();
    let with = |tags| open(Settings { tags, ..common::settings(&double) });
    assert!(with(numbered(14)).await.is_ok());
    for wrong in [
        numbered(15),
        [("a".to_owned(), "x".repeat(257))].into(),
        [("airbridge-id".to_owned(), String::new())].into(),
    ] {
        assert_eq!(with(wrong).await.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn what_can_have_no_address_is_not_asked_for() {
    let (double, store) = opened().await;
    for name in ["", "a/b", "../x", "a?b", "a_b", &"n".repeat(128)] {
        assert_eq!(read(&*store, name).await.unwrap(), None, "{name}");
        let gone = write(&*store, name, Action::Delete { expect: None }).await;
        assert_eq!(gone.unwrap().version, None, "{name}");
        assert_eq!(create(&*store, name, "x").await.unwrap_err().kind(), ErrorKind::InvalidName, "{name}");
    }
    let odd = Read { name: SecretName::new("a"), version: Some(Version::new("../b")) };
    assert_eq!(store.read_batch(&[odd]).await.unwrap().remove(0).unwrap(), None);
    assert_eq!(list(&*store, "a_").await, []);
    assert_eq!(double.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn no_call_is_made_that_need_not_be() {
    let double = Double::start().await;
    let store = open(common::settings(&double)).await.unwrap();
    // One call without a token, one for a token.
    assert_eq!(double.asked(), ["GET /secrets without token", "GET /msi/token without token"]);
    let names: Vec<_> = (0..30).map(|n| SecretName::new(format!("n{n}"))).collect();
    let make = |name: &SecretName| Change::new(name.clone(), Action::Create(Payload::text("x")));
    // All at once, and before any other: no call goes out to be refused.
    let changes: Vec<_> = names.iter().map(make).collect();
    for outcome in store.write_each(&changes).await {
        outcome.unwrap();
    }
    assert_eq!((double.count("GET /secrets/"), double.count("PUT /secrets/")), (30, 30));
    assert_eq!(double.asked().len(), 60);
    let wanted: Vec<_> = names.iter().cloned().map(Read::current).collect();
    assert_eq!(store.read_all(&wanted, &|_| ()).await.unwrap().len(), 30);
    assert_eq!(double.asked().len(), 30);
    assert_eq!(list(&*store, "n").await.len(), 30);
    assert_eq!(double.asked(), ["GET /secrets", "GET /secrets next", "GET /deletedsecrets"]);
    assert_eq!(double.sign_ins().len(), 1);
}

async fn paced() -> (Double, Arc<dyn SecretStore>) {
    let (double, store) = opened().await;
    (
        double,
        Arc::new(RetryingStore::new(store, RateLimits { write: Some(10_000.0), ..RateLimits::default() })),
    )
}

#[tokio::test]
async fn one_fault_is_one_call_and_none_is_doubled() {
    let (double, store) = paced().await;
    double.fail("PUT", "/secrets/throttled", 2, Fault::Answer(replies::throttled()));
    double.fail("PUT", "/secrets/told", 2, Fault::Answer(replies::throttled().with("retry-after-ms", "20")));
    double.fail("PUT", "/secrets/failed", 2, Fault::Answer(replies::failed(500)));
    double.fail("PUT", "/secrets/lost", 2, Fault::Lose);
    double.fail("PUT", "/secrets/busy", 2, Fault::Answer(replies::being_deleted("busy")));
    for (name, calls) in [("throttled", 3), ("told", 3), ("failed", 3), ("lost", 1), ("busy", 3)] {
        create(&*store, name, "x").await.unwrap();
        assert_eq!(double.count(&format!("PUT /secrets/{name}")), calls, "{name}");
        assert_eq!(double.seen(name).0, 1, "{name}");
    }
}

#[tokio::test]
async fn a_deletion_that_takes_its_time_is_waited_for() {
    let (double, store) = paced().await;
    create(&*store, "a", "x").await.unwrap();
    double.switch(|switches| switches.lag = Duration::from_secs(2));
    write(&*store, "a", Action::Delete { expect: None }).await.unwrap();
    let error = create(&*store, "a", "y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameReserved, "{error}");
    assert!(double.count("PUT /secrets/a") > 1);
}

#[tokio::test]
async fn a_token_that_was_revoked_is_replaced_once() {
    let (double, store) = opened().await;
    create(&*store, "a", "x").await.unwrap();
    double.state().tokens.revoke();
    assert!(read(&*store, "a").await.unwrap().is_some());
    assert_eq!(double.sign_ins().len(), 2);
}

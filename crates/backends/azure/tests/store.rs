//! Behavior that the conformance suite does not cover: deleted and disabled secrets, dates, certificates, tags, and the
//! number of requests.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

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
async fn deleted_secret_is_listed_with_its_date_and_the_commands_to_recover_or_purge_it() {
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
async fn listing_without_permission_for_deleted_secrets_has_the_others() {
    let (double, store) = opened().await;
    create(&*store, "a", "x").await.unwrap();
    double.answer("GET", "/deletedsecrets", replies::denied("AccessDenied"));
    assert_eq!(shown(&list(&*store, "").await), [("a", &State::Live)]);
    double.asked();
    // Requested once and not again.
    assert_eq!(shown(&list(&*store, "").await), [("a", &State::Live)]);
    assert_eq!(double.asked(), ["GET /secrets"]);
}

#[tokio::test]
async fn failed_listing_of_deleted_secrets_fails_the_whole_listing() {
    let (double, store) = opened().await;
    create(&*store, "a", "x").await.unwrap();
    double.answer("GET", "/deletedsecrets", replies::failed(503));
    let error = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn disabled_secret_is_read_as_disabled_and_not_written() {
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
async fn secret_outside_its_dates_is_read_with_a_note() {
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
    assert!(note("early").await.starts_with("it is valid only from 20"));
    assert_eq!(note("fine").await, "");
}

#[tokio::test]
async fn secret_of_a_certificate_has_an_owner_and_is_not_replaced() {
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
async fn names_that_differ_in_case_only_are_the_same_name() {
    let (_double, store) = opened().await;
    create(&*store, "Airflow-Variables-Key", "x").await.unwrap();
    // A listing shows the first spelling of the name, whatever the case of the prefix.
    assert_eq!(shown(&list(&*store, "airflow-variables-").await), [("Airflow-Variables-Key", &State::Live)]);
    assert!(read(&*store, "airflow-variables-key").await.unwrap().is_some());
    let error = create(&*store, "airflow-variables-KEY", "y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn labels_are_listed_and_new_versions_keep_tags() {
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
async fn metadata_is_written_as_tags_without_further_requests() {
    let double = Double::start().await;
    let tags = [("owner".to_owned(), "data".to_owned())].into();
    let store = open(Settings { tags, ..common::settings(&double) }).await.unwrap();
    double.asked();
    let metadata = |description: &str, tags: &[(&str, &str)]| Metadata {
        description: Some(description.to_owned()),
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    for (action, written) in [
        (Action::Create(Payload::text("x")), metadata("What for?", &[("team", "a")])),
        (replace("y", None), metadata("new", &[("more", "b")])),
    ] {
        let change = Change::new(SecretName::new("a-b"), action).with_label("a_b").with_metadata(written);
        store.write_batch(&[change]).await.unwrap().remove(0).unwrap();
    }
    assert_eq!(double.asked().len(), 4, "each write is a read and a write");
    let tags =
        json!({"owner": "data", "airbridge-id": "a_b", "description": "new", "team": "a", "more": "b"});
    assert_eq!(double.seen("a-b"), (2, tags));
    let found = list(&*store, "").await.remove(0).metadata;
    assert_eq!(found, metadata("new", &[("more", "b"), ("owner", "data"), ("team", "a")]).boxed());
    // One of the fifteen tags is reserved for the label.
    let wanted = metadata("d", &[]).over(&Metadata {
        description: None,
        tags: (0..20).map(|number| (format!("t{number:02}"), String::new())).collect(),
    });
    let kept = store.supported_metadata(&SecretName::new("a"), &wanted, None);
    assert_eq!((kept.metadata.tags.len(), kept.left_out.len()), (12, 8));
    assert_eq!(kept.metadata.description.as_deref(), Some("d"));
}

#[tokio::test]
async fn invalid_tags_in_the_settings_are_rejected_when_the_store_is_opened() {
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
async fn invalid_name_or_version_is_never_sent() {
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
async fn store_sends_no_unnecessary_requests() {
    let double = Double::start().await;
    let store = open(common::settings(&double)).await.unwrap();
    // One request without a token, and one for a token.
    assert_eq!(double.asked(), ["GET /secrets without token", "GET /msi/token without token"]);
    let names: Vec<_> = (0..30).map(|n| SecretName::new(format!("n{n}"))).collect();
    let make = |name: &SecretName| Change::new(name.clone(), Action::Create(Payload::text("x")));
    // All at once, as the first requests: none is sent without a token.
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

async fn opened_with_retries() -> (Double, Arc<dyn SecretStore>) {
    let (double, store) = opened().await;
    (
        double,
        Arc::new(RetryingStore::new(store, RateLimits { write: Some(10_000.0), ..RateLimits::default() })),
    )
}

#[tokio::test]
async fn faults_are_retried_and_each_write_is_executed_once() {
    let (double, store) = opened_with_retries().await;
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
async fn create_during_a_slow_deletion_waits_until_the_name_is_reserved() {
    let (double, store) = opened_with_retries().await;
    create(&*store, "a", "x").await.unwrap();
    double.switch(|switches| switches.lag = Duration::from_secs(2));
    write(&*store, "a", Action::Delete { expect: None }).await.unwrap();
    let error = create(&*store, "a", "y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameReserved, "{error}");
    assert!(double.count("PUT /secrets/a") > 1);
}

#[tokio::test]
async fn revoked_token_is_renewed_once() {
    let (double, store) = opened().await;
    create(&*store, "a", "x").await.unwrap();
    double.state().tokens.revoke();
    assert!(read(&*store, "a").await.unwrap().is_some());
    assert_eq!(double.sign_ins().len(), 2);
}

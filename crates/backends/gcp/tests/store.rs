//! Behavior of the store that the conformance suite does not cover, on the strict double.

mod common;

use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_core::{Change, Content, ErrorKind, Payload, SecretName, State, Stored};
use common::double::reply::refusal;
use common::double::{Double, Fault};
use common::{change, create, holds, list, made, read, read_version, replace, settings, store, write};
use serde_json::json;

const MARKER: &str = "airbridge-change";
const ANOTHER: &str = "00000000-0000-4000-8000-000000000000";
const LONG_AGO: Duration = Duration::from_hours(1);

#[tokio::test]
async fn create_sends_a_marked_container_and_a_version_with_checksum() {
    let double = Double::new().await;
    let store = double.store().await;
    let new = Change::new(SecretName::new("a"), create("123456789"));
    assert_eq!(change(&*store, &new).await, Ok(made("1")));
    assert_eq!(double.calls(), ["POST secret", "POST addVersion"]);
    let container = json!({
        "replication": {"automatic": {}},
        "annotations": {MARKER: new.token.to_string()},
    });
    // The standard check value of CRC-32C, as a string, and base64 of the nine digits.
    let version = json!({"payload": {"data": "MTIzNDU2Nzg5", "dataCrc32c": "3808858755"}});
    let bodies = double.bodies().await;
    assert_eq!(bodies[0], container);
    assert_eq!(bodies[1]["payload"], version["payload"]);
    assert_eq!(read(&*store, "a").await, Ok(holds("123456789", "1")));
    assert_eq!(read_version(&*store, "a", "1").await, Ok(holds("123456789", "1")));
    assert_eq!(read_version(&*store, "a", "2").await, Ok(None));
}

#[tokio::test]
async fn new_secrets_are_created_with_the_configured_replication_and_keys() {
    let double = Double::new().await;
    let key = |location: &str| format!("projects/p/locations/{location}/keyRings/r/cryptoKeys/k");
    let kept = Settings {
        locations: vec!["europe-west1".to_owned()],
        kms_keys: vec![key("europe-west1")],
        labels: [("team".to_owned(), "data".to_owned())].into(),
        ..settings("acme", &double.url())
    };
    assert_eq!(write(&*store(kept).await, "a", create("x")).await, Ok(made("1")));
    let body = double.bodies().await.remove(0);
    let replica = json!({
        "location": "europe-west1",
        "customerManagedEncryption": {"kmsKeyName": key("europe-west1")},
    });
    assert_eq!(body["replication"], json!({"userManaged": {"replicas": [replica]}}));
    assert_eq!(body["labels"], json!({"team": "data"}));
}

#[tokio::test]
async fn latest_version_is_read_in_any_state() {
    let double = Double::new().await;
    let store = double.store().await;
    for (id, verb) in [("off", "disable"), ("DISABLED", "destroy")] {
        double.make(id, &[], LONG_AGO);
        double.add(id, b"old");
        double.add(id, b"new");
        double.act(id, verb);
    }
    let off = read(&*store, "off").await.expect("an answer").expect("a secret");
    assert_eq!(off, Stored::hidden(State::Disabled, Some("2".into())));
    let gone = read(&*store, "DISABLED").await.expect("an answer").expect("a secret");
    assert_eq!((gone.content, gone.version), (Content::Hidden(State::NoValue), Some("2".into())));
    assert!(gone.note.is_some_and(|note| note.contains("destroyed")));
    // An older version is not read instead of a disabled one, but it can be requested.
    assert_eq!(read_version(&*store, "off", "1").await, Ok(holds("old", "1")));
}

#[tokio::test]
async fn state_is_known_without_the_permission_to_read_versions() {
    let double = Double::failing(|call| match call.what.as_str() {
        "GET version" => Fault::Before(refusal(403, "PERMISSION_DENIED", "no", &json!([]))),
        _ => Fault::Nothing,
    })
    .await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"x");
    double.act("a", "disable");
    let found = read(&*double.store().await, "a").await;
    assert_eq!(found, Ok(Some(Stored::hidden(State::Disabled, None))));
}

#[tokio::test]
async fn missing_empty_and_binary_secrets_are_distinguished() {
    let double = Double::new().await;
    let store = double.store().await;
    double.make("empty", &[("owner", "terraform")], LONG_AGO);
    double.make("bytes", &[], LONG_AGO);
    double.add("bytes", b"\xff\xfe");
    assert_eq!(read(&*store, "absent").await, Ok(None));
    assert_eq!(read(&*store, "empty").await, Ok(Some(Stored::hidden(State::NoValue, None))));
    assert_eq!(read(&*store, "bytes").await, Ok(Some(Stored::hidden(State::Binary, Some("1".into())))));
}

#[tokio::test]
async fn value_with_a_wrong_checksum_is_not_returned() {
    let double = Double::new().await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"x");
    double.damage("a");
    let error = read(&*double.store().await, "a").await.expect_err("a damaged value");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("CRC32C"), "{error}");
}

#[tokio::test]
async fn create_on_taken_name_returns_already_exists() {
    let double = Double::new().await;
    let store = double.store().await;
    // Containers of another client, with and without a version, and a complete secret of airbridge.
    double.make("empty", &[], LONG_AGO);
    double.make("full", &[], LONG_AGO);
    double.add("full", b"theirs");
    double.make("ours", &[(MARKER, ANOTHER)], LONG_AGO);
    double.add("ours", b"x");
    for id in ["empty", "full", "ours"] {
        let before = double.versions(id);
        let error = write(&*store, id, create("x")).await.expect_err(id);
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{id}");
        assert_eq!(double.versions(id), before, "{id}");
    }
}

#[tokio::test]
async fn create_completes_what_an_interrupted_run_left() {
    let double = Double::new().await;
    let store = double.store().await;
    double.make("a", &[(MARKER, ANOTHER), ("kept", "yes")], LONG_AGO);
    // Without a version it is read as absent, although the listing has it.
    assert_eq!(read(&*store, "a").await, Ok(None));
    assert_eq!(list(&*store, "a").await, Ok(vec!["a".to_owned()]));
    let new = Change::new(SecretName::new("a"), create("x"));
    assert_eq!(change(&*store, &new).await, Ok(made("1")));
    assert_eq!(double.versions("a"), [b"x"]);
    assert_eq!(double.annotation("a", MARKER), Some(new.token.to_string()));
    assert_eq!(double.annotation("a", "kept").as_deref(), Some("yes"));
    // The same change again, as after a lost response, adds nothing.
    assert_eq!(change(&*store, &new).await, Ok(made("1")));
    assert_eq!(double.versions("a"), [b"x"]);
}

#[tokio::test]
async fn create_does_not_complete_a_recent_container_of_another_run() {
    let double = Double::new().await;
    double.make("a", &[(MARKER, ANOTHER)], Duration::from_secs(2));
    let error = write(&*double.store().await, "a", create("x")).await.expect_err("another run may be active");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.hint().is_some_and(|hint| hint.contains("after 60 seconds")), "{error:?}");
    assert!(double.versions("a").is_empty());
}

#[tokio::test]
async fn only_one_of_two_runs_completes_a_secret() {
    // Another run marks the container between the read and the update.
    let double = Double::failing(|call| match (call.what.as_str(), call.number) {
        ("PATCH secret", 0) => Fault::Before(refusal(409, "ABORTED", "etag", &json!([]))),
        _ => Fault::Nothing,
    })
    .await;
    double.make("a", &[(MARKER, ANOTHER)], LONG_AGO);
    let error = write(&*double.store().await, "a", create("x")).await.expect_err("the other was faster");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(double.versions("a").is_empty());
}

#[tokio::test]
async fn concurrent_creates_of_one_name_make_one_version() {
    let double = Double::new().await;
    let store = double.store().await;
    let creates = (0..16).map(|index| {
        let store = store.clone();
        async move { write(&*store, "a", create(&index.to_string())).await }
    });
    let outcomes = futures::future::join_all(creates).await;
    let won: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_ok()).collect();
    let lost = |outcome: &&Result<_, airbridge_core::Error>| {
        outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists)
    };
    assert_eq!((won.len(), outcomes.iter().filter(lost).count()), (1, 15));
    assert_eq!(double.versions("a").len(), 1);
}

#[tokio::test]
async fn replace_of_an_outdated_version_returns_version_mismatch() {
    let double = Double::new().await;
    let store = double.store().await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"one");
    assert_eq!(write(&*store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.calls(), ["GET access", "POST addVersion"]);
    for late in ["1", "0", "x", "18446744073709551615"] {
        let error = write(&*store, "a", replace("three", late)).await.expect_err(late);
        assert_eq!(error.kind(), ErrorKind::VersionMismatch, "{late}");
    }
    // A newer version counts in any state.
    double.act("a", "destroy");
    let error = write(&*store, "a", replace("three", "1")).await.expect_err("version 2 is there");
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    assert_eq!(double.versions("a").len(), 2);
}

#[tokio::test]
async fn replace_that_raced_with_another_returns_version_mismatch() {
    // Another run writes between the read and the write: the double hides version 2 once.
    let double = Double::failing(|call| match (call.what.as_str(), call.number) {
        ("GET access", 0) => Fault::Before(refusal(404, "NOT_FOUND", "no", &json!([]))),
        _ => Fault::Nothing,
    })
    .await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"one");
    double.add("a", b"theirs");
    let error = write(&*double.store().await, "a", replace("ours", "1")).await.expect_err("both wrote");
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    assert!(error.hint().is_some_and(|hint| hint.contains("version 3")), "{error:?}");
}

#[tokio::test]
async fn listing_has_only_names_that_start_with_the_prefix() {
    let double = Double::new().await;
    let store = double.store().await;
    for id in ["airflow-a", "x-airflow-b", "-odd", "projects"] {
        double.make(id, &[], LONG_AGO);
    }
    assert_eq!(list(&*store, "airflow-").await, Ok(vec!["airflow-a".to_owned()]));
    // The filter of the service searches the full name, which contains `projects` for every secret.
    assert_eq!(list(&*store, "projects").await, Ok(vec!["projects".to_owned()]));
    assert_eq!(list(&*store, "-").await, Ok(vec!["-odd".to_owned()]));
    assert_eq!(list(&*store, "").await.map(|names| names.len()), Ok(4));
    let before = double.calls().len();
    // A prefix that no name can start with is not requested.
    assert_eq!(list(&*store, "airflow/").await, Ok(Vec::new()));
    assert_eq!(double.calls().len(), before);
}

#[tokio::test]
async fn invalid_name_or_version_is_never_sent() {
    let double = Double::new().await;
    let store = double.store().await;
    for name in ["", "..", "a/b", "a?b", "a%2fb", "a.b", &"n".repeat(256)] {
        assert_eq!(read(&*store, name).await, Ok(None), "{name}");
        for action in [create("x"), replace("x", "1")] {
            let error = write(&*store, name, action).await.expect_err(name);
            assert_eq!(error.kind(), ErrorKind::InvalidName, "{name}");
        }
    }
    assert_eq!(read_version(&*store, "a", "1/../../b").await, Ok(None));
    assert!(double.calls().is_empty(), "{:?}", double.calls());
}

#[tokio::test]
async fn fields_are_rejected_without_a_request() {
    let double = Double::new().await;
    let fields = airbridge_core::Action::Create(Payload::Fields(airbridge_core::Fields::new()));
    let error = write(&*double.store().await, "a", fields).await.expect_err("fields");
    assert_eq!(error.kind(), ErrorKind::InvalidPayload);
    assert!(double.calls().is_empty());
}

#[tokio::test]
async fn a_listing_takes_a_call_for_every_5_000_names_and_none_for_other_prefixes() {
    let double = Double::new().await;
    for number in 0..10_001 {
        double.make(&format!("airflow-variables-{number}"), &[], Duration::ZERO);
        double.make(&format!("another-{number}"), &[], Duration::ZERO);
    }
    let names = list(&*double.store().await, "airflow-variables-").await.map(|names| names.len());
    assert_eq!((names, double.count("GET list")), (Ok(10_001), 3));
}

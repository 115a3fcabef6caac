//! Labels and annotations, on the strict double.

mod common;

use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_core::{Change, ErrorKind, Metadata, NamePrefix, SecretName};
use common::double::reply::refusal;
use common::double::{Double, Fault};
use common::{change, create, replace, settings, store};
use serde_json::json;

const ANOTHER: &str = "00000000-0000-4000-8000-000000000000";
const LONG_AGO: Duration = Duration::from_hours(1);

fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Metadata { description: description.map(str::to_owned), tags }
}

fn new(action: airbridge_core::Action, metadata: Metadata) -> Change {
    Change::new(SecretName::new("a"), action).with_metadata(metadata)
}

#[tokio::test]
async fn new_secret_is_created_with_its_metadata() {
    let double = Double::new().await;
    let labels = metadata(None, &[("owner", "data")]).tags;
    let store = store(Settings { labels, ..settings("acme", &double.url()) }).await;
    let wanted = metadata(Some("What for?"), &[("team", "x"), ("Mail", "a@b.test")]);
    let create = new(create("x"), wanted.clone());
    change(&*store, &create).await.unwrap();
    assert_eq!(double.calls(), ["POST secret", "POST addVersion"]);
    let body = double.bodies().await.remove(0);
    assert_eq!(body["labels"], json!({ "owner": "data", "team": "x" }));
    let token = create.token.to_string();
    let annotations = json!({ "airbridge-change": token, "description": "What for?", "Mail": "a@b.test" });
    assert_eq!(body["annotations"], annotations);
    let page = store.list_page(&NamePrefix::new(""), None).await.unwrap();
    assert_eq!(page.headers[0].metadata, wanted.over(&metadata(None, &[("owner", "data")])).boxed());
}

#[tokio::test]
async fn replace_updates_changed_metadata_before_it_adds_the_version() {
    let double = Double::new().await;
    let store = double.store().await;
    double.make("a", &[("description", "old"), ("theirs", "A")], LONG_AGO);
    double.add("a", b"one");
    let wanted = metadata(Some("new"), &[("team", "x")]);
    for (replace, calls) in [
        (replace("two", "1"), &["GET access", "GET secret", "PATCH secret", "POST addVersion"][..]),
        (replace("three", "2"), &["GET access", "GET secret", "POST addVersion"]),
    ] {
        let before = double.calls().len();
        change(&*store, &new(replace, wanted.clone())).await.unwrap();
        assert_eq!(double.calls()[before..], *calls);
    }
    let page = store.list_page(&NamePrefix::new(""), None).await.unwrap();
    assert_eq!(page.headers[0].metadata, metadata(Some("new"), &[("team", "x"), ("theirs", "A")]).boxed());
}

#[tokio::test]
async fn denied_metadata_update_prevents_the_write() {
    let double = Double::failing(|call| match call.what.as_str() {
        "PATCH secret" => Fault::Before(refusal(403, "PERMISSION_DENIED", "Permission denied.", &json!([]))),
        _ => Fault::Nothing,
    })
    .await;
    let store = double.store().await;
    double.make("a", &[], LONG_AGO);
    double.add("a", b"one");
    let error =
        change(&*store, &new(replace("two", "1"), metadata(Some("d"), &[]))).await.expect_err("denied");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(format!("{error} {:?}", error.hint()).contains("secretmanager.secrets.update"), "{error:?}");
    assert_eq!(double.versions("a"), [b"one"]);
}

#[tokio::test]
async fn completing_an_interrupted_create_writes_its_metadata() {
    let double = Double::new().await;
    double.make("a", &[("airbridge-change", ANOTHER), ("description", "old")], LONG_AGO);
    let store = double.store().await;
    change(&*store, &new(create("x"), metadata(Some("new"), &[("team", "x")]))).await.unwrap();
    assert_eq!(double.count("PATCH secret"), 1);
    let page = store.list_page(&NamePrefix::new(""), None).await.unwrap();
    assert_eq!(page.headers[0].metadata, metadata(Some("new"), &[("team", "x")]).boxed());
}

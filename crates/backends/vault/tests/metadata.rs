//! Custom metadata, on a real server.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use airbridge_backend_vault::{Settings, open};
use airbridge_core::{
    Action, Change, Error, ErrorKind, Metadata, NamePrefix, Receipt, SecretName, SecretStore, SecretStoreExt,
};
use common::{Server, read, value, write};
use serde_json::json;

fn metadata(description: Option<&str>, tags: &[(&str, &str)]) -> Metadata {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Metadata { description: description.map(str::to_owned), tags }
}

async fn write_with(store: &dyn SecretStore, action: Action, metadata: Metadata) -> Result<Receipt, Error> {
    let change = Change::new(SecretName::new("a"), action).with_metadata(metadata);
    store.write_batch(&[change]).await.unwrap().remove(0)
}

#[tokio::test]
async fn metadata_is_written_without_a_version_of_its_own() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let own = metadata(None, &[("owner", "data")]).tags;
    let store = open(Settings { custom_metadata: own, ..server.settings(&mount) }).await.unwrap();
    let create = Action::Create(value("x"));
    let receipt = write_with(&*store, create, metadata(Some("What for?"), &[("team", "a b")])).await.unwrap();
    assert_eq!(receipt.version.as_ref().unwrap().as_str(), "1");
    let replace = Action::Replace { payload: value("y"), expect: receipt.version };
    let receipt = write_with(&*store, replace, metadata(None, &[("team", "c")])).await.unwrap();
    assert_eq!(receipt.version.unwrap().as_str(), "2");
    let pairs = &server.call(reqwest::Method::GET, &format!("{mount}/metadata/a"), json!(null)).await["data"];
    assert_eq!(pairs["custom_metadata"], json!({"description": "What for?", "owner": "data", "team": "c"}));
    let found = read(&*store, "a").await.unwrap().unwrap().metadata;
    assert_eq!(found, metadata(Some("What for?"), &[("owner", "data"), ("team", "c")]).boxed());
    server.unmount(&mount).await;
}

#[tokio::test]
async fn create_interrupted_after_its_metadata_is_completed() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let store = open(server.settings(&mount)).await.unwrap();
    server.post(&format!("{mount}/metadata/a"), json!({"custom_metadata": {"team": "old"}})).await;
    assert_eq!(read(&*store, "a").await.unwrap(), None);
    write_with(&*store, Action::Create(value("x")), metadata(None, &[("team", "new")])).await.unwrap();
    let found = read(&*store, "a").await.unwrap().unwrap();
    assert_eq!(
        (found.metadata, found.version.unwrap().as_str()),
        (metadata(None, &[("team", "new")]).boxed(), "1")
    );
    server.unmount(&mount).await;
}

#[tokio::test]
async fn denied_metadata_leaves_the_value_unwritten() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let rules = format!(r#"path "{mount}/data/*" {{ capabilities = ["create", "update", "read"] }}"#);
    let token = server.token(json!({"policies": [server.policy(&rules).await]})).await;
    let store = open(Settings { token: Some(token.into()), ..server.settings(&mount) }).await.unwrap();
    let error = write_with(&*store, Action::Create(value("x")), metadata(Some("d"), &[])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().unwrap().contains(&format!("{mount}/metadata/a")), "{error:?}");
    assert_eq!(read(&*store, "a").await.unwrap(), None);
    write(&*store, "a", Action::Create(value("x"))).await.unwrap();
    server.unmount(&mount).await;
}

#[tokio::test]
async fn rules_for_metadata_match_the_server() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let store = open(server.settings(&mount)).await.unwrap();
    let long = "é".repeat(256);
    let key = "k".repeat(128);
    let wanted = metadata(
        Some(&long),
        &[
            (&key, "1"),
            ("spaced out", "ä€🔑"),
            ("empty", ""),
            ("line", "a\nb"),
            ("long", &"x".repeat(513)),
            ("", "x"),
        ],
    );
    let kept = store.supported_metadata(&SecretName::new("a"), &wanted, None);
    assert_eq!(kept.metadata, metadata(Some(&long), &[(&key, "1"), ("spaced out", "ä€🔑")]));
    assert_eq!(kept.left_out.len(), 4, "{:?}", kept.left_out);
    write_with(&*store, Action::Create(value("x")), kept.metadata).await.unwrap();
    // The server would have rejected exactly what was left out.
    for (key, value) in [("empty", ""), ("line", "a\nb"), ("long", &*"x".repeat(513)), ("", "x")] {
        let replace = Action::Replace { payload: common::value("y"), expect: None };
        let error = write_with(&*store, replace, metadata(None, &[(key, value)])).await.unwrap_err();
        assert!(!format!("{error:?}").contains("xxx"), "{error:?}");
    }
    assert_eq!(store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap().len(), 1);
    server.unmount(&mount).await;
}

#[tokio::test]
async fn version_1_rejects_metadata() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(1).await;
    let own = metadata(None, &[("owner", "data")]).tags;
    let error = open(Settings { custom_metadata: own, ..server.settings(&mount) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("needs version 2 of the engine"), "{error}");
    let store = open(server.settings(&mount)).await.unwrap();
    let kept = store.supported_metadata(&SecretName::new("a"), &metadata(Some("d"), &[("a", "b")]), None);
    assert!(kept.metadata.is_empty() && kept.left_out.len() == 2, "{kept:?}");
    server.unmount(&mount).await;
}

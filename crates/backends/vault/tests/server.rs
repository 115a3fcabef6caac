//! What only a real server shows: policies, quotas, seals and the description of mounts.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it cannot continue")]

mod common;

use std::time::Duration;

use airbridge_backend_vault::{Settings, open};
use airbridge_core::{Action, Error, ErrorKind, NamePrefix, SecretStoreExt, Version};
use serde_json::json;

use common::{Server, fields, read, unique, value, write};

async fn open_error(settings: Settings) -> Error {
    open(settings).await.expect_err("the store must not open")
}

/// Settings with a token that has only the permissions in `rules`.
async fn with_rights(server: &Server, mount: &str, rules: &str) -> Settings {
    let token = server.token(json!({"policies": [server.policy(rules).await]})).await;
    Settings { token: Some(token.into()), ..server.settings(mount) }
}

/// The policies in the README, for `connections` in one mount.
fn policy(mount: &str, heading: &str) -> String {
    let readme = include_str!("../README.md");
    let (_, section) = readme.split_once(heading).unwrap();
    let (_, block) = section.split_once("```hcl\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    block.replace("\"secret/", &format!("\"{mount}/")).replace("\"kv/", &format!("\"{mount}/"))
}

#[tokio::test]
async fn reading_policy_of_the_readme_reads_and_does_not_write() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    for (version, heading) in [(2, "Reading KV 2"), (1, "Reading KV 1")] {
        let mount = server.mount(version).await;
        let writer = open(server.settings(&mount)).await.unwrap();
        for name in ["connections/a", "connections/team/b", "private/c"] {
            write(&*writer, name, Action::Create(value("x"))).await.unwrap();
        }
        let store = open(with_rights(&server, &mount, &policy(&mount, heading)).await).await.unwrap();
        let listed = store.list_all(&NamePrefix::new("connections/"), &|_| ()).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert!(read(&*store, "connections/team/b").await.unwrap().is_some());
        assert_eq!(read(&*store, "private/c").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
        let error = store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        for action in [Action::Create(value("x")), Action::Delete { expect: None }] {
            let error = write(&*store, "connections/new", action).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        }
        server.unmount(&mount).await;
    }
}

#[tokio::test]
async fn writing_policy_of_the_readme_creates_and_does_not_replace() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    for (version, heading) in [(2, "Writing KV 2"), (1, "Writing KV 1")] {
        let mount = server.mount(version).await;
        let store = open(with_rights(&server, &mount, &policy(&mount, heading)).await).await.unwrap();
        write(&*store, "connections/a", Action::Create(value("x"))).await.unwrap();
        let error = write(&*store, "connections/a", Action::Create(value("y"))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let replace = Action::Replace { payload: value("y"), expect: None };
        let error = write(&*store, "connections/a", replace).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.hint().unwrap().contains("`update`"), "{error:?}");
        server.unmount(&mount).await;
    }
}

#[tokio::test]
async fn sealed_or_uninitialised_server_is_not_opened() {
    for (variable, word) in [
        ("AIRBRIDGE_TEST_OPENBAO_SEALED", "sealed"),
        ("AIRBRIDGE_TEST_OPENBAO_UNINITIALISED", "not initialised"),
    ] {
        let server = Server::new(variable);
        let error = open_error(server.settings("secret")).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(word) && error.message().contains(&server.url), "{error}");
    }
}

#[tokio::test]
async fn missing_mount_error_names_the_nearest_mount() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let error = open_error(server.settings("sercet")).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("`sercet`") && error.hint().unwrap().contains("`secret`"), "{error:?}");
}

#[tokio::test]
async fn mount_of_another_type_or_version_and_folder_are_rejected() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(1).await;
    let error = open_error(Settings { kv_engine_version: Some(2), ..server.settings(&mount) }).await;
    assert!(error.message().contains("version 1") && error.message().contains("not 2"), "{error}");
    let error = open_error(server.settings("cubbyhole")).await;
    assert!(error.message().contains("type `cubbyhole`"), "{error}");
    let error = open_error(server.settings(&format!("{mount}/team/a"))).await;
    assert!(
        error.message().contains("is a folder") && error.hint().unwrap().contains("`team/a/`"),
        "{error:?}"
    );
    let error = open_error(Settings { kv_engine_version: Some(3), ..server.settings(&mount) }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    server.unmount(&mount).await;
}

#[tokio::test]
async fn missing_namespace_is_rejected() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let error =
        open_error(Settings { namespace: Some(unique("nowhere")), ..server.settings("secret") }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("namespace"), "{error}");
}

#[tokio::test]
async fn all_mounts_are_limited_to_the_configured_version() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let (one, two) = (server.mount(1).await, server.mount(2).await);
    let rules = format!(
        r#"path "{one}/*" {{ capabilities = ["list"] }} path "{two}/*" {{ capabilities = ["list"] }}"#
    );
    let settings = with_rights(&server, "", &rules).await;
    for (version, one_fits, two_fits) in [(None, true, true), (Some(1), true, false), (Some(2), false, true)]
    {
        let store = open(Settings { kv_engine_version: version, ..settings.clone() }).await.unwrap();
        let fits = |mount: &str| store.check(&format!("{mount}/a").as_str().into(), &value("x")).is_ok();
        assert_eq!((fits(&one), fits(&two)), (one_fits, two_fits), "{version:?}");
    }
    server.unmount(&one).await;
    server.unmount(&two).await;
}

/// One test for both cases, because the header is a setting of the whole server.
#[tokio::test]
async fn quota_error_has_retry_after_if_the_server_sends_it() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let quota = format!("sys/quotas/rate-limit/{mount}");
    let store = open(server.settings(&mount)).await.unwrap();
    server.post(&quota, json!({"path": mount, "rate": 1, "interval": "1m"})).await;
    for headers in [false, true] {
        server.post("sys/quotas/config", json!({"enable_rate_limit_response_headers": headers})).await;
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            outcomes.push(read(&*store, "a").await);
        }
        let error = outcomes.pop().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after().is_some_and(|wait| wait > Duration::ZERO), headers, "{error:?}");
    }
    server.post("sys/quotas/config", json!({"enable_rate_limit_response_headers": false})).await;
    server.delete(&quota).await;
    server.unmount(&mount).await;
}

#[tokio::test]
async fn deleted_secret_is_listed_and_reserves_its_name() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let store = open(server.settings(&mount)).await.unwrap();
    write(&*store, "a", Action::Create(value("x"))).await.unwrap();
    server.delete(&format!("{mount}/data/a")).await;
    assert_eq!(store.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap().len(), 1);
    let error = write(&*store, "a", Action::Create(value("y"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameReserved);
    let replace = Action::Replace { payload: value("y"), expect: Some(Version::new("1")) };
    assert_eq!(write(&*store, "a", replace).await.unwrap().version, Some(Version::new("2")));
    server.unmount(&mount).await;
}

/// A mount that requires check-and-set is written like any other.
#[tokio::test]
async fn mount_that_requires_check_and_set_is_written() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    server.post(&format!("{mount}/config"), json!({"cas_required": true})).await;
    let store = open(server.settings(&mount)).await.unwrap();
    write(&*store, "a", Action::Create(value("x"))).await.unwrap();
    let replace = Action::Replace { payload: fields(r#"{"value": 1}"#), expect: None };
    write(&*store, "a", replace).await.unwrap();
    server.unmount(&mount).await;
}

/// 120 folders are many more than one page visits.
#[tokio::test]
async fn wide_and_deep_tree_is_listed_completely() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(1).await;
    let store = open(server.settings(&mount)).await.unwrap();
    let mut names = Vec::new();
    for folder in 0..60 {
        names.extend([format!("f{folder}/a"), format!("f{folder}/deep/b")]);
    }
    for name in &names {
        write(&*store, name, Action::Create(value("x"))).await.unwrap();
    }
    let listed = store.list_all(&NamePrefix::new("f"), &|_| ()).await.unwrap();
    let mut listed: Vec<_> = listed.iter().map(|header| header.name.to_string()).collect();
    listed.sort();
    names.sort();
    assert_eq!(listed, names);
    server.unmount(&mount).await;
}

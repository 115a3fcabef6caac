//! What the servers of both Airflows show, and what they do not.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_backend_airflow_api::{ApiStore, ApiVersion, Settings, open};
use airbridge_conformance::wire::{Wire, WireFault};
use airbridge_core::{
    Content, Environment, ErrorKind, Header, NamePrefix, Read, SecretStore, SecretStoreExt, SecretText, State,
};
use common::{PASSWORD, Server, unique};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn listed(store: &ApiStore, prefix: &str) -> Vec<Header> {
    store.list_all(&NamePrefix::new(prefix), &|_| ()).await.unwrap()
}

fn mask(content: &Content) -> Option<&str> {
    match content {
        Content::Hidden(State::Masked { message }) => Some(message),
        _ => None,
    }
}

#[tokio::test]
async fn listing_goes_on_until_all_entries_are_there() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let server = Server::new(version);
        let prefix = unique("page");
        let mut expected = BTreeSet::new();
        for number in 0..205 {
            let key = format!("{prefix}/{number}");
            server.add("variables", &json!({ "key": key, "value": "text" })).await;
            expected.insert(format!("variables/{key}"));
        }
        let store = open(server.settings()).await.unwrap();
        // Other tests may remove variables at the same time, which is an error of a listing.
        let names = loop {
            let pages = store.list_all(&NamePrefix::new(format!("variables/{prefix}")), &|_| ()).await;
            match pages {
                Ok(headers) => break headers.into_iter().map(|header| header.name.to_string()).collect(),
                Err(error) => assert!(error.message().contains("an entry was removed"), "{error}"),
            }
        };
        assert_eq!(expected, names, "{version:?}");
    }
}

#[tokio::test]
async fn what_the_api_masks_is_masked_and_the_rest_is_read() {
    let server = Server::new(ApiVersion::V2);
    let id = |what: &str| format!("{}_{what}", unique("conn"));
    let (whole, password, token) = (id("whole"), id("password"), id("token"));
    let base = |id: &str| json!({ "connection_id": id, "conn_type": "http", "host": "h", "port": 80 });
    server.add("connections", &base(&whole)).await;
    let mut with = base(&password);
    with["password"] = "made-up".into();
    server.add("connections", &with).await;
    let mut with = base(&token);
    with["extra"] = "{\"token\": \"made-up\"}".into();
    server.add("connections", &with).await;
    let store = open(server.settings()).await.unwrap();
    let read = async |name: String| {
        let read = Read::current(name.as_str().into());
        store.read_batch(&[read]).await.unwrap().remove(0).unwrap().unwrap()
    };
    assert!(matches!(read(format!("connections/{whole}")).await.content, Content::Payload(_)));
    let hidden = read(format!("connections/{password}")).await;
    assert!(mask(&hidden.content).unwrap().contains("masks the password"));
    let hidden = read(format!("connections/{token}")).await;
    assert!(mask(&hidden.content).unwrap().contains("in `extra`"));
    let names: Vec<_> =
        listed(&store, "connections/").await.into_iter().map(|header| header.name.to_string()).collect();
    for id in [whole, password, token] {
        assert!(names.contains(&format!("connections/{id}")), "ids are never masked");
    }

    let (plain, json, secret) = (unique("plain"), unique("json"), unique("my_password"));
    server.add("variables", &json!({ "key": plain, "value": "text" })).await;
    server.add("variables", &json!({ "key": json, "value": "{ \"a\":1.50 }" })).await;
    server.add("variables", &json!({ "key": secret, "value": "made-up" })).await;
    assert!(read(format!("variables/{plain}")).await.note.is_none());
    assert!(read(format!("variables/{json}")).await.note.unwrap().contains("respelled"));
    assert!(mask(&read(format!("variables/{secret}")).await.content).is_some());
}

#[tokio::test]
async fn airflow_2_shows_variables_whole_and_no_connection() {
    let server = Server::new(ApiVersion::V1);
    let (conn, secret) = (unique("conn"), unique("my_password"));
    server.add("connections", &json!({ "connection_id": conn, "conn_type": "http" })).await;
    server.add("variables", &json!({ "key": secret, "value": "{ \"a\":1.50 }" })).await;
    let store = open(server.settings()).await.unwrap();
    let names = ["connections", "variables"]
        .map(|kind| format!("{kind}/{}", if kind == "variables" { &secret } else { &conn }));
    let read = async |name: &str| {
        store.read_batch(&[Read::current(name.into())]).await.unwrap().remove(0).unwrap().unwrap()
    };
    assert!(mask(&read(&names[0]).await.content).unwrap().contains("shows no passwords"));
    let variable = read(&names[1]).await;
    assert!(matches!(variable.content, Content::Payload(_)) && variable.note.is_none());
}

#[tokio::test]
async fn wrong_credentials_and_permissions_are_named() {
    let api3 = Server::new(ApiVersion::V2);
    let refused = async |settings: Settings| {
        let opened = open(settings).await;
        let error = match opened {
            Err(error) => error,
            Ok(store) => store.list_page(&NamePrefix::new(""), None).await.unwrap_err(),
        };
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        error.kind()
    };
    let none = Settings { username: None, password: None, ..api3.settings() };
    assert_eq!(refused(none.clone()).await, ErrorKind::Unauthenticated);
    let wrong = Settings { password: Some(SecretText::new("canary")), ..api3.settings() };
    assert_eq!(refused(wrong).await, ErrorKind::Unauthenticated);
    let token = Settings { token: Some(SecretText::new("canary")), ..none.clone() };
    assert_eq!(refused(token).await, ErrorKind::PermissionDenied);
    // A token of the environment, and one of a user who may not read connections.
    let token = api3.token("admin", PASSWORD).await;
    let env: Environment = [("AIRFLOW_API_TOKEN", token.as_str())].into_iter().collect();
    let store = open(Settings { env, ..none.clone() }).await.unwrap();
    store.list_page(&NamePrefix::new(""), None).await.unwrap();
    let viewer = Settings {
        token: Some(SecretText::new(api3.token("viewer", "made-up-viewer-password").await)),
        ..none
    };
    assert_eq!(refused(viewer).await, ErrorKind::PermissionDenied);

    // Airflow 2 answers a wrong password like a missing permission.
    let api2 = Server::new(ApiVersion::V1);
    let wrong = Settings { password: Some(SecretText::new("canary")), ..api2.settings() };
    assert_eq!(refused(wrong).await, ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn version_is_found_or_set_and_another_server_is_named() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let server = Server::new(version);
        assert_eq!(open(server.settings()).await.unwrap().api_version(), version);
    }
    let wrong = Settings { api_version: Some(ApiVersion::V1), ..Server::new(ApiVersion::V2).settings() };
    let store = open(wrong).await.unwrap();
    let error = store.list_page(&NamePrefix::new(""), None).await.unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    let other =
        std::env::var("AIRBRIDGE_TEST_OPENBAO").unwrap_or_else(|_| panic!("run the tests with tests/run"));
    let error = open(Settings { url: Some(other), ..Server::new(ApiVersion::V2).settings() })
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(error.message().contains("is not the REST API of Airflow"), "{error}");
}

#[tokio::test]
async fn rejected_token_is_renewed_once() {
    let server = Server::new(ApiVersion::V2);
    let wire = Wire::start(&server.url).await;
    let store = open(Settings { url: Some(wire.url()), ..server.settings() }).await.unwrap();
    let list = async || store.list_page(&NamePrefix::new("variables/"), None).await;
    list().await.unwrap();
    let asked = |path: &str| wire.requests().iter().filter(|request| request.path == path).count();
    assert_eq!((asked("/auth/token"), asked("/api/v2/variables")), (1, 1));

    let rejects = AtomicBool::new(true);
    wire.fail(move |request| {
        let is_list = request.path == "/api/v2/variables";
        if is_list && rejects.swap(false, Ordering::SeqCst) {
            WireFault::answer(401)
        } else {
            WireFault::Nothing
        }
    });
    list().await.unwrap();
    assert_eq!((asked("/auth/token"), asked("/api/v2/variables")), (2, 3));

    wire.fail(
        |request| {
            if request.path == "/api/v2/variables" { WireFault::answer(401) } else { WireFault::Nothing }
        },
    );
    assert_eq!(list().await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    assert_eq!((asked("/auth/token"), asked("/api/v2/variables")), (3, 5));
}

/// A gateway that asks for the token before it says anything, as those of hosted Airflow do.
async fn gateway() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = socket.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..length]).to_lowercase();
            let is_known = head.contains("authorization: bearer made-up");
            let (status, body) =
                if is_known { ("200 OK", r#"{"version": "3.3.2"}"#) } else { ("401 No", "{}") };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn version_is_found_behind_a_gateway_that_wants_the_token() {
    let with = |token: &str| Settings { token: Some(SecretText::new(token)), ..Settings::default() };
    let url = Some(gateway().await);
    let store = open(Settings { url: url.clone(), ..with("made-up") }).await.unwrap();
    assert_eq!(store.api_version(), ApiVersion::V2);
    let error = open(Settings { url, ..with("wrong") }).await.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

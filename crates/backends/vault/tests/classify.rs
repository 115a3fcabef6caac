//! The kind of error that each answer of the server becomes, on canned answers.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it cannot continue")]

#[path = "common/canned.rs"]
mod canned;
mod common;

use std::time::Duration;

use airbridge_backend_vault::{Settings, open};
use airbridge_core::{Action, Content, Cursor, Error, ErrorKind, NamePrefix, Payload, State, Version};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use canned::{CREATED, errors, healthy, nothing, ok, reply, secret, settings, store};
use common::{read, value, write};

const CAS: &str = "check-and-set parameter did not match the current version";
const POLICY: &str = "1 error occurred:\n\t* permission denied\n\n";

/// The error of a read with this answer.
async fn read_error(answer: ResponseTemplate) -> Error {
    let server = healthy().await;
    reply(&server, "GET", "secret/data/a", 1, answer).await;
    let error = read(&*store(&server).await, "a").await.unwrap_err();
    assert_eq!(error.name().map(airbridge_core::SecretName::as_str), Some("a"));
    error
}

/// The error of a create with this answer, of a secret that does not exist.
async fn write_error(answer: ResponseTemplate) -> Error {
    let server = healthy().await;
    reply(&server, "POST", "secret/data/a", 1, answer).await;
    reply(&server, "GET", "secret/data/a", 1, nothing()).await;
    write(&*store(&server).await, "a", Action::Create(value("canary"))).await.unwrap_err()
}

/// The error of opening a store that cannot be opened.
async fn open_error(settings: Settings) -> Error {
    open(settings).await.expect_err("the store must not open")
}

#[tokio::test]
async fn read_with_each_status_returns_its_kind() {
    use ErrorKind::{Config, InvalidName, PermissionDenied, RateLimited, Unavailable, Unexpected};
    for (answer, kind) in [
        (errors(400, "whatever"), InvalidName),
        (ResponseTemplate::new(400), InvalidName),
        (
            errors(400, "Upgrading from non-versioned to versioned data. This backend will be ..."),
            Unavailable,
        ),
        (errors(403, POLICY), PermissionDenied),
        (errors(404, "namespace not found"), Config),
        (errors(404, "no handler for route \"secret/data/a\". route entry not found."), Config),
        (
            ResponseTemplate::new(404)
                .set_body_json(json!({"warnings": ["Invalid path for a versioned K/V secrets engine"]})),
            Config,
        ),
        (errors(405, "unsupported operation"), Config),
        (errors(412, "required index state not present"), Unavailable),
        (errors(418, "teapot"), Unexpected),
        (errors(429, "request path \"secret/data/a\": rate limit quota exceeded"), RateLimited),
        (errors(472, "DR"), Config),
        (errors(473, "performance standby"), Unavailable),
        (errors(500, "internal error"), Unavailable),
        (errors(500, "local node not active but active cluster node not found"), Unavailable),
        (errors(501, "not initialised"), Config),
        (errors(502, "upstream"), Unavailable),
        (errors(503, "Vault is sealed"), Unavailable),
    ] {
        let shown = format!("{answer:?}");
        assert_eq!(read_error(answer).await.kind(), kind, "{shown}");
    }
}

#[tokio::test]
async fn write_with_each_status_returns_its_kind() {
    use ErrorKind::{
        AnswerLost, Config, InvalidName, InvalidPayload, PermissionDenied, RateLimited, Unavailable,
    };
    for (answer, kind) in [
        (errors(400, "missing data fields"), InvalidPayload),
        (ResponseTemplate::new(400), InvalidName),
        (errors(403, POLICY), PermissionDenied),
        (errors(404, "no handler for route"), Config),
        (errors(413, "http: request body too large"), InvalidPayload),
        (ResponseTemplate::new(413).set_body_string("<html>too large</html>"), InvalidPayload),
        (errors(429, "rate limit quota exceeded"), RateLimited),
        (
            errors(500, "put failed due to value being too large; got 1100000 bytes, max: 1048576 bytes"),
            InvalidPayload,
        ),
        (errors(500, "internal error"), AnswerLost),
        (errors(500, "local node not active but active cluster node not found"), Unavailable),
        (ResponseTemplate::new(502).set_body_string("<html>bad gateway</html>"), AnswerLost),
        (ResponseTemplate::new(504), AnswerLost),
        // The server may have made the change: only a read can tell.
        (ok(json!({})), AnswerLost),
        (ResponseTemplate::new(200), AnswerLost),
        (ResponseTemplate::new(200).set_body_string("<html>welcome</html>"), AnswerLost),
        (errors(503, "Vault is sealed"), Unavailable),
    ] {
        let shown = format!("{answer:?}");
        let error = write_error(answer).await;
        assert_eq!(error.kind(), kind, "{shown}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{shown}");
    }
}

#[tokio::test]
async fn retry_after_of_the_server_is_passed_on() {
    let error = read_error(errors(429, "quota").insert_header("Retry-After", "7")).await;
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(7))));
    let error = read_error(errors(429, "quota")).await;
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, None));
}

#[tokio::test]
async fn request_id_of_the_server_is_passed_on() {
    let body = json!({"request_id": "the-id", "errors": ["internal error"]});
    let error = read_error(ResponseTemplate::new(500).set_body_json(body)).await;
    assert_eq!(error.request_id(), Some("the-id"));
}

#[tokio::test]
async fn sentence_of_the_server_is_not_quoted() {
    let error = write_error(errors(400, "cannot parse canary")).await;
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn html_page_is_not_an_answer_of_vault() {
    for status in [200, 302, 403, 404] {
        let page = ResponseTemplate::new(status).set_body_raw("<html>Sign in</html>", "text/html");
        let error = read_error(page).await;
        let expected = if status == 302 { ErrorKind::InvalidName } else { ErrorKind::Config };
        assert_eq!(error.kind(), expected, "{status}: {error}");
    }
}

#[tokio::test]
async fn create_on_a_deleted_or_destroyed_secret_returns_name_reserved() {
    let metadata = |destroyed: bool| {
        let deletion_time = if destroyed { "" } else { "2026-01-01T00:00:00Z" };
        json!({"version": 3, "created_time": CREATED, "deletion_time": deletion_time, "destroyed": destroyed})
    };
    for destroyed in [false, true] {
        let server = healthy().await;
        let body = json!({"data": {"data": null, "metadata": metadata(destroyed)}});
        reply(&server, "GET", "secret/data/a", 1, ResponseTemplate::new(404).set_body_json(body)).await;
        reply(&server, "POST", "secret/data/a", 1, errors(400, CAS)).await;
        let store = store(&server).await;
        let found = read(&*store, "a").await.unwrap().unwrap();
        assert_eq!(found.content, Content::Hidden(State::Deleted { until: None }));
        assert_eq!(found.version, Some(Version::new("3")));
        let error = write(&*store, "a", Action::Create(value("x"))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NameReserved);
        assert!(error.message().contains('3') && error.hint().unwrap().contains("undelete"), "{error:?}");
    }
}

#[tokio::test]
async fn missing_secret_reads_as_none() {
    let server = healthy().await;
    reply(&server, "GET", "secret/data/a", 1, nothing()).await;
    assert_eq!(read(&*store(&server).await, "a").await, Ok(None));
}

#[tokio::test]
async fn null_data_reads_as_no_value() {
    let server = healthy().await;
    let body = secret(&json!(null), 1);
    reply(&server, "GET", "secret/data/a", 1, ok(body)).await;
    let found = read(&*store(&server).await, "a").await.unwrap().unwrap();
    assert_eq!(found.content, Content::Hidden(State::NoValue));
}

#[tokio::test]
async fn numbers_are_read_with_all_their_digits() {
    let server = healthy().await;
    let fields = r#"{"n": 12345678901234567890, "f": 1.10}"#;
    let body = secret(&json!("FIELDS"), 1).to_string().replace("\"FIELDS\"", fields);
    reply(&server, "GET", "secret/data/a", 1, ResponseTemplate::new(200).set_body_string(body)).await;
    let found = read(&*store(&server).await, "a").await.unwrap().unwrap();
    let Content::Payload(Payload::Fields(fields)) = &found.content else { panic!("{found:?}") };
    let number = |name| match fields.get(name) {
        Some(airbridge_core::Json::Number(text)) => text.expose().to_owned(),
        other => panic!("{other:?}"),
    };
    assert!(found.note.unwrap().contains("rounded"));
    assert_eq!((number("n"), number("f")), ("12345678901234567890".to_owned(), "1.10".to_owned()));
}

#[tokio::test]
async fn replace_of_a_changed_secret_returns_version_mismatch_or_not_found() {
    for (now, kind) in
        [(nothing(), ErrorKind::NotFound), (ok(secret(&json!({}), 5)), ErrorKind::VersionMismatch)]
    {
        let server = healthy().await;
        reply(&server, "POST", "secret/data/a", 1, errors(400, CAS)).await;
        reply(&server, "GET", "secret/data/a", 1, now).await;
        let replace = Action::Replace { payload: value("x"), expect: Some(Version::new("4")) };
        assert_eq!(write(&*store(&server).await, "a", replace).await.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn replace_of_an_invalid_version_never_creates() {
    let server = healthy().await;
    // No answer to a POST is canned, so a POST would return NotFound.
    for version in ["0", "x", "-1"] {
        let replace = Action::Replace { payload: value("x"), expect: Some(Version::new(version)) };
        let error = write(&*store(&server).await, "a", replace).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VersionMismatch, "{version}");
    }
}

#[tokio::test]
async fn redirect_to_another_host_is_not_followed() {
    let elsewhere = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(ok(json!({}))).expect(0).mount(&elsewhere).await;
    for (verb, status) in [("GET", 307), ("GET", 308), ("GET", 301), ("POST", 307)] {
        let server = healthy().await;
        let target = format!("{}/v1/secret/data/a", elsewhere.uri());
        let answer = ResponseTemplate::new(status).insert_header("Location", target);
        reply(&server, verb, "secret/data/a", 1, answer).await;
        let store = store(&server).await;
        let error = match verb {
            "GET" => read(&*store, "a").await.unwrap_err(),
            _ => write(&*store, "a", Action::Create(value("x"))).await.unwrap_err(),
        };
        assert_eq!(error.kind(), ErrorKind::Config, "{verb} {status}");
        assert!(error.hint().unwrap().contains(&elsewhere.uri()), "{error:?}");
    }
}

#[tokio::test]
async fn redirect_to_another_path_is_not_followed() {
    for status in [301, 307] {
        let server = healthy().await;
        let answer = ResponseTemplate::new(status).insert_header("Location", "/v1/secret/data/b");
        reply(&server, "GET", "secret/data/a", 1, answer).await;
        reply(&server, "GET", "secret/data/b", 1, ok(secret(&json!({}), 1))).await;
        assert_eq!(read(&*store(&server).await, "a").await.unwrap_err().kind(), ErrorKind::InvalidName);
    }
}

#[tokio::test]
async fn redirect_to_the_same_address_is_followed_up_to_three_times() {
    let server = healthy().await;
    let again =
        ResponseTemplate::new(307).insert_header("Location", format!("{}/v1/secret/data/a", server.uri()));
    let first = Mock::given(method("GET")).and(path("/v1/secret/data/a")).respond_with(again.clone());
    first.up_to_n_times(2).with_priority(1).mount(&server).await;
    reply(&server, "GET", "secret/data/a", 2, nothing()).await;
    let store = store(&server).await;
    assert_eq!(read(&*store, "a").await, Ok(None));
    reply(&server, "GET", "secret/data/a", 1, again).await;
    let error = read(&*store, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("redirect loop"), "{error}");
}

#[tokio::test]
async fn server_that_cannot_serve_is_not_opened() {
    for (status, body, word) in [
        (503, json!({"initialized": true, "sealed": true}), "sealed"),
        (501, json!({"initialized": false, "sealed": true}), "not initialised"),
        (472, json!({"initialized": true, "sealed": false}), "disaster-recovery secondary"),
    ] {
        let server = MockServer::start().await;
        reply(&server, "GET", "sys/health", 1, ResponseTemplate::new(status).set_body_json(body)).await;
        let error = open_error(settings(&server)).await;
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains(word), "{error}");
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn standby_is_opened() {
    for status in [429, 473] {
        let server = healthy().await;
        let body = json!({"initialized": true, "sealed": false, "standby": true});
        reply(&server, "GET", "sys/health", 1, ResponseTemplate::new(status).set_body_json(body)).await;
        assert_eq!(store(&server).await.descriptor().backend, "vault");
    }
}

#[tokio::test]
async fn other_service_is_not_opened() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    Mock::given(wiremock::matchers::any()).respond_with(page).mount(&server).await;
    let error = open_error(settings(&server)).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("is not Vault or OpenBao"), "{error}");
}

#[tokio::test]
async fn mount_of_unconfirmed_version_is_open_for_reading_only() {
    let server = healthy().await;
    for at in ["sys/internal/ui/mounts/secret", "sys/internal/ui/mounts"] {
        reply(&server, "GET", at, 1, errors(403, POLICY)).await;
    }
    reply(&server, "GET", "secret/data/a", 1, nothing()).await;
    let error = open_error(settings(&server)).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().unwrap().contains("kv_engine_version"), "{error:?}");

    let store = open(Settings { kv_engine_version: Some(2), ..settings(&server) }).await.unwrap();
    assert!(!store.descriptor().capabilities.write);
    assert_eq!(read(&*store, "a").await, Ok(None));
    let error = write(&*store, "a", Action::Create(value("x"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn listing_returns_to_a_rate_limited_folder_and_ends_at_a_denied_one() {
    let server = healthy().await;
    reply(&server, "GET", "secret/metadata/", 1, ok(json!({"data": {"keys": ["a", "x/", "y/"]}}))).await;
    reply(&server, "GET", "secret/metadata/x/", 2, ok(json!({"data": {"keys": ["b"]}}))).await;
    reply(&server, "GET", "secret/metadata/y/", 2, ok(json!({"data": {"keys": ["c"]}}))).await;
    let busy = |at: &str| {
        Mock::given(method("GET"))
            .and(path(format!("/v1/secret/metadata/{at}")))
            .respond_with(errors(429, "quota"))
    };
    busy("x/").up_to_n_times(2).with_priority(1).mount(&server).await;
    let store = store(&server).await;
    let page = async |cursor: Option<Cursor>| store.list_page(&NamePrefix::new(""), cursor.as_ref()).await;
    let names = |page: &airbridge_core::Page| -> Vec<String> {
        page.headers.iter().map(|header| header.name.to_string()).collect()
    };
    let first = page(None).await.unwrap();
    assert_eq!(names(&first), ["a"]);
    let second = page(first.next.clone()).await.unwrap();
    assert_eq!(names(&second), ["y/c"]);
    // Only the rate-limited folder is left, so the page is an error. The same cursor works again.
    let error = page(second.next.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let third = page(second.next).await.unwrap();
    assert_eq!((names(&third), third.next), (vec!["x/b".to_owned()], None));

    reply(&server, "GET", "secret/metadata/x/", 1, errors(403, POLICY)).await;
    let error = page(first.next).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.message().contains("permission to list `secret/metadata/x/`"), "{error}");
}

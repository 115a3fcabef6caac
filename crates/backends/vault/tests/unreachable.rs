//! Every way in which an answer does not arrive, and servers that must not be used.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it cannot continue")]

#[path = "common/canned.rs"]
#[expect(dead_code, reason = "not every test file uses all of it")]
mod canned;
mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use airbridge_backend_vault::{Settings, open};
use airbridge_core::{Action, Error, ErrorKind, Version};
use wiremock::ResponseTemplate;

use canned::{healthy, reply, settings};
use common::{Server, read, server, value, write};

async fn open_error(url: String) -> Error {
    let settings = Settings {
        url: Some(url),
        mount_point: Some("secret".to_owned()),
        token: Some("canary".into()),
        ..Settings::default()
    };
    let error = open(settings).await.expect_err("the store must not open");
    assert!(!format!("{error} {error:?}").contains("canary"));
    error
}

#[tokio::test]
async fn refused_connection_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = open_error(url.clone()).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains(&url) && error.message().contains("refused"), "{error}");
}

#[tokio::test]
async fn unknown_host_is_unreachable() {
    let error = open_error("https://vault.invalid".to_owned()).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("no such host"), "{error}");
}

#[tokio::test]
async fn untrusted_certificate_is_rejected() {
    let error = open_error(server("AIRBRIDGE_TEST_OPENBAO_TLS")).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.message().contains("certificate") && error.hint().unwrap().contains("VAULT_CACERT"),
        "{error:?}"
    );
}

#[tokio::test]
async fn certificate_is_trusted_through_each_variable() {
    let (url, ca) = (server("AIRBRIDGE_TEST_OPENBAO_TLS"), server("AIRBRIDGE_TEST_OPENBAO_TLS_CA"));
    let pem = std::fs::read_to_string(&ca).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.pem"), &pem).unwrap();
    let folder = folder.path().to_str().unwrap();
    for (name, value) in [("VAULT_CACERT", ca.as_str()), ("BAO_CACERT_BYTES", &pem), ("VAULT_CAPATH", folder)]
    {
        let env = [
            ("VAULT_ADDR", url.as_str()),
            ("VAULT_TOKEN", &server("AIRBRIDGE_TEST_OPENBAO_TOKEN")),
            (name, value),
        ];
        let settings = Settings {
            mount_point: Some("secret".to_owned()),
            env: env.into_iter().collect(),
            ..Settings::default()
        };
        let store = open(settings).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(store.descriptor().place, format!("vault:{url}/secret"));
    }
}

/// Certificates are verified whatever the environment says.
#[tokio::test]
async fn skip_verify_in_the_environment_is_rejected() {
    let (url, ca) = (server("AIRBRIDGE_TEST_OPENBAO_TLS"), server("AIRBRIDGE_TEST_OPENBAO_TLS_CA"));
    let settings = |env: &[(&str, &str)]| Settings {
        url: Some(url.clone()),
        mount_point: Some("secret".to_owned()),
        token: Some(server("AIRBRIDGE_TEST_OPENBAO_TOKEN").into()),
        env: env.iter().copied().collect(),
        ..Settings::default()
    };
    for name in ["VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY"] {
        let error = open(settings(&[(name, "true")])).await.expect_err("the store must not open");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(name) && error.hint().unwrap().contains("`ca_file`"), "{error:?}");
        assert!(open(settings(&[(name, "false"), ("VAULT_CACERT", &ca)])).await.is_ok(), "{name}");
        let error = open(settings(&[(name, "")])).await.expect_err("the store must not open");
        assert!(error.message().contains("not trusted"), "{error}");
    }
}

#[tokio::test]
async fn missing_token_error_names_the_server() {
    let server = healthy().await;
    let error = open(Settings { token: None, ..settings(&server) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains(&server.uri()) && error.message().contains("no token"), "{error}");
    assert!(error.hint().unwrap().contains("VAULT_TOKEN"), "{error:?}");
}

#[tokio::test]
async fn unreachable_server_and_missing_token_are_both_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = open(Settings { url: Some(url.clone()), ..Settings::default() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    for part in [&*url, "refused", "no token"] {
        assert!(error.message().contains(part), "{error}");
    }
    let hint = error.hint().unwrap();
    assert!(hint.contains("VAULT_ADDR") && hint.contains("VAULT_TOKEN"), "{hint}");
}

/// A secret has at most 1 MiB, so an answer of more than 16 MiB is not one.
#[tokio::test]
async fn answer_above_the_limit_is_not_read() {
    let server = healthy().await;
    let large = ResponseTemplate::new(200).set_body_string("x".repeat((16 << 20) + 1));
    reply(&server, "GET", "secret/data/a", 1, large).await;
    let store = open(settings(&server)).await.unwrap();
    let error = read(&*store, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.message().contains("too large"), "{error}");
}

#[tokio::test]
async fn http_address_of_a_tls_server_and_the_reverse_are_rejected() {
    let plain = Server::new("AIRBRIDGE_TEST_OPENBAO").url;
    let error = open_error(plain.replace("http://", "https://")).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("TLS"), "{error}");
    let tls = server("AIRBRIDGE_TEST_OPENBAO_TLS");
    assert_eq!(open_error(tls.replace("https://", "http://")).await.kind(), ErrorKind::Config);
}

/// A proxy receives the whole URL; the canned server looks at the path only.
#[tokio::test]
async fn proxy_from_settings_and_environment_is_used() {
    let proxy = healthy().await;
    let base =
        Settings { url: Some("http://vault.invalid:8200".to_owned()), allow_http: true, ..settings(&proxy) };
    let store = open(Settings { proxy: Some(proxy.uri()), ..base.clone() }).await.unwrap();
    assert_eq!(store.descriptor().place, "vault:http://vault.invalid:8200/secret");
    let with_env = |env: &[(&str, &str)]| Settings { env: env.iter().copied().collect(), ..base.clone() };
    for name in ["VAULT_PROXY_ADDR", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        assert!(open(with_env(&[(name, &proxy.uri())])).await.is_ok(), "{name}");
    }
    let local = Settings { url: Some(proxy.uri()), ..with_env(&[("HTTP_PROXY", "http://vault.invalid")]) };
    assert!(open(local).await.is_ok(), "a proxy from the environment is not used for loopback");
    let except = with_env(&[("HTTP_PROXY", &proxy.uri()), ("NO_PROXY", "vault.invalid")]);
    assert_eq!(open(except).await.unwrap_err().kind(), ErrorKind::Unreachable);
    let chosen = with_env(&[("VAULT_PROXY_ADDR", &proxy.uri()), ("NO_PROXY", "vault.invalid")]);
    assert!(open(chosen).await.is_ok());
}

/// A read can be repeated; a write may have happened.
#[tokio::test]
async fn late_answer_is_unavailable_for_reads_and_lost_for_writes() {
    let server = healthy().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    reply(&server, "GET", "secret/data/a", 1, late.clone()).await;
    reply(&server, "POST", "secret/data/b", 1, late).await;
    let store =
        open(Settings { timeout: Some(Duration::from_millis(500)), ..settings(&server) }).await.unwrap();
    assert_eq!(read(&*store, "a").await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = write(&*store, "b", Action::Create(value("x"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerLost);
}

/// The server closes the connection after it read the request, before or in the middle of its answer.
#[tokio::test]
async fn cut_answer_is_unavailable_for_reads_and_lost_for_writes() {
    for part in ["", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\""] {
        let server = healthy().await;
        let proxy = cutting_proxy(server.address().to_string(), part);
        let store = open(Settings { url: Some(proxy), ..settings(&server) }).await.unwrap();
        assert_eq!(read(&*store, "cut").await.unwrap_err().kind(), ErrorKind::Unavailable);
        for action in [
            Action::Create(value("x")),
            Action::Replace { payload: value("x"), expect: Some(Version::new("1")) },
            Action::Delete { expect: None },
        ] {
            let error = write(&*store, "cut", action).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AnswerLost, "{error}");
        }
    }
}

/// Forwards requests, one per connection, but answers only `part` to those whose path ends in `cut`.
fn cutting_proxy(upstream: String, part: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = vec![0; 65536];
            let length = stream.read(&mut request).unwrap();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            if text.lines().next().unwrap_or_default().contains("/cut ") {
                stream.write_all(part.as_bytes()).unwrap();
                continue;
            }
            let mut server = std::net::TcpStream::connect(&upstream).unwrap();
            let text = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            server.write_all(text.as_bytes()).unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    url
}

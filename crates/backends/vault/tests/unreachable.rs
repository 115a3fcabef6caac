//! Every way to get no answer.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where it cannot go on")]

#[path = "common/canned.rs"]
#[expect(dead_code, reason = "not every test file takes all of it")]
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
    let error = open(settings).await.expect_err("the server was opened");
    assert!(!format!("{error} {error:?}").contains("canary"));
    error
}

#[tokio::test]
async fn refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = open_error(url.clone()).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains(&url) && error.message().contains("refused"), "{error}");
}

#[tokio::test]
async fn no_such_host() {
    let error = open_error("https://vault.invalid".to_owned()).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("no such host"), "{error}");
}

#[tokio::test]
async fn untrusted() {
    let error = open_error(server("AIRBRIDGE_TEST_OPENBAO_TLS")).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.message().contains("certificate") && error.hint().unwrap().contains("VAULT_CACERT"),
        "{error:?}"
    );
}

#[tokio::test]
async fn trusted_as_the_environment_says() {
    let (url, ca) = (server("AIRBRIDGE_TEST_OPENBAO_TLS"), server("AIRBRIDGE_TEST_OPENBAO_TLS_CA"));
    let pem = std::fs::read_to_string(&ca).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.pem"), &pem).unwrap();
    let folder = folder.path().to_str().unwrap();
    for (name, value) in [
        ("VAULT_CACERT", ca.as_str()),
        ("BAO_CACERT_BYTES", &pem),
        ("VAULT_CAPATH", folder),
        ("VAULT_SKIP_VERIFY", "true"),
    ] {
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

#[tokio::test]
async fn no_tls_where_tls_is_expected_and_the_other_way_round() {
    let plain = Server::new("AIRBRIDGE_TEST_OPENBAO").url;
    let error = open_error(plain.replace("http://", "https://")).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("TLS"), "{error}");
    let tls = server("AIRBRIDGE_TEST_OPENBAO_TLS");
    assert_eq!(open_error(tls.replace("https://", "http://")).await.kind(), ErrorKind::Config);
}

/// The proxy gets the whole address; a canned server makes do with the path.
#[tokio::test]
async fn through_a_proxy() {
    let proxy = healthy().await;
    let base =
        Settings { url: Some("http://vault.invalid:8200".to_owned()), allow_http: true, ..settings(&proxy) };
    let store = open(Settings { proxy: Some(proxy.uri()), ..base.clone() }).await.unwrap();
    assert_eq!(store.descriptor().place, "vault:http://vault.invalid:8200/secret");
    let with_env = |env: &[(&str, &str)]| Settings { env: env.iter().copied().collect(), ..base.clone() };
    for name in ["VAULT_PROXY_ADDR", "HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        assert!(open(with_env(&[(name, &proxy.uri())])).await.is_ok(), "{name}");
    }
    let except = with_env(&[("HTTP_PROXY", &proxy.uri()), ("NO_PROXY", "vault.invalid")]);
    assert_eq!(open(except).await.unwrap_err().kind(), ErrorKind::Unreachable);
    let chosen = with_env(&[("VAULT_PROXY_ADDR", &proxy.uri()), ("NO_PROXY", "vault.invalid")]);
    assert!(open(chosen).await.is_ok());
}

/// A read may be repeated, a write has to be looked after.
#[tokio::test]
async fn no_answer_in_time() {
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

/// The connection ends after the request was read, without or in the middle of an answer.
#[tokio::test]
async fn the_answer_is_cut() {
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

/// Passes requests on, one a connection, but answers only `part` to those whose path ends in `cut`.
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

//! What `tracing` is told, by this crate and by the crates that it uses, at the most detailed level.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

#[path = "common/canned.rs"]
#[expect(dead_code, reason = "not every test file uses all of it")]
mod canned;
mod common;

use std::io;
use std::sync::{Arc, Mutex};

use airbridge_backend_vault::{AuthType, Settings, open};
use airbridge_core::Action;
use serde_json::json;
use tracing::Level;
use wiremock::ResponseTemplate;

use canned::{CREATED, errors, healthy, ok, reply, secret, settings};
use common::{read, value, write};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_shows_a_value_a_password_or_a_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || writer.clone()).finish();
    // The canned server runs on a thread of its own, so what it logs is not part of this.
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = healthy().await;
    let granted = json!({"client_token": "canary-token", "lease_duration": 0, "renewable": false});
    reply(&server, "POST", "auth/userpass/login/u", 1, ok(json!({"auth": granted}))).await;
    let written = json!({"version": 1, "created_time": CREATED, "deletion_time": "", "destroyed": false});
    reply(&server, "POST", "secret/data/good", 1, ok(json!({"data": written}))).await;
    reply(&server, "GET", "secret/data/good", 1, ok(secret(&json!({"value": "canary"}), 1))).await;
    for (name, status) in [("bad", 400), ("denied", 403), ("failing", 500)] {
        for verb in ["GET", "POST"] {
            reply(&server, verb, &format!("secret/data/{name}"), 1, errors(status, "about canary")).await;
        }
    }
    let moved = ResponseTemplate::new(307).insert_header("Location", "https://elsewhere.invalid/");
    reply(&server, "POST", "secret/data/moved", 1, moved).await;
    let odd = ResponseTemplate::new(200).set_body_string(r#"{"data": "canary"}"#);
    reply(&server, "GET", "secret/data/odd", 1, odd).await;

    let settings = Settings {
        auth_type: AuthType::Userpass,
        username: Some("u".to_owned()),
        password: Some("canary-password".into()),
        token: None,
        ..settings(&server)
    };
    let store = open(settings).await.unwrap();
    write(&*store, "good", Action::Create(value("canary"))).await.unwrap();
    assert!(read(&*store, "good").await.unwrap().is_some());
    for name in ["bad", "denied", "failing"] {
        let _ = (
            write(&*store, name, Action::Create(value("canary"))).await.unwrap_err(),
            read(&*store, name).await,
        );
    }
    read(&*store, "odd").await.unwrap_err();
    write(&*store, "moved", Action::Create(value("canary"))).await.unwrap_err();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("rustify"), "the crates below this one log something");
    let line = log.lines().find(|line| line.contains("canary"));
    assert_eq!(line, None);
}

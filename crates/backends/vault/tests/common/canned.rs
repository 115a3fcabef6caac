//! A server of canned answers, for what a real one does not do on demand.

use std::sync::Arc;

use airbridge_backend_vault::{Settings, open};
use airbridge_core::SecretStore;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A healthy server with one KV 2 mount, `secret`; everything else is 404 until a test says otherwise.
pub(crate) async fn healthy() -> MockServer {
    let server = MockServer::start().await;
    let health = json!({"initialized": true, "sealed": false, "standby": false});
    let mount = json!({"data": {"type": "kv", "options": {"version": "2"}, "path": "secret/"}});
    let lookup = json!({"data": {"ttl": 0, "renewable": false}});
    for (at, body) in
        [("sys/health", health), ("sys/internal/ui/mounts/secret", mount), ("auth/token/lookup-self", lookup)]
    {
        reply(&server, "GET", at, 9, ok(body)).await;
    }
    server
}

/// What `verb` on `at` is answered; of several answers the one with the lowest priority number is given.
pub(crate) async fn reply(server: &MockServer, verb: &str, at: &str, priority: u8, answer: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path(format!("/v1/{at}"))).respond_with(answer);
    mock.with_priority(priority).mount(server).await;
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// A refusal as Vault words it.
pub(crate) fn errors(status: u16, error: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"errors": [error]}))
}

/// What Vault answers where nothing is.
pub(crate) fn nothing() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({"errors": []}))
}

pub(crate) fn settings(server: &MockServer) -> Settings {
    Settings {
        url: Some(server.uri()),
        mount_point: Some("secret".to_owned()),
        token: Some("the-token".into()),
        ..Settings::default()
    }
}

pub(crate) async fn store(server: &MockServer) -> Arc<dyn SecretStore> {
    open(settings(server)).await.unwrap()
}

//! A server with canned answers, for what a real server does not do on demand.

use std::sync::Arc;

use airbridge_backend_vault::{Settings, open};
use airbridge_core::SecretStore;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A healthy server with one KV 2 mount, `secret`. It answers 404 to everything that a test does not add.
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

/// Adds an answer to `verb` on the path `at`. Of several answers, the server gives the one with the lowest priority.
pub(crate) async fn reply(server: &MockServer, verb: &str, at: &str, priority: u8, answer: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path(format!("/v1/{at}"))).respond_with(answer);
    mock.with_priority(priority).mount(server).await;
}

/// When every canned secret was created.
pub(crate) const CREATED: &str = "2026-01-01T00:00:00Z";

/// The answer to a KV 2 read.
pub(crate) fn secret(data: &Value, version: u64) -> Value {
    let metadata = json!({"version": version, "created_time": CREATED, "deletion_time": "", "destroyed": false, "custom_metadata": null});
    json!({"data": {"data": data, "metadata": metadata}})
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// An error in Vault's format.
pub(crate) fn errors(status: u16, error: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"errors": [error]}))
}

/// Vault's answer where there is no secret.
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

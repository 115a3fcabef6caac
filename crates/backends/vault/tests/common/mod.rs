//! What the tests with a real server share: an operator's requests, and mounts that no other test uses.

#![expect(dead_code, reason = "each test file uses a part of it")]

use std::sync::atomic::{AtomicU32, Ordering};

use airbridge_backend_vault::Settings;
use airbridge_core::{
    Action, Change, Error, Fields, Json, Payload, Read, Receipt, SecretName, SecretStore, Stored,
};
use reqwest::Method;
use serde_json::{Value, json};

/// The value of a variable that the test servers set.
#[expect(clippy::panic, reason = "without servers these tests fail; they are not skipped")]
pub(crate) fn server(variable: &str) -> String {
    let how = "run the tests with `python3 tests/servers/servers.py run -- cargo test`";
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: {how}"))
}

/// A server as its operator uses it.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) token: String,
    namespace: Option<String>,
    http: reqwest::Client,
}

impl Server {
    pub(crate) fn new(variable: &str) -> Self {
        Self::with_client(variable, reqwest::Client::builder().no_proxy().build().unwrap())
    }

    pub(crate) fn tls(variable: &str, ca_file: &str) -> Self {
        let ca = reqwest::Certificate::from_pem(&std::fs::read(ca_file).unwrap()).unwrap();
        Self::with_client(
            variable,
            reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap(),
        )
    }

    fn with_client(variable: &str, http: reqwest::Client) -> Self {
        Self { url: server(variable), token: server("AIRBRIDGE_TEST_OPENBAO_TOKEN"), namespace: None, http }
    }

    /// The same server inside a namespace.
    pub(crate) fn inside(&self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self.clone() }
    }

    /// Sends a request that must succeed; returns its answer, or null if it has no body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method, format!("{}/v1/{path}", self.url)).json(&body);
        request = request.header("X-Vault-Token", &self.token);
        if let Some(namespace) = &self.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.call(Method::DELETE, path, json!({})).await;
    }

    /// A new key-value mount.
    pub(crate) async fn mount(&self, version: u8) -> String {
        let mount = unique("kv");
        self.post(
            &format!("sys/mounts/{mount}"),
            json!({"type": "kv", "options": {"version": version.to_string()}}),
        )
        .await;
        mount
    }

    pub(crate) async fn unmount(&self, mount: &str) {
        self.delete(&format!("sys/mounts/{mount}")).await;
    }

    /// A new policy with these rules; returns its name.
    pub(crate) async fn policy(&self, rules: &str) -> String {
        let name = unique("policy");
        self.post(&format!("sys/policies/acl/{name}"), json!({"policy": rules})).await;
        name
    }

    /// A new token with these options.
    pub(crate) async fn token(&self, options: Value) -> String {
        let answer = self.post("auth/token/create", options).await;
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    /// Settings for a mount of this server, with the operator's token.
    pub(crate) fn settings(&self, mount: &str) -> Settings {
        Settings {
            url: Some(self.url.clone()),
            mount_point: Some(mount.to_owned()).filter(|mount| !mount.is_empty()),
            token: Some(self.token.as_str().into()),
            namespace: self.namespace.clone(),
            ..Settings::default()
        }
    }
}

/// A name that no other test uses.
pub(crate) fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("{what}-{:x}-{}", since.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Fields parsed from JSON.
pub(crate) fn fields(json: &str) -> Payload {
    Payload::Fields(Json::parse(json).unwrap().as_object().unwrap().clone())
}

/// One field, `value`.
pub(crate) fn value(text: &str) -> Payload {
    Payload::Fields(Fields::from_iter([("value", Json::string(text))]))
}

pub(crate) async fn read(store: &dyn SecretStore, name: &str) -> Result<Option<Stored>, Error> {
    let wanted = [Read::current(SecretName::new(name))];
    store.read_batch(&wanted).await.unwrap().remove(0)
}

pub(crate) async fn write(store: &dyn SecretStore, name: &str, action: Action) -> Result<Receipt, Error> {
    store.write_batch(&[Change::new(SecretName::new(name), action)]).await.unwrap().remove(0)
}

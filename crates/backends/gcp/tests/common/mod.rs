//! Shared by the tests: servers, projects, and short forms of the store's methods.

#![expect(dead_code, reason = "each test file uses a part")]
#![expect(clippy::expect_used, clippy::panic, reason = "a failed step must end the test")]

pub(crate) mod double;

use std::sync::Arc;

use airbridge_backend_gcp::{Settings, open};
use airbridge_core::{
    Action, Change, Environment, Error, NamePrefix, Payload, Read, Receipt, SecretName, SecretStore,
    SecretStoreExt, Stored, Version,
};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The address of a server that `servers.py` started.
pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set; start the servers: python3 tests/servers/servers.py run -- cargo test")
    })
}

/// A project that no other test uses.
pub(crate) fn project() -> String {
    format!("test-{}", uuid::Uuid::new_v4().simple())
}

/// Settings for `project` at `url`, without credentials.
pub(crate) fn settings(project: &str, url: &str) -> Settings {
    Settings {
        project_id: Some(project.to_owned()),
        endpoint_url: Some(url.to_owned()),
        env: environment([]),
        ..Settings::default()
    }
}

/// An environment without the credentials of this machine.
pub(crate) fn environment<const N: usize>(pairs: [(&str, &str); N]) -> Environment {
    [("HOME", "/nowhere")].into_iter().chain(pairs).collect()
}

/// The key file of a service account, with a new key.
pub(crate) fn service_account() -> Value {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = key.as_der().expect("an encoding");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    json!({
        "type": "service_account",
        "project_id": "of-key",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": "robot@of-key.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

/// A store with these settings.
pub(crate) async fn store(settings: Settings) -> Arc<dyn SecretStore> {
    open(settings).await.expect("the store opens")
}

/// Reads one name.
pub(crate) async fn read(store: &dyn SecretStore, name: &str) -> Result<Option<Stored>, Error> {
    read_one(store, Read::current(SecretName::new(name))).await
}

/// Reads one version of one name.
pub(crate) async fn read_version(
    store: &dyn SecretStore,
    name: &str,
    version: &str,
) -> Result<Option<Stored>, Error> {
    read_one(store, Read { name: SecretName::new(name), version: Some(Version::new(version)) }).await
}

async fn read_one(store: &dyn SecretStore, wanted: Read) -> Result<Option<Stored>, Error> {
    store.read_batch(&[wanted]).await.expect("the batch is answered").remove(0)
}

/// Every name that starts with `prefix`.
pub(crate) async fn list(store: &dyn SecretStore, prefix: &str) -> Result<Vec<String>, Error> {
    let headers = store.list_all(&NamePrefix::new(prefix), &|_| ()).await?;
    Ok(headers.into_iter().map(|header| header.name.to_string()).collect())
}

/// Executes one action as a new change.
pub(crate) async fn write(store: &dyn SecretStore, name: &str, action: Action) -> Result<Receipt, Error> {
    change(store, &Change::new(SecretName::new(name), action)).await
}

/// Executes one change.
pub(crate) async fn change(store: &dyn SecretStore, change: &Change) -> Result<Receipt, Error> {
    store.write_batch(std::slice::from_ref(change)).await.expect("the batch is answered").remove(0)
}

/// A create with this value.
pub(crate) fn create(text: &str) -> Action {
    Action::Create(Payload::text(text))
}

/// A replace of this version.
pub(crate) fn replace(text: &str, expect: &str) -> Action {
    Action::Replace { payload: Payload::text(text), expect: Some(Version::new(expect)) }
}

/// The receipt of a write that created this version.
pub(crate) fn made(version: &str) -> Receipt {
    Receipt { version: Some(Version::new(version)) }
}

/// A value in this version.
#[expect(clippy::unnecessary_wraps, reason = "as it is compared with what was read")]
pub(crate) fn holds(text: &str, version: &str) -> Option<Stored> {
    Some(Stored::payload(Payload::text(text), Some(Version::new(version))))
}

//! Shared by the tests: a store on a double, and short forms of its methods.

use std::sync::Arc;

use airbridge_backend_azure::{Settings, open};
use airbridge_core::{
    Action, Change, Environment, Error, Header, NamePrefix, Payload, Read, Receipt, SecretName, SecretStore,
    SecretStoreExt, State, Stored,
};

use crate::double::{Double, identity};

/// Settings for the double, with a managed identity as in App Service.
pub(crate) fn settings(double: &Double) -> Settings {
    let endpoint = format!("{}/msi/token", double.plain());
    Settings {
        vault_url: double.url(),
        verify_challenge_resource: Some(false),
        ca_file: Some(double.ca().to_owned()),
        env: environment(&[("IDENTITY_ENDPOINT", &endpoint), ("IDENTITY_HEADER", identity::HEADER)]),
        ..Settings::default()
    }
}

pub(crate) fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().copied().collect()
}

/// A double and a store on it, with the log of requests emptied.
pub(crate) async fn opened() -> (Double, Arc<dyn SecretStore>) {
    let double = Double::start().await;
    let store = open(settings(&double)).await.unwrap();
    double.asked();
    (double, store)
}

pub(crate) async fn read(store: &dyn SecretStore, name: &str) -> Result<Option<Stored>, Error> {
    store.read_batch(&[Read::current(SecretName::new(name))]).await.unwrap().remove(0)
}

pub(crate) async fn write(store: &dyn SecretStore, name: &str, action: Action) -> Result<Receipt, Error> {
    store.write_batch(&[Change::new(SecretName::new(name), action)]).await.unwrap().remove(0)
}

pub(crate) async fn create(store: &dyn SecretStore, name: &str, text: &str) -> Result<Receipt, Error> {
    write(store, name, Action::Create(Payload::text(text))).await
}

pub(crate) async fn list(store: &dyn SecretStore, prefix: &str) -> Vec<Header> {
    store.list_all(&NamePrefix::new(prefix), &|_| ()).await.unwrap()
}

/// The names and states of a listing.
pub(crate) fn shown(headers: &[Header]) -> Vec<(&str, &State)> {
    headers.iter().map(|header| (header.name.as_str(), &header.state)).collect()
}

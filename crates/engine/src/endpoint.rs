//! A place in its role: what it is, who reads it, and whether it may be written.

use std::sync::Arc;

use airbridge_airflow::{Kind, Layout, ReadRules};
use airbridge_core::{ReadOnly, SecretStore};

/// A store, the names that Airflow uses in it, and the Airflow that reads it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// How the user calls it, without credentials.
    pub label: String,
    /// Where the secrets are.
    pub store: Arc<dyn SecretStore>,
    /// What they are called.
    pub layout: Layout,
    /// How they are read.
    pub read_rules: ReadRules,
    /// Whether descriptions and tags beside its values are carried along; a target's are never.
    pub metadata: bool,
}

impl Endpoint {
    /// The kinds of `kinds` that this endpoint can hold.
    pub fn held(&self, kinds: &[Kind]) -> Vec<Kind> {
        kinds.iter().copied().filter(|kind| self.layout.holds(*kind)).collect()
    }

    /// The place in the store's own words.
    pub fn place(&self) -> &str {
        &self.store.descriptor().place
    }
}

/// An endpoint that is only read. Nothing that is done with it can write.
#[derive(Clone, Debug)]
pub struct Source(Endpoint);

impl Source {
    /// Takes the right to write from an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        let store = Arc::new(ReadOnly::new(endpoint.store));
        Self(Endpoint { store, ..endpoint })
    }

    /// What can be read.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}

/// An endpoint that may be written, by [`apply`](crate::apply()) alone.
#[derive(Debug)]
pub struct Target {
    reading: Source,
    store: Arc<dyn SecretStore>,
}

impl Target {
    /// Lets an endpoint be written.
    pub fn new(endpoint: Endpoint) -> Self {
        let store = Arc::clone(&endpoint.store);
        Self { reading: Source::new(endpoint), store }
    }

    /// The same endpoint, to read.
    pub fn endpoint(&self) -> &Endpoint {
        self.reading.endpoint()
    }

    pub(crate) fn store(&self) -> &dyn SecretStore {
        self.store.as_ref()
    }
}

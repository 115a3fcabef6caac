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

/// The read side of an endpoint. Its store rejects every write, so nothing that takes a `Source` can change a place.
#[derive(Clone, Debug)]
pub struct Source(Endpoint);

impl Source {
    /// Gives up the right to write.
    pub fn new(endpoint: Endpoint) -> Self {
        let store = Arc::new(ReadOnly::new(endpoint.store));
        Self(Endpoint { store, ..endpoint })
    }

    /// The endpoint, with a store that rejects writes.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}

/// An endpoint that may be written. Only [`apply`](crate::apply()) and [`verify`](crate::verify()) take one;
/// everything that reads takes its [`source`](Self::source).
#[derive(Debug)]
pub struct Target {
    source: Source,
    store: Arc<dyn SecretStore>,
}

impl Target {
    /// Allows an endpoint to be written.
    pub fn new(endpoint: Endpoint) -> Self {
        let store = Arc::clone(&endpoint.store);
        Self { source: Source::new(endpoint), store }
    }

    /// The read side of the same endpoint.
    pub fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn store(&self) -> &dyn SecretStore {
        self.store.as_ref()
    }
}

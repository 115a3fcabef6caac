//! Endpoints, and the types that say whether one may be written.

use std::sync::Arc;

use airbridge_airflow::{Kind, Layout, Loss, ReadRules};
use airbridge_core::{ReadOnly, SecretStore};

/// A store, together with the names that Airflow uses in it and the Airflow that reads it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The endpoint as the user wrote it, without its keys and so without credentials.
    pub label: String,
    /// Holds the secrets.
    pub store: Arc<dyn SecretStore>,
    /// Maps entry ids to secret names.
    pub layout: Layout,
    /// How Airflow reads the payloads.
    pub read_rules: ReadRules,
    /// Whether descriptions and tags of the secrets are copied, too. Of a target they never are.
    pub metadata: bool,
    /// The kinds whose prefix or path the user gave. Nothing of such a kind at a source is probably a mistake.
    pub named_kinds: Vec<Kind>,
    /// The files that say what the label means, if it does not say so itself: `airbridge.toml, [endpoints.old]`.
    pub configured_by: Option<String>,
    /// What new secrets get besides their value.
    pub new_secrets: Vec<NewSecretSetting>,
    /// The losses that its format makes usual: the plan states them, and they need no permission.
    pub usual_losses: Vec<Loss>,
}

/// A key of an endpoint that says how new secrets are made: their encryption key, tags, replicas. None of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSecretSetting {
    /// The name of the key.
    pub name: &'static str,
    /// What the user gave; `None` if the default applies.
    pub value: Option<String>,
    /// What applies if the key is not set.
    pub default: &'static str,
    /// Whether a secret that is replaced gets it, too, if the user gave it.
    pub of_replaced: bool,
}

impl Endpoint {
    /// Those of `kinds` that this endpoint can hold.
    pub fn held(&self, kinds: &[Kind]) -> Vec<Kind> {
        kinds.iter().copied().filter(|kind| self.layout.holds(*kind)).collect()
    }

    /// The place, as the store describes it. Endpoints of the same place return equal strings.
    pub fn place(&self) -> &str {
        &self.store.descriptor().place
    }

    /// Who acts there, if the service says so.
    pub fn actor(&self) -> Option<&str> {
        self.store.descriptor().actor.as_deref()
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

    /// The same target with another store around its own, which sees every write.
    pub fn wrapped(&self, wrap: impl FnOnce(Arc<dyn SecretStore>) -> Arc<dyn SecretStore>) -> Self {
        Self { source: self.source.clone(), store: wrap(Arc::clone(&self.store)) }
    }

    /// The same target, whose payloads are read by other rules.
    pub fn read_by(self, read_rules: ReadRules) -> Self {
        let Self { source: Source(endpoint), store } = self;
        Self { source: Source(Endpoint { read_rules, ..endpoint }), store }
    }

    /// The read side of the same endpoint.
    pub fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn store(&self) -> &dyn SecretStore {
        self.store.as_ref()
    }
}

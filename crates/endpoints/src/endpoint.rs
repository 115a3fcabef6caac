//! An endpoint whose keys are read, and the open one that it becomes.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use airbridge_airflow::{AirflowVersion, Dialect, Kind as EntryKind, Layout, Loss, ReadRules};
use airbridge_backend_files::FileStore;
use airbridge_core::{
    RateLimiters, RateLimits, Rates, RetryingStore, ScrubbingStore, SecretStore, Warning, WarningCode,
};
use airbridge_engine::{Endpoint, NewSecretSetting, Source, Target};
use futures::future::BoxFuture;

use crate::airflow_config::AirflowConfig;
use crate::bundle::StatesRules;
use crate::error::{Error, Result};
use crate::files::UsedFile;

/// What an endpoint is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read.
    Read,
    /// To read and write.
    Write,
    /// To write a new file. What an existing file holds is not read.
    Create {
        /// Whether an existing file is replaced; otherwise it is an error.
        overwrite: bool,
    },
}

impl Access {
    /// Whether the endpoint will be written.
    pub fn writes(self) -> bool {
        self != Self::Read
    }
}

/// Limits for all endpoints of a run. The keys `rate` and `concurrency` of an endpoint take precedence.
#[derive(Clone, Debug, Default)]
pub struct RateOptions {
    /// Requests per second: writes at a target, reads at a source. `None` leaves it to the backend.
    pub rate: Option<f64>,
    /// Maximum concurrent requests per endpoint. `None` leaves it to the backend.
    pub concurrency: Option<usize>,
    /// The limiters that endpoints at the same place share.
    pub limiters: RateLimiters,
}

/// An endpoint whose keys are read and valid. No service was contacted yet, and no value was read.
pub struct EndpointConfig {
    /// The endpoint as the user wrote it, without keys.
    pub label: String,
    /// The scheme of the place that it leads to: for `airflow:` that of the configured backend.
    pub scheme: &'static str,
    /// The files that say what the label means, if it does not say so itself: `airbridge.toml, [endpoints.old]`.
    pub configured_by: Option<String>,
    /// Warnings about its keys.
    pub notes: Vec<Warning>,
    /// The files that it reads and writes.
    pub files: Vec<UsedFile>,
    /// Whether it is an encrypted bundle.
    pub is_bundle: bool,
    pub(crate) access: Access,
    pub(crate) version: AirflowVersion,
    pub(crate) metadata: bool,
    pub(crate) named_kinds: Vec<EntryKind>,
    pub(crate) new_secrets: Vec<NewSecretSetting>,
    pub(crate) rates: RateLimits,
    pub(crate) limiters: RateLimiters,
    pub(crate) airflow: Option<AirflowConfig>,
    /// What to say about variables that `env_prefix` hides, if opening fails.
    pub(crate) ignored: Option<String>,
    pub(crate) open: BoxFuture<'static, Result<OpenStore>>,
    /// The keys that were read, for the test that compares them with the declared ones.
    #[cfg(test)]
    pub(crate) asked: Vec<&'static str>,
}

impl EndpointConfig {
    /// Whether it is standard input or output.
    pub fn is_stream(&self) -> bool {
        self.scheme == "-"
    }

    /// Opens it: authenticates, and checks that the place exists.
    ///
    /// # Errors
    /// [`Failed`](crate::Class::Failed) if a file or service cannot be used, `Refused` if a new file exists already.
    pub async fn open(self) -> Result<OpenEndpoint> {
        let OpenStore {
            store,
            layout,
            dialect,
            files,
            airflow_files,
            usual_losses,
            version,
            states_rules,
            mut notes,
        } = self.open.await.map_err(|error| error.with_further_hint(self.ignored.as_deref()))?;
        if self.metadata && !store.descriptor().capabilities.metadata {
            let place = &store.descriptor().place;
            let message = format!("{place} has no descriptions or tags, so `metadata=carry` has no effect");
            notes.push(Warning::new(WarningCode::MetadataIgnored, message));
        }
        let rates = self.rates.applied(&store.descriptor().rates);
        // Files have no server whose words could repeat a value.
        let store = if files.is_some() { store } else { Arc::new(ScrubbingStore::new(store)) };
        let calls = Arc::new(RetryingStore::with_limiters(store, self.rates, &self.limiters));
        let store: Arc<dyn SecretStore> = Arc::clone(&calls) as _;
        let read_rules = ReadRules { dialect, version: version.unwrap_or(self.version) };
        let endpoint = Endpoint {
            label: self.label,
            store,
            layout,
            read_rules,
            metadata: self.metadata,
            named_kinds: self.named_kinds,
            configured_by: self.configured_by,
            new_secrets: self.new_secrets,
            usual_losses,
        };
        let side = if self.access.writes() {
            Side::Target(Target::new(endpoint))
        } else {
            Side::Source(Source::new(endpoint))
        };
        let airflow = self.airflow.and_then(|airflow| airflow.with_files(airflow_files));
        Ok(OpenEndpoint { side, files, airflow, rates, calls, notes, states_rules })
    }
}

impl fmt::Debug for EndpointConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointConfig")
            .field("label", &self.label)
            .field("scheme", &self.scheme)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// An open endpoint: a source if it was opened to read, otherwise a target.
#[derive(Debug)]
pub struct OpenEndpoint {
    side: Side,
    /// The store, if the endpoint consists of files.
    pub files: Option<Arc<FileStore>>,
    /// The `[secrets]` section with which Airflow reads the endpoint; `None` if none of Airflow's classes can.
    pub airflow: Option<AirflowConfig>,
    /// The rates at which it is called: those that the user set, otherwise the part of the published ones that is used.
    pub rates: Rates,
    /// Counts the requests to it.
    pub calls: Arc<RetryingStore>,
    /// Warnings about what was found.
    pub notes: Vec<Warning>,
    /// For a new file that states by which rules it is read.
    states_rules: Option<Arc<dyn StatesRules>>,
}

#[derive(Debug)]
enum Side {
    Source(Source),
    Target(Target),
}

impl OpenEndpoint {
    /// The endpoint as a target for the entries of `source`. A bundle is read by the rules of its source, so that it holds
    /// the source's own payloads. All other targets stay as they are.
    pub fn made_from(mut self, source: &Source) -> Self {
        if let Some(file) = &self.states_rules {
            let rules = &source.endpoint().read_rules;
            file.set_rules(rules);
            self.side = match self.side {
                Side::Target(target) => Side::Target(target.read_by(rules.clone())),
                side @ Side::Source(_) => side,
            };
        }
        self
    }

    /// The endpoint, to read.
    pub fn source(&self) -> &Source {
        match &self.side {
            Side::Source(source) => source,
            Side::Target(target) => target.source(),
        }
    }

    /// The endpoint, to read.
    pub fn into_source(self) -> Source {
        match self.side {
            Side::Source(source) => source,
            Side::Target(target) => target.source().clone(),
        }
    }

    /// The endpoint, to write.
    ///
    /// # Errors
    /// `Usage` if it was opened with [`Access::Read`].
    pub fn into_target(self) -> Result<Target> {
        match self.side {
            Side::Target(target) => Ok(target),
            Side::Source(source) => {
                let label = &source.endpoint().label;
                Err(Error::usage(format!("{label} was opened for reading only")))
            }
        }
    }
}

/// An open store, and how names and values are read there.
#[derive(Debug)]
pub(crate) struct OpenStore {
    pub(crate) store: Arc<dyn SecretStore>,
    pub(crate) layout: Layout,
    pub(crate) dialect: Dialect,
    /// The same store, if it consists of files.
    pub(crate) files: Option<Arc<FileStore>>,
    /// The files that Airflow's local-filesystem backend reads, by the kind of entry.
    pub(crate) airflow_files: Vec<(EntryKind, PathBuf)>,
    /// The losses that the format makes usual.
    pub(crate) usual_losses: Vec<Loss>,
    /// The version of Airflow that the place belongs to, if it says so itself.
    pub(crate) version: Option<AirflowVersion>,
    /// For a new file that states by which rules it is read.
    pub(crate) states_rules: Option<Arc<dyn StatesRules>>,
    /// Warnings about what was found.
    pub(crate) notes: Vec<Warning>,
}

impl OpenStore {
    /// A store that does not consist of files.
    pub(crate) fn new(store: Arc<dyn SecretStore>, layout: Layout, dialect: Dialect) -> Self {
        Self {
            store,
            layout,
            dialect,
            files: None,
            airflow_files: Vec::new(),
            usual_losses: Vec::new(),
            version: None,
            states_rules: None,
            notes: Vec::new(),
        }
    }
}

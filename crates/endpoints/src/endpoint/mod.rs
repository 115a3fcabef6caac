//! From what the user wrote to an endpoint that the engine can use.
//!
//! ```text
//!   text ──grammar──► Written ──config──► Keys ──aws, azure, …, file──► Built ──open()──► engine::Endpoint
//!                                                 everything is checked here      the first I/O
//! ```

pub(crate) mod airflow;
mod amazon;
pub(crate) mod aws;
pub(crate) mod aws_ssm;
pub(crate) mod azure;
pub(crate) mod env;
pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod gcp;
mod grammar;
mod keys;
mod naming;
mod network;
mod secrecy;
mod settings;
pub(crate) mod vault;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use airbridge_airflow::{AirflowVersion, Dialect, Kind, Layout, ReadRules};
use airbridge_backend_files::FileStore;
use airbridge_core::{Json, RateLimiters, RateLimits, RetryingStore, SecretStore};
use airbridge_engine::Endpoint;
use futures::FutureExt;
use futures::future::BoxFuture;
use indexmap::IndexMap;

use crate::backends::{self, BACKENDS, Backend, LATER, LATER_CLASSES};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::nearest::nearest;
use environment::ProcessEnvironment;
use grammar::{Place, Written};
use keys::Keys;

pub use grammar::STDIO;
pub(crate) use grammar::Value;
pub(crate) use keys::Origin;
pub(crate) use secrecy::SECRET_KEYS;
pub use settings::AirflowConfig;

/// What an endpoint is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Read,
    /// Write, and read first.
    Write,
    /// Write a new file without reading it first.
    Create {
        /// Replace the file if it exists.
        overwrite: bool,
    },
}

impl Access {
    /// Whether it will be written.
    pub fn writes(self) -> bool {
        self != Self::Read
    }
}

/// What is the same for all endpoints of a run.
#[derive(Debug)]
pub struct Context {
    /// What the configuration files say.
    pub config: Config,
    /// The environment variables of the process.
    pub env: ProcessEnvironment,
    /// The team whose names are meant, unless the endpoint has the key `team`.
    pub team: Option<String>,
    /// The rate limits, unless the endpoint has keys for them.
    pub pace: RateOptions,
    /// Whether commands that a deployment's settings name may be run.
    pub allow_commands: bool,
}

/// How fast all endpoints of a run may be worked, unless their keys say otherwise.
#[derive(Clone, Debug, Default)]
pub struct RateOptions {
    /// Calls a second, for what an endpoint is there for: writing at a target, reading at a source.
    pub rate: Option<f64>,
    /// Calls in flight.
    pub concurrency: Option<usize>,
    /// What endpoints of one place share.
    pub limiters: RateLimiters,
}

/// Makes a kind of endpoint from its keys; nothing is opened yet.
pub(crate) type Builder = fn(Opening) -> Result<Built>;

/// What a backend makes an endpoint from.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) keys: Keys,
    pub(crate) role: Access,
    pub(crate) version: AirflowVersion,
    pub team: Option<String>,
    pub env: ProcessEnvironment,
    pub allow_commands: bool,
    /// Whether descriptions and tags are wanted.
    pub(crate) metadata: bool,
}

/// A store with the names and the reading rules that belong to it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn SecretStore>,
    pub(crate) layout: Layout,
    pub(crate) dialect: Dialect,
    /// The same store, where it is made of files.
    pub files: Option<Arc<FileStore>>,
    /// The files that Airflow's local-filesystem backend would read, by kind; none elsewhere.
    pub airflow_files: Vec<(Kind, PathBuf)>,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

impl Opened {
    /// A store that is no file.
    fn store(store: Arc<dyn SecretStore>, layout: Layout, dialect: Dialect) -> Self {
        Self { store, layout, dialect, files: None, airflow_files: Vec::new(), notes: Vec::new() }
    }
}

/// An endpoint whose keys are understood.
pub(crate) struct Built {
    /// Every key that was asked for: the tables of keys are held to it.
    #[cfg(test)]
    asked: Vec<&'static str>,
    /// The kind of place that it turned out to be.
    scheme: &'static str,
    understood: IndexMap<&'static str, Json>,
    notes: Vec<String>,
    open: BoxFuture<'static, Result<Opened>>,
}

impl Opening {
    /// Ends the asking for keys; `open` is called when everything else is understood, too.
    pub(crate) fn built<F>(self, open: impl FnOnce() -> F + Send + 'static) -> Result<Built>
    where
        F: Future<Output = Result<Opened>> + Send + 'static,
    {
        let scheme = self.keys.scheme();
        let finished = self.keys.finish()?;
        Ok(Built {
            #[cfg(test)]
            asked: finished.asked,
            scheme,
            understood: finished.understood,
            notes: finished.notes,
            open: async move { open().await }.boxed(),
        })
    }
}

/// An endpoint that is understood and not opened yet.
pub struct Prepared {
    /// How the user calls it.
    pub label: String,
    /// The kind of place.
    pub scheme: &'static str,
    /// What the user should know about its keys.
    pub notes: Vec<String>,
    #[cfg(test)]
    asked: Vec<&'static str>,
    version: AirflowVersion,
    metadata: bool,
    pace: RateLimits,
    limiters: RateLimiters,
    airflow: Option<AirflowConfig>,
    open: BoxFuture<'static, Result<Opened>>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("label", &self.label)
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}

/// An endpoint, open.
#[derive(Debug)]
pub struct Ready {
    /// The endpoint, as the engine uses it.
    pub endpoint: Endpoint,
    /// The store, where it is made of files.
    pub files: Option<Arc<FileStore>>,
    /// What `airflow.cfg` says for Airflow to read it; `None` where no class of Airflow's does.
    pub airflow: Option<AirflowConfig>,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

impl Prepared {
    /// Whether it is standard input or output.
    pub fn is_stream(&self) -> bool {
        self.scheme == "-"
    }

    /// Opens it: the first moment at which anything is tried.
    pub async fn open(self) -> Result<Ready> {
        let Opened { store, layout, dialect, files, airflow_files, mut notes } = self.open.await?;
        if self.metadata && !store.descriptor().capabilities.metadata {
            let place = &store.descriptor().place;
            notes.push(format!(
                "{place} keeps nothing beside values: `metadata=carry` finds nothing to carry"
            ));
        }
        let airflow = self.airflow.and_then(|airflow| airflow.with_files(airflow_files));
        let store: Arc<dyn SecretStore> =
            Arc::new(RetryingStore::with_limiters(store, self.pace, &self.limiters));
        let read_rules = ReadRules { dialect, version: self.version };
        let endpoint = Endpoint { label: self.label, store, layout, read_rules, metadata: self.metadata };
        Ok(Ready { endpoint, files, airflow, notes })
    }
}

/// Understands an endpoint: `text` as written, `more` from `--from` or `--to`.
pub fn prepare(context: &Context, text: &str, more: &[String], role: Access) -> Result<Prepared> {
    let written = grammar::parse(text, &backends::schemes(), LATER)?;
    let mut notes = Vec::new();
    let (backend, mut keys) = start(context, &written, &mut notes)?;
    for (key, value) in written.keys {
        keys.insert(key, value, Origin::CommandLine)?;
    }
    for part in more {
        let (key, value) = grammar::read_key(part)?;
        keys.insert(key, value, Origin::CommandLine)?;
    }
    if let Place::At { place, .. } = &written.place {
        set_place(backend, &mut keys, place, Origin::CommandLine)?;
    }
    build(context, backend, keys, written.label, role, notes)
}

/// The backend, and the keys that the configuration has for it.
fn start(context: &Context, written: &Written, notes: &mut Vec<String>) -> Result<(&'static Backend, Keys)> {
    match &written.place {
        Place::At { scheme, .. } => {
            let backend =
                backends::named(scheme).ok_or_else(|| Error::usage(format!("`{scheme}:` is not known")))?;
            Ok((backend, Keys::new(backend.scheme)))
        }
        Place::Configured(name) => {
            let configured = context.config.endpoint(name)?;
            let (backend, place) = backend_of(&configured.backend, &configured.place)?;
            let mut keys = Keys::new(backend.scheme);
            for (key, value) in configured.keys(&context.env.variables, notes)? {
                keys.insert(key, value, configured.origin())?;
            }
            set_place(backend, &mut keys, &place, configured.origin())?;
            Ok((backend, keys))
        }
    }
}

fn set_place(backend: &'static Backend, keys: &mut Keys, place: &str, origin: Origin) -> Result<()> {
    match backend.place_key {
        Some(key) => keys.insert_place(key, place, origin),
        None if place.is_empty() => Ok(()),
        None => Err(Error::usage(format!("nothing follows `{}:`", backend.scheme))
            .hint(format!("write `{}`", backend.spelling))),
    }
}

/// What `backend = …` names: a scheme, with or without a place, or one of Airflow's classes.
fn backend_of(name: &str, place: &str) -> Result<(&'static Backend, String)> {
    if let Some(backend) = BACKENDS.iter().find(|backend| backend.class == Some(name)) {
        return Ok((backend, String::new()));
    }
    if let Some((_, scheme)) = LATER_CLASSES.iter().find(|(class, _)| *class == name) {
        return Err(Error::not_built(format!("{place}: the endpoint {scheme}: ({name}) is not built yet"))
            .hint(format!("what works today: {}", grammar::spellings(&backends::schemes()))));
    }
    let (scheme, rest) = name.split_once(':').unwrap_or((name, ""));
    if let Some(backend) = backends::named(scheme) {
        return Ok((backend, rest.to_owned()));
    }
    if let Some((_, what)) = LATER.iter().find(|(later, _)| *later == scheme) {
        return Err(Error::not_built(format!("{place}: the endpoint {scheme}: ({what}) is not built yet"))
            .hint(format!("what works today: {}", grammar::spellings(&backends::schemes()))));
    }
    let classes = BACKENDS.iter().filter_map(|backend| backend.class);
    let near = nearest(name, backends::schemes().into_iter().chain(classes));
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Err(Error::configuration(format!("{place}: `{name}` is no backend")).hint(format!(
        "{near}it is one of {}, or the path of Airflow's class",
        backends::schemes().join(", ")
    )))
}

/// Reads the keys that every endpoint takes, then the backend's own.
fn build(
    context: &Context,
    backend: &'static Backend,
    mut keys: Keys,
    label: String,
    role: Access,
    mut notes: Vec<String>,
) -> Result<Prepared> {
    let version = keys.word("airflow_version", &["2.11", "3.3"])?;
    let version = version.and_then(AirflowVersion::parse).unwrap_or_default();
    let team = keys.text("team")?.or_else(|| context.team.clone());
    let env = context.env.of_side(keys.text("env_prefix")?.as_deref());
    let rate = keys.number("rate")?.or(context.pace.rate);
    let concurrency = keys.count("concurrency")?.or(context.pace.concurrency);
    let (read, write) = if role.writes() { (None, rate) } else { (rate, None) };
    let pace = RateLimits { read, write, concurrency, patience: None };
    let metadata = keys.word("metadata", &["carry", "leave"])? == Some("carry");
    if metadata && role.writes() {
        return Err(Error::usage("`metadata=carry` belongs to the source, and this is the target")
            .hint("--from metadata=carry; what new secrets get beside that are the target's own keys: `tags`, `labels` …"));
    }
    let allow_commands = context.allow_commands;
    let opening = Opening { keys, role, version, team, env, allow_commands, metadata };
    let built = (backend.build)(opening)?;
    notes.extend(built.notes);
    Ok(Prepared {
        label,
        scheme: built.scheme,
        airflow: AirflowConfig::new(built.scheme, &built.understood, version),
        notes,
        #[cfg(test)]
        asked: built.asked,
        version,
        metadata,
        pace,
        limiters: context.pace.limiters.clone(),
        open: built.open,
    })
}

#[cfg(test)]
mod tests;

/// The keys that making an endpoint asks for.
#[cfg(test)]
pub(crate) fn asked_by(
    context: &Context,
    text: &str,
    role: Access,
) -> Result<std::collections::BTreeSet<&'static str>> {
    Ok(prepare(context, text, &[], role)?.asked.into_iter().collect())
}

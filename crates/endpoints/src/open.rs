//! From what the user wrote to an open endpoint.
//!
//! ```text
//!   text ─grammar─► place, keys ─config, deployment─► BuildContext ─kind─► EndpointConfig ─open()─► OpenEndpoint
//!                   nothing is contacted, everything that can be checked is checked   ┘
//! ```

use std::sync::LazyLock;

use airbridge_airflow::AirflowVersion;
use airbridge_core::{RateLimits, Warning};

use crate::build::BuildContext;
use crate::bundle::BundleOptions;
use crate::config::Config;
use crate::deployment;
use crate::endpoint::{Access, EndpointConfig, OpenEndpoint, RateOptions};
use crate::environment::ProcessEnvironment;
use crate::error::{Error, Result};
use crate::grammar::{self, Place, Written};
use crate::keys::Keys;
use crate::kind::{COMMON_KEYS, Kind};
use crate::kinds::KINDS;
use crate::left_out;
use crate::nearest::nearest;
use crate::network::Network;
use crate::prefix::Prefix;
use crate::secrecy::{holds_password, secret_on_command_line};
use crate::value::{Key, Origin, Value};

/// What all endpoints of a run share. The default has no configuration and an empty environment.
#[derive(Debug, Default)]
pub struct OpenOptions {
    /// The named endpoints of `airbridge.toml`.
    pub config: Config,
    /// The environment variables.
    pub env: ProcessEnvironment,
    /// The team whose entries are meant, unless the endpoint has the key `team`.
    pub team: Option<String>,
    /// Rate limits, unless the endpoint has keys for them.
    pub rates: RateOptions,
    /// Whether commands in a deployment's settings may run.
    pub allow_commands: bool,
    /// What encrypts and decrypts bundles.
    pub bundle: BundleOptions,
}

impl OpenOptions {
    /// The environment of this process and the configuration files of its user and working directory.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_process() -> Result<Self> {
        Ok(Self { config: Config::load(None)?, env: ProcessEnvironment::capture(), ..Self::default() })
    }
}

/// The kinds of a deployment as a whole.
const OF_A_DEPLOYMENT: &[&Kind] = &[
    &deployment::KIND,
    #[cfg(feature = "airflow-db")]
    &crate::airflow_db::KIND,
    #[cfg(feature = "airflow-api")]
    &crate::kinds::airflow_api::KIND,
];

/// Every kind of endpoint, in the order of the documentation.
pub fn kinds() -> &'static [&'static Kind] {
    static ALL: LazyLock<Vec<&'static Kind>> =
        LazyLock::new(|| KINDS.iter().copied().chain(OF_A_DEPLOYMENT.iter().copied()).collect());
    &ALL
}

/// Opens an endpoint.
///
/// # Errors
/// As [`configure`] and [`EndpointConfig::open`].
pub async fn open(text: &str, access: Access, options: &OpenOptions) -> Result<OpenEndpoint> {
    configure(options, text, &[], access)?.open().await
}

/// Reads an endpoint as written, with `more` keys of the form `key=value` or `key:=JSON`. No service is contacted.
///
/// # Errors
/// [`Usage`](crate::Class::Usage) and [`Config`](crate::Class::Config) for an unknown kind, for keys that are unknown or
/// not valid, and for secrets on the command line; `Failed` if a deployment's file or command cannot be read.
pub fn configure(
    options: &OpenOptions,
    text: &str,
    more: &[String],
    access: Access,
) -> Result<EndpointConfig> {
    let (Start { kind, configured_by }, context) = read(options, text, more, access)?;
    let mut configured = kind.configure(context)?;
    // A deployment's settings are the second step: `@name` may be one.
    let steps: Vec<_> = configured_by.into_iter().chain(configured.configured_by.take()).collect();
    configured.configured_by = (!steps.is_empty()).then(|| steps.join(", then "));
    Ok(configured)
}

/// The kind of an endpoint as written, and everything that it is configured from.
pub(crate) fn read(
    options: &OpenOptions,
    text: &str,
    more: &[String],
    access: Access,
) -> Result<(Start, BuildContext)> {
    let schemes: Vec<_> = kinds().iter().map(|kind| kind.scheme).chain(left_out::schemes()).collect();
    let written = grammar::parse(text, &schemes, &is_key)?;
    let mut notes = options.config.notes.clone();
    let (start, mut keys) = start(options, &written, &mut notes)?;
    let kind = start.kind;
    let more = more.iter().map(|part| grammar::parse_key(part, &is_key)).collect::<Result<Vec<_>>>()?;
    for (key, value) in written.keys.into_iter().chain(more) {
        insert_from_command_line(kind, &mut keys, key, value)?;
    }
    if let Place::At { place, .. } = &written.place {
        set_place(kind, &mut keys, place, Origin::CommandLine)?;
    }
    let mut context = context(options, keys, written.label, access)?;
    for note in notes {
        context.keys.note(note);
    }
    Ok((start, context))
}

/// What an endpoint is, and what says so.
pub(crate) struct Start {
    pub(crate) kind: &'static Kind,
    /// The file and table that define `@name`.
    configured_by: Option<String>,
}

fn insert_from_command_line(kind: &Kind, keys: &mut Keys, key: String, value: Value) -> Result<()> {
    // A key of another kind is unknown, but its value may still be a secret that was meant for that kind.
    if kind.key(&key).is_none()
        && let Some((declared, secret)) = secret(&key)
    {
        return Err(secret_on_command_line(declared.name, secret));
    }
    keys.insert(key, value, Origin::CommandLine)
}

/// The key of this name that is a secret, of any kind.
fn secret(name: &str) -> Option<(&'static Key, crate::value::Secret)> {
    let mut keys = kinds().iter().flat_map(|kind| kind.keys()).filter(|key| key.name == name);
    keys.find_map(|key| Some((key, key.secret?)))
}

/// Whether any kind has a key of this name.
fn is_key(name: &str) -> bool {
    kinds().iter().flat_map(|kind| kind.keys()).chain(COMMON_KEYS).any(|key| key.name == name)
}

/// The kind, and the keys that the configuration has for it.
fn start(options: &OpenOptions, written: &Written, notes: &mut Vec<Warning>) -> Result<(Start, Keys)> {
    match &written.place {
        Place::At { scheme, .. } => {
            let unknown = || Error::usage(format!("unknown endpoint type `{scheme}:`"));
            let kind = named(scheme).ok_or_else(|| left_out::error(scheme).unwrap_or_else(unknown))?;
            Ok((Start { kind, configured_by: None }, kind.no_keys()))
        }
        Place::Configured(name) => {
            let configured = options.config.endpoint(name)?;
            let (kind, place) = kind_of(&configured.backend, &configured.place)?;
            configured.check_kind(kind.scheme)?;
            let mut keys = kind.no_keys();
            configured.files().for_each(|file| keys.uses(file));
            let is_secret = |name: &str| secret(name).is_some();
            for (key, value) in configured.keys(&options.env.variables, &is_secret, notes)? {
                keys.insert(key, value, configured.origin())?;
            }
            set_place(kind, &mut keys, &place, configured.origin())?;
            Ok((Start { kind, configured_by: Some(configured.place.clone()) }, keys))
        }
    }
}

fn set_place(kind: &Kind, keys: &mut Keys, place: &str, origin: Origin) -> Result<()> {
    // Messages quote places, and no place has a password.
    if place.contains("://") && holds_password(place) {
        return Err(Error::usage(format!(
            "what follows `{}:` is an address with a user name or password",
            kind.scheme
        ))
        .hint(format!("write `{}`", kind.spelling)));
    }
    match kind.place_key {
        Some(key) => keys.insert_place(key, place, origin),
        None if place.is_empty() => Ok(()),
        None => Err(Error::usage(format!("`{}:` takes no place", kind.scheme))
            .hint(format!("write `{}`", kind.spelling))),
    }
}

fn named(scheme: &str) -> Option<&'static Kind> {
    kinds().iter().copied().find(|kind| kind.scheme == scheme)
}

/// The kind and place that `backend = …` names: a scheme, with or without a place, or one of Airflow's classes.
fn kind_of(name: &str, place: &str) -> Result<(&'static Kind, String)> {
    let path = |kind: &Kind| kind.class.map(|class| class.path);
    if let Some(kind) = kinds().iter().find(|kind| path(kind) == Some(name)) {
        return Ok((kind, String::new()));
    }
    let (scheme, rest) = name.split_once(':').unwrap_or((name, ""));
    if let Some(kind) = named(scheme) {
        if rest.contains('?') {
            return Err(Error::configuration(format!("{place}: `backend` has keys after its `?`"))
                .hint("write each key in a line of its own: sep = \"-\""));
        }
        return Ok((kind, rest.to_owned()));
    }
    if let Some(error) = left_out::error(scheme) {
        return Err(error);
    }
    let known = kinds().iter().map(|kind| kind.scheme).chain(kinds().iter().filter_map(|kind| path(kind)));
    let near = nearest(name, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    // A value that was written in its place is rarely like this.
    let is_path = name.len() <= 100
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | ':' | '/'));
    let name = if is_path && !holds_password(name) { format!(" `{name}`") } else { String::new() };
    Err(Error::configuration(format!("{place}: unknown backend{name}")).hint(format!(
        "{near}run `airbridge endpoints` to see the types of endpoint, or write the path of one of Airflow's classes"
    )))
}

/// Reads the keys that every endpoint has.
fn context(options: &OpenOptions, mut keys: Keys, label: String, access: Access) -> Result<BuildContext> {
    let version = keys.word("airflow_version", &["2.11", "3.3"])?;
    let team = keys.text("team")?.or_else(|| options.team.clone());
    let prefix = Prefix::new(keys.text("env_prefix")?, &options.env.variables);
    let env = options.env.of_side(prefix.as_str());
    let rate = keys.number("rate")?.or(options.rates.rate);
    let concurrency = keys.count("concurrency")?.or(options.rates.concurrency);
    let (read, write) = if access.writes() { (None, rate) } else { (rate, None) };
    let metadata = keys.word("metadata", &["carry", "leave"])? == Some("carry");
    if metadata && access.writes() {
        return Err(Error::usage("`metadata=carry` is not valid for a target")
            .hint("set it for the source with --from metadata=carry"));
    }
    Ok(BuildContext {
        label,
        keys,
        network: Network::default(),
        class: None,
        access,
        version: version.and_then(AirflowVersion::parse).unwrap_or_default(),
        chosen_version: version.and_then(AirflowVersion::parse),
        team,
        env,
        prefix,
        allow_commands: options.allow_commands,
        bundle: options.bundle.clone(),
        metadata,
        rates: RateLimits { read, write, concurrency, throttle_timeout: None },
        limiters: options.rates.limiters.clone(),
    })
}

#[cfg(test)]
mod tests;

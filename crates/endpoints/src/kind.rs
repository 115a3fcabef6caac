//! What every kind of endpoint declares about itself.

use crate::airflow_config::AirflowClass;
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::Result;
use crate::keys::Keys;
use crate::network::{Network, NetworkKeys};
use crate::value::{Effect, Key, Owner};

/// A kind of endpoint. Parsing, help, documentation and checks are made from this declaration.
#[derive(Debug)]
pub struct Kind {
    /// What precedes the colon; `-` stands alone.
    pub scheme: &'static str,
    /// How an endpoint of this kind is written: `aws:REGION`.
    pub spelling: &'static str,
    /// What follows `airbridge list` in examples: an endpoint, and keys.
    pub examples: &'static [&'static str],
    /// What it is.
    pub label: &'static str,
    /// The key whose value follows the colon.
    pub place_key: Option<&'static str>,
    /// Airflow's class for the same place.
    pub class: Option<&'static AirflowClass>,
    /// The kind's own keys, in the order of the documentation.
    pub keys: &'static [Key],
    /// The keys of endpoints on the network; `None` if no connection is made.
    pub network: Option<&'static NetworkKeys>,
    /// What the names of the variables start with in which the place's own tools keep credentials; empty if it has none.
    pub variables: &'static [&'static str],
    /// Whether keys that are not declared belong to the endpoint that results, as for `airflow:`.
    pub forwards_keys: bool,
    pub(crate) build: fn(BuildContext) -> Result<EndpointConfig>,
}

impl Kind {
    /// The kind's own keys and those of the network, without [`COMMON_KEYS`].
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys.iter().chain(self.network.into_iter().flat_map(NetworkKeys::iter))
    }

    /// The names of the keys that are kwargs of Airflow's class.
    pub fn kwargs(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys().filter(|key| key.owner == Owner::Airflow).map(|key| key.name)
    }

    /// The keys that have an effect or are rejected, in the order of the documentation.
    pub fn described_keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys().filter(|key| key.effect != Effect::Ignored)
    }

    /// The names of the keys that are accepted and ignored, by the reason why.
    pub fn ignored_keys(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for key in self.keys().filter(|key| key.effect == Effect::Ignored) {
            match reasons.iter_mut().find(|(why, _)| *why == key.help) {
                Some((_, names)) => names.push(key.name),
                None => reasons.push((key.help, vec![key.name])),
            }
        }
        reasons
    }

    /// The declaration of a key.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().chain(COMMON_KEYS).find(|key| key.name == name)
    }

    /// No keys yet, for an endpoint of this kind.
    pub(crate) fn no_keys(&self) -> Keys {
        Keys::new(self.scheme, self.keys().chain(COMMON_KEYS).collect())
    }

    /// Reads the keys, and checks everything that can be checked without contacting the place.
    pub(crate) fn configure(&self, mut context: BuildContext) -> Result<EndpointConfig> {
        context.class = self.class;
        if !self.forwards_keys {
            context.keys.check()?;
            context.prefix.check(self.scheme, self.variables)?;
        }
        context.keys.drop_unused()?;
        if let Some(network) = self.network {
            context.network = Network::read(&mut context.keys, network)?;
        }
        (self.build)(context)
    }
}

/// The keys that every endpoint has.
pub const COMMON_KEYS: &[Key] = &[
    Key::own("airflow_version", "Airflow version that reads the endpoint: `2.11` or `3.3`")
        .default_is("`3.3`"),
    Key::own("team", "Team whose entries are meant (multi-team Airflow)").default_is("no team"),
    Key::own(
        "env_prefix",
        "Prefix of this endpoint's own credential variables: `OLD_` reads `OLD_AWS_PROFILE`, `OLD_VAULT_TOKEN`, …",
    ),
    Key::own("metadata", "`carry` copies descriptions and tags from this source").default_is("`leave`"),
    Key::own("rate", "Maximum requests per second: writes at a target, reads at a source")
        .default_is("set by the backend"),
    Key::own("concurrency", "Maximum concurrent requests")
        .default_is("set by the backend, at most 16; up to 64 for a `rate` above 320"),
];

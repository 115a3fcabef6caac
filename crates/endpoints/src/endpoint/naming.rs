//! The keys that names depend on, shared by the backends that have them.

use airbridge_airflow::{AirflowVersion, Layout, Paths, PerKind, Prefix, Scheme};

use super::keys::Keys;
use crate::backends::Key;
use crate::error::{Error, Result};

pub(super) const CONNECTIONS_PREFIX: Key =
    ("connections_prefix", "where connections are; null switches them off");
pub(super) const VARIABLES_PREFIX: Key = ("variables_prefix", "where variables are; null switches them off");
pub(super) const CONFIG_PREFIX: Key = ("config_prefix", "where config options are; null switches them off");
pub(super) const SEP: Key = ("sep", "what stands between prefix and id");
pub(super) const CONNECTIONS_LOOKUP: Key =
    ("connections_lookup_pattern", "a regular expression: Airflow asks for no other connections");
pub(super) const VARIABLES_LOOKUP: Key =
    ("variables_lookup_pattern", "a regular expression: Airflow asks for no other variables");
pub(super) const CONFIG_LOOKUP: Key =
    ("config_lookup_pattern", "a regular expression: Airflow asks for no other config options");

/// `connections_prefix`, `variables_prefix`, `config_prefix`.
pub(super) fn prefixes(keys: &mut Keys) -> Result<PerKind<Prefix>> {
    Ok(PerKind {
        connections: prefix(keys, "connections_prefix")?,
        variables: prefix(keys, "variables_prefix")?,
        config: prefix(keys, "config_prefix")?,
    })
}

/// `connections_lookup_pattern`, `variables_lookup_pattern`, `config_lookup_pattern`.
pub(super) fn lookup(keys: &mut Keys) -> Result<PerKind<Option<String>>> {
    Ok(PerKind {
        connections: keys.text("connections_lookup_pattern")?,
        variables: keys.text("variables_lookup_pattern")?,
        config: keys.text("config_lookup_pattern")?,
    })
}

/// A prefix; absent, null and empty are three different things.
pub(super) fn prefix(keys: &mut Keys, key: &'static str) -> Result<Prefix> {
    Ok(match keys.text_or_null(key)? {
        None => Prefix::Default,
        Some(None) => Prefix::Off,
        Some(Some(text)) => Prefix::Text(text),
    })
}

/// `connections_path`, `variables_path`, `config_path`.
pub(super) fn paths(keys: &mut Keys) -> Result<PerKind<Paths>> {
    Ok(PerKind {
        connections: path(keys, "connections_path")?,
        variables: path(keys, "variables_path")?,
        config: path(keys, "config_path")?,
    })
}

fn path(keys: &mut Keys, key: &'static str) -> Result<Paths> {
    Ok(match keys.texts_or_null(key)? {
        None => Paths::Default,
        Some(mut texts) => match texts.len() {
            0 => Paths::Off,
            1 => Paths::Text(texts.swap_remove(0)),
            _ => Paths::List(texts),
        },
    })
}

/// The layout; what Airflow could not start with is a matter of configuration.
pub(super) fn layout(scheme: &Scheme, version: AirflowVersion, team: Option<&str>) -> Result<Layout> {
    Layout::new(scheme, version, team)
        .map_err(|error| Error::configuration(format!("`{}`: {}", error.key, error.message)))
}

//! The keys that determine names, which several kinds share.

use airbridge_airflow::{AirflowVersion, Kind, Layout, Paths, PerKind, Prefix, Scheme};

use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::value::Key;

pub(crate) const CONNECTIONS_PREFIX: Key =
    Key::kwarg("connections_prefix", "Prefix of connections; null disables them");
pub(crate) const VARIABLES_PREFIX: Key =
    Key::kwarg("variables_prefix", "Prefix of variables; null disables them");
pub(crate) const CONFIG_PREFIX: Key =
    Key::kwarg("config_prefix", "Prefix of config options; null disables them");
pub(crate) const SEP: Key = Key::kwarg("sep", "Separator between prefix and id");
pub(crate) const CONNECTIONS_LOOKUP: Key = Key::kwarg(
    "connections_lookup_pattern",
    "Regular expression; Airflow looks up only the connections whose id matches",
)
.default_is("all");
pub(crate) const VARIABLES_LOOKUP: Key = Key::kwarg(
    "variables_lookup_pattern",
    "Regular expression; Airflow looks up only the variables whose key matches",
)
.default_is("all");
pub(crate) const CONFIG_LOOKUP: Key = Key::kwarg(
    "config_lookup_pattern",
    "Regular expression; Airflow looks up only the config options whose key matches",
)
.default_is("all");

/// Reads `connections_prefix`, `variables_prefix` and `config_prefix`.
pub(crate) fn prefixes(keys: &mut Keys) -> Result<PerKind<Prefix>> {
    Ok(PerKind {
        connections: prefix(keys, "connections_prefix")?,
        variables: prefix(keys, "variables_prefix")?,
        config: prefix(keys, "config_prefix")?,
    })
}

/// Reads `connections_lookup_pattern`, `variables_lookup_pattern` and `config_lookup_pattern`.
pub(crate) fn lookup(keys: &mut Keys) -> Result<PerKind<Option<String>>> {
    Ok(PerKind {
        connections: keys.text("connections_lookup_pattern")?,
        variables: keys.text("variables_lookup_pattern")?,
        config: keys.text("config_lookup_pattern")?,
    })
}

/// The kinds whose prefix or path is among the given keys.
pub(crate) fn named_kinds(is_given: impl Fn(&str) -> bool) -> Vec<Kind> {
    let given = |kind: &Kind| {
        is_given(&format!("{}_prefix", kind.plural())) || is_given(&format!("{}_path", kind.plural()))
    };
    Kind::ALL.into_iter().filter(given).collect()
}

/// Reads a prefix. Absent, null and empty have three meanings.
pub(crate) fn prefix(keys: &mut Keys, key: &'static str) -> Result<Prefix> {
    Ok(match keys.text_or_null(key)? {
        None => Prefix::Default,
        Some(None) => Prefix::Off,
        Some(Some(text)) => Prefix::Text(text),
    })
}

/// Reads `connections_path`, `variables_path` and `config_path`.
pub(crate) fn paths(keys: &mut Keys) -> Result<PerKind<Paths>> {
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

/// The layout of names. Keys with which Airflow itself cannot start are a configuration error.
pub(crate) fn layout(scheme: &Scheme, version: AirflowVersion, team: Option<&str>) -> Result<Layout> {
    Layout::new(scheme, version, team)
        .map_err(|error| Error::configuration(format!("`{}`: {}", error.key, error.message)))
}

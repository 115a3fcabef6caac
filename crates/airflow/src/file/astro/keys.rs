//! The keys of a settings file that the Astro CLI ignores without a message.

use super::go::{has_name, to_text};
use crate::file::yaml::{Node, is_merge};
use crate::reading::shown_name;
use crate::similar::similar;

/// The keys of the file.
pub(super) const TOP: [&str; 1] = ["airflow"];
/// The keys under `airflow`.
pub(super) const LISTS: [&str; 3] = ["connections", "pools", "variables"];
/// The keys of a connection.
pub(super) const CONNECTION: [&str; 9] = [
    "conn_id",
    "conn_type",
    "conn_host",
    "conn_schema",
    "conn_login",
    "conn_password",
    "conn_port",
    "conn_uri",
    "conn_extra",
];
/// The keys of a variable.
pub(super) const VARIABLE: [&str; 2] = ["variable_name", "variable_value"];
/// The keys of a pool.
pub(super) const POOL: [&str; 3] = ["pool_name", "pool_slot", "pool_description"];

/// Each key of the mapping that is not one of `known`, in any case, with its line and the key that is probably meant.
pub(super) fn unknown(mapping: &Node, known: &[&str]) -> Vec<String> {
    let is_known = |key: &Node| is_merge(key) || known.iter().any(|name| has_name(key, name));
    let sentence = |key: &Node| {
        let name = to_text(key);
        let name = name.as_ref().map_or("?", |name| name.expose());
        let line = key.line;
        if known == TOP && LISTS.iter().any(|list| name.eq_ignore_ascii_case(list)) {
            return format!(
                "line {line}: the Astro CLI ignores {} here; move it under `airflow`",
                shown_name(name)
            );
        }
        match similar(name, known) {
            Some(near) => {
                format!("line {line}: the Astro CLI ignores {}, did you mean `{near}`?", shown_name(name))
            }
            None => format!("line {line}: the Astro CLI ignores {}", shown_name(name)),
        }
    };
    let pairs = mapping.pairs().unwrap_or_default().iter();
    pairs.filter(|(key, _)| !is_known(key)).map(|(key, _)| sentence(key)).collect()
}

//! Connections of which Airflow reads less than was probably meant.

use airbridge_airflow::{Field, Reading};
use airbridge_core::{Json, Payload};

use crate::reason::Flag;

/// The flag for such a connection, and a sentence with what is probably meant. Names keys and types only, no value.
pub(super) fn odd_reading(payload: Option<&Payload>, reading: &Reading) -> Option<(Flag, String)> {
    let Reading::Connection { connection, .. } = reading else { return None };
    let is_set = |field: Field| connection.get(field).is_truthy();
    let (flag, what, meant) = if is_set(Field::ConnType) {
        if is_set(Field::Host) {
            return None;
        }
        let meant = payload.and_then(without_slashes)?;
        (Flag::NoHost, "Airflow reads no host from it", Some(meant))
    } else if Field::ALL.into_iter().any(is_set) {
        (Flag::NoType, "Airflow reads a connection without a type from it", payload.and_then(wrong_keys))
    } else {
        (Flag::EmptyReading, "Airflow reads an empty connection from it", payload.and_then(wrong_keys))
    };
    let meant = meant.map(|meant| format!(": {meant}")).unwrap_or_default();
    Some((flag, format!("{what}{meant}")))
}

/// What is probably wrong with a payload from which Airflow reads no type.
fn wrong_keys(payload: &Payload) -> Option<&'static str> {
    const WRONG_KEYS: &str =
        "its keys are not those of a connection, such as `conn_type`, `host` and `login`";
    match payload {
        Payload::Text(text) => {
            let text = text.expose().trim();
            if text.starts_with(['"', '\'']) {
                return Some("the text is in quotes, which are part of it");
            }
            let Ok(Json::Object(fields)) = Json::parse(text) else { return None };
            if fields.contains("conn_uri") || fields.contains("uri") {
                return Some(
                    "a URI must be the whole text here, not a field; only Vault has the field `conn_uri`",
                );
            }
            Some(WRONG_KEYS)
        }
        Payload::Fields(fields) if fields.contains("value") => {
            Some("the field `value` belongs to a variable; a connection has `conn_uri` or its own fields")
        }
        Payload::Fields(_) => Some(WRONG_KEYS),
    }
}

/// What is probably wrong with a URI that has no `//` after its type: `jdbc:postgresql://HOST/DB`, `postgres:HOST`.
fn without_slashes(payload: &Payload) -> Option<&'static str> {
    let text = match payload {
        Payload::Text(text) => text.expose(),
        Payload::Fields(fields) => fields.get("conn_uri").or_else(|| fields.get("uri"))?.as_str()?,
    };
    let (scheme, rest) = text.trim_start().split_once(':')?;
    let is_scheme = scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-._".contains(char));
    if !is_scheme || rest.starts_with("//") || rest.is_empty() {
        return None;
    }
    Some(if scheme.eq_ignore_ascii_case("jdbc") {
        "a JDBC URL is not a connection URI; write JSON with the type `jdbc` and the JDBC URL as `host`"
    } else {
        "the URI has no `//` after its type"
    })
}

//! A variable or a config option in a JSON or YAML file.

use airbridge_core::{Content, Fields, Json, JsonStyle, Payload, Rejection, SecretText, State};

use super::VariablesReader;
use super::held::{Known, damaged};
use crate::AirflowVersion;

/// What `variables import` stores, or the backend hands out, for a variable's value.
pub(super) fn known(value: Json, reader: VariablesReader, version: AirflowVersion) -> Known {
    match (reader, version) {
        (VariablesReader::Import, AirflowVersion::V3_3) => imported(value),
        // Airflow 2 stores whatever is no text as JSON, `{"value": …}` too. (`variables import` of 2.11.2.)
        (VariablesReader::Import, AirflowVersion::V2_11) => text(stored(value)),
        (VariablesReader::Backend, AirflowVersion::V3_3) => handed_out(value),
        (VariablesReader::Backend, AirflowVersion::V2_11) => known_config(value),
    }
}

/// What the backend hands out for a config option. A list stands for the one value that it holds.
pub(super) fn known_config(value: Json) -> Known {
    match value {
        Json::Array(mut items) => match (items.pop(), items.is_empty()) {
            (Some(value), true) => handed_out(value),
            _ => damaged("a list that does not hold exactly one value"),
        },
        value => handed_out(value),
    }
}

fn handed_out(value: Json) -> Known {
    match value {
        Json::String(value) => text(value),
        // Airflow's backends say "nothing here" by `None`, and the search goes on.
        Json::Null => (Content::Hidden(State::NoValue), None),
        other => damaged(format!("is no text but of the kind {}; put it in quotes", other.kind())),
    }
}

fn imported(value: Json) -> Known {
    let Json::Object(mut fields) = value else { return text(stored(value)) };
    let Some(value) = fields.remove("value") else { return text(stored(Json::Object(fields))) };
    let description = fields.remove("description").unwrap_or_default();
    let note =
        fields.iter().next().map(|(name, _)| format!("`{name}` beside the value is left out by the import"));
    let value = stored(value);
    let payload = match description {
        Json::Null => Payload::Text(value),
        Json::String(_) => {
            Payload::Fields(Fields::from_iter([("value", Json::String(value)), ("description", description)]))
        }
        other => return damaged(format!("description: is no text but of the kind {}", other.kind())),
    };
    (Content::Payload(payload), note)
}

/// What `Variable.set` keeps: a text as it is, everything else as JSON indented by two.
fn stored(value: Json) -> SecretText {
    match value {
        Json::String(text) => text,
        other => other.to_text(JsonStyle::indented(2)),
    }
}

fn text(value: SecretText) -> Known {
    (Content::Payload(Payload::Text(value)), None)
}

/// Whether a variables file can hold the payload.
pub(super) fn check(
    payload: &Payload,
    reader: VariablesReader,
    version: AirflowVersion,
) -> Result<(), Rejection> {
    let Payload::Fields(fields) = payload else { return Ok(()) };
    if (reader, version) != (VariablesReader::Import, AirflowVersion::V3_3) {
        return Err(Rejection::new(
            "shape",
            "only `variables import` of Airflow 3 reads a description from a file",
        ));
    }
    let texts = fields.iter().all(|(_, value)| value.as_str().is_some() || value.is_null());
    let known = fields.iter().all(|(name, _)| matches!(name, "value" | "description"));
    match fields.get("value").and_then(Json::as_str) {
        Some(_) if texts && known => Ok(()),
        _ => Err(Rejection::new("shape", "a variable in a file is a text with at most a description")),
    }
}

/// Whether the payload is one text.
pub(super) fn check_text(payload: &Payload) -> Result<(), Rejection> {
    match payload {
        Payload::Text(_) => Ok(()),
        Payload::Fields(_) => Err(Rejection::new("shape", "only a single text can stand here")),
    }
}

/// The payload as a text: `variables export` writes what looks like JSON as JSON, which loses its spelling, and the
/// backend would hand it out as a number or an object.
pub(super) fn spelled(payload: &Payload) -> Json {
    match payload {
        Payload::Text(value) => Json::String(value.clone()),
        // Sorted, as the exporter writes.
        Payload::Fields(fields) => match fields.get("description") {
            None | Some(Json::Null) => fields.get("value").cloned().unwrap_or_default(),
            Some(description) => Json::Object(Fields::from_iter([
                ("description", description.clone()),
                ("value", fields.get("value").cloned().unwrap_or_default()),
            ])),
        },
    }
}

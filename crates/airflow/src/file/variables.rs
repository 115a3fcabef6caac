//! A variable or a config option in a JSON or YAML file.

use airbridge_core::{Content, Fields, Json, JsonStyle, Payload, Rejection, SecretText, State};

use super::content::{ParsedEntry, damaged};
use super::options::VariablesReader;
use crate::reader::AirflowVersion;
use crate::reading::{shown_name, with_article};
use crate::similar::similar;

/// Reads a variable's value: as `variables import` stores it, or as the backend returns it.
pub(super) fn parsed(value: Json, reader: VariablesReader, version: AirflowVersion) -> ParsedEntry {
    match (reader, version) {
        (VariablesReader::Import, AirflowVersion::V3_3) => imported(value),
        // Airflow 2 stores every value that is not a string as JSON, also `{"value": …}`. (`variables import`, 2.11.2.)
        (VariablesReader::Import, AirflowVersion::V2_11) => text(stored(value)),
        (VariablesReader::Backend, AirflowVersion::V3_3) => handed_out(value),
        (VariablesReader::Backend, AirflowVersion::V2_11) => parsed_config(value),
    }
}

/// Reads a config option's value as the backend returns it. A list with one item means that item.
pub(super) fn parsed_config(value: Json) -> ParsedEntry {
    match value {
        Json::Array(mut items) => match (items.pop(), items.is_empty()) {
            (Some(value), true) => handed_out(value),
            _ => damaged("expected a list with exactly one value"),
        },
        value => handed_out(value),
    }
}

fn handed_out(value: Json) -> ParsedEntry {
    match value {
        Json::String(value) => text(value),
        // A backend returns `None` for a missing entry, and Airflow continues its search elsewhere.
        Json::Null => (Content::Hidden(State::NoValue), Vec::new()),
        other => {
            damaged(format!("expected a string, found {}; put the value in quotes", with_article(&other)))
        }
    }
}

fn imported(value: Json) -> ParsedEntry {
    let Json::Object(mut fields) = value else { return text(stored(value)) };
    let Some(value) = fields.remove("value") else { return text(stored(Json::Object(fields))) };
    let description = fields.remove("description").unwrap_or_default();
    let left_out = fields.iter().map(|(name, _)| match similar(name, &["value", "description"]) {
        Some(near) => {
            format!("field {}: ignored by `variables import`, did you mean `{near}`?", shown_name(name))
        }
        None => format!("field {}: ignored by `variables import`", shown_name(name)),
    });
    let left_out = left_out.collect();
    let value = stored(value);
    let payload = match description {
        Json::Null => Payload::Text(value),
        Json::String(_) => {
            Payload::Fields(Fields::from_iter([("value", Json::String(value)), ("description", description)]))
        }
        other => {
            return damaged(format!(
                "field `description`: expected a string, found {}",
                with_article(&other)
            ));
        }
    };
    (Content::Payload(payload), left_out)
}

/// The value that `Variable.set` stores: a string as it is, anything else as JSON indented by two spaces.
fn stored(value: Json) -> SecretText {
    match value {
        Json::String(text) => text,
        other => other.to_text(JsonStyle::indented(2)),
    }
}

fn text(value: SecretText) -> ParsedEntry {
    (Content::Payload(Payload::Text(value)), Vec::new())
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
        _ => Err(Rejection::new(
            "shape",
            "a variable in a file must be a string, optionally with a description",
        )),
    }
}

/// Whether the payload is a single string.
pub(super) fn check_text(payload: &Payload) -> Result<(), Rejection> {
    match payload {
        Payload::Text(_) => Ok(()),
        Payload::Fields(_) => Err(Rejection::new("shape", "a config option must be a single string")),
    }
}

/// The payload as a string value. `variables export` writes a string that looks like JSON as JSON instead, which
/// changes its text, and the backend would return it as a number or an object.
pub(super) fn value(payload: &Payload) -> Json {
    match payload {
        Payload::Text(value) => Json::String(value.clone()),
        // Sorted by key, as the exporter writes them.
        Payload::Fields(fields) => match fields.get("description") {
            None | Some(Json::Null) => fields.get("value").cloned().unwrap_or_default(),
            Some(description) => Json::Object(Fields::from_iter([
                ("description", description.clone()),
                ("value", fields.get("value").cloned().unwrap_or_default()),
            ])),
        },
    }
}

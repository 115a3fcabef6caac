//! A connection in a JSON or YAML file: a URI, or an object with the fields of Airflow's constructor.

use airbridge_core::{Content, Fields, Json, JsonStyle, Payload, Rejection};

use super::content::{ParsedEntry, damaged};
use crate::connection::Field;
use crate::reader::AirflowVersion;
use crate::reading::{shown_name, with_article};
use crate::similar::similar;

/// The fields in the order in which `connections export` writes them.
const EXPORTED: [Field; 8] = [
    Field::ConnType,
    Field::Description,
    Field::Login,
    Field::Password,
    Field::Host,
    Field::Port,
    Field::Schema,
    Field::Extra,
];

/// Reads a connection's value as Airflow's loader does. Nothing is normalised here. Returns `None` for an empty list,
/// which the loader ignores.
pub(super) fn parsed(id: &str, value: Json, version: AirflowVersion) -> Option<ParsedEntry> {
    match value {
        Json::String(uri) => Some((Content::Payload(Payload::Text(uri)), Vec::new())),
        Json::Object(fields) => Some(from_object(id, fields, version)),
        Json::Array(items) => from_list(id, items, version),
        other => Some(damaged(format!("expected a URI or an object, found {}", with_article(&other)))),
    }
}

/// A list with one item means that item, because Airflow's loader returns the entries of `.env` files as lists.
fn from_list(id: &str, mut items: Vec<Json>, version: AirflowVersion) -> Option<ParsedEntry> {
    match (items.pop(), items.is_empty()) {
        (None, _) => None,
        (Some(Json::Array(_)), true) => Some(damaged("expected a URI or an object, found a list in a list")),
        (Some(value), true) => parsed(id, value, version),
        (Some(_), false) => Some(damaged("expected one connection, found a list of several")),
    }
}

fn from_object(id: &str, mut fields: Fields, version: AirflowVersion) -> ParsedEntry {
    let unknown: Vec<_> =
        fields.iter().map(|(name, _)| name).filter(|name| !is_argument(name, version)).collect();
    if !unknown.is_empty() {
        return damaged(unknown_fields(&unknown));
    }
    if let Some(extra) = fields.remove("extra_dejson") {
        if fields.contains("extra") {
            return damaged("`extra` cannot be combined with `extra_dejson`");
        }
        fields.insert("extra", Json::String(extra.to_text(JsonStyle::LINE)));
    }
    match fields.remove("conn_id") {
        Some(inner) if inner.as_str() != Some(id) => {
            return damaged("field `conn_id`: differs from the id of the entry");
        }
        _ => {}
    }
    let team = fields.remove("team_name").filter(|team| !team.is_null());
    let left_out = team.map(|_| "field `team_name`: the team of the connection is not copied".to_owned());
    // Airflow's constructor treats absent and null the same.
    fields.retain(|_, value| !value.is_null());
    (Content::Payload(Payload::Fields(fields)), left_out.into_iter().collect())
}

/// The message about fields that Airflow's constructor rejects.
fn unknown_fields(unknown: &[&str]) -> String {
    let known = EXPORTED.map(Field::name);
    let named = unknown.iter().map(|name| match similar(name, &known) {
        Some(near) => format!("{} is not a connection field, did you mean `{near}`?", shown_name(name)),
        None => format!("{} is not a connection field", shown_name(name)),
    });
    named.collect::<Vec<_>>().join("; ")
}

fn is_argument(name: &str, version: AirflowVersion) -> bool {
    match name {
        "conn_id" | "uri" | "extra_dejson" => true,
        "team_name" => version == AirflowVersion::V3_3,
        _ => Field::named(name).is_some(),
    }
}

/// Whether an object in the file can hold the payload.
pub(super) fn check(payload: &Payload) -> Result<(), Rejection> {
    let Payload::Fields(fields) = payload else { return Ok(()) };
    match fields.iter().map(|(name, _)| name).find(|name| Field::named(name).is_none() && *name != "uri") {
        Some(name) => Err(Rejection::new(
            "shape",
            format!("{} is not a connection field that this file can hold", shown_name(name)),
        )),
        None => Ok(()),
    }
}

/// The payload as `connections export` writes it: all eight fields, with null for absent ones.
pub(super) fn value(payload: &Payload) -> Json {
    let fields = match payload {
        Payload::Text(uri) => return Json::String(uri.clone()),
        Payload::Fields(fields) => fields,
    };
    if fields.contains("uri") {
        return Json::Object(fields.clone());
    }
    let value = |field: Field| (field.name(), fields.get(field.name()).cloned().unwrap_or_default());
    Json::Object(EXPORTED.into_iter().map(value).collect())
}

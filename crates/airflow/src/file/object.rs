//! A connection in a JSON or YAML file: a URI, or an object with the fields of Airflow's constructor.

use airbridge_core::{Content, Fields, Json, JsonStyle, Payload, Rejection};

use super::held::{Known, damaged};
use crate::{AirflowVersion, Field};

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

/// What Airflow's loader makes of a connection's value. It normalises nothing: that is left to the reading.
/// `None` for an empty list, which it passes over.
pub(super) fn known(id: &str, value: Json, version: AirflowVersion) -> Option<Known> {
    match value {
        Json::String(uri) => Some((Content::Payload(Payload::Text(uri)), None)),
        Json::Object(fields) => Some(from_object(id, fields, version)),
        Json::Array(items) => from_list(id, items, version),
        other => Some(damaged(format!("a {} where a URI or an object is expected", other.kind()))),
    }
}

/// A list stands for what it holds, which is how `.env` files come out of Airflow's loader.
fn from_list(id: &str, mut items: Vec<Json>, version: AirflowVersion) -> Option<Known> {
    match (items.pop(), items.is_empty()) {
        (None, _) => None,
        (Some(Json::Array(_)), true) => Some(damaged("a list in a list")),
        (Some(value), true) => known(id, value, version),
        (Some(_), false) => Some(damaged("a list of several connections for one id")),
    }
}

fn from_object(id: &str, mut fields: Fields, version: AirflowVersion) -> Known {
    if let Some(unknown) = fields.iter().map(|(name, _)| name).find(|name| !is_argument(name, version)) {
        return damaged(format!("`{unknown}` is no field of a connection"));
    }
    if let Some(extra) = fields.remove("extra_dejson") {
        if fields.contains("extra") {
            return damaged("extra and extra_dejson exclude each other");
        }
        fields.insert("extra", Json::String(extra.to_text(JsonStyle::LINE)));
    }
    match fields.remove("conn_id") {
        Some(inner) if inner.as_str() != Some(id) => {
            return damaged("conn_id: is not the id under which the connection stands");
        }
        _ => {}
    }
    let note = fields
        .remove("team_name")
        .filter(|team| !team.is_null())
        .map(|_| "team_name: the connection belongs to a team there, which is not carried".to_owned());
    // Airflow's constructor takes absent and null alike.
    let fields = fields.iter().filter(|(_, value)| !value.is_null());
    let fields: Fields = fields.map(|(name, value)| (name, value.clone())).collect();
    (Content::Payload(Payload::Fields(fields)), note)
}

fn is_argument(name: &str, version: AirflowVersion) -> bool {
    match name {
        "conn_id" | "uri" | "extra_dejson" => true,
        "team_name" => version == AirflowVersion::V3_3,
        _ => Field::named(name).is_some(),
    }
}

/// Whether an object can hold the payload.
pub(super) fn check(payload: &Payload) -> Result<(), Rejection> {
    let Payload::Fields(fields) = payload else { return Ok(()) };
    match fields.iter().map(|(name, _)| name).find(|name| Field::named(name).is_none() && *name != "uri") {
        Some(name) => {
            Err(Rejection::new("shape", format!("`{name}` is no field of a connection in this file")))
        }
        None => Ok(()),
    }
}

/// The payload as `connections export` spells it: all eight fields, what is absent as null.
pub(super) fn spelled(payload: &Payload) -> Json {
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

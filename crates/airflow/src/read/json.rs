//! `Connection.from_json`: reads an object of fields and normalises some of them.

use airbridge_core::{Fields, Json, JsonStyle};

use super::constructor::{build, unknown_field};
use super::found::Found;
use crate::connection::{Field, normalise_conn_type};
use crate::python::{int_from_number, int_from_text};
use crate::reader::Reader;
use crate::reading::ReadError;

/// The connection that `reader` gets from `Connection.from_json(text)`.
///
/// # Errors
///
/// If Airflow raises. Also on half of a surrogate pair: Python accepts it, but almost no store can hold it.
pub(super) fn read(reader: Reader, text: &str) -> Result<Found, ReadError> {
    read_fields(reader, parse_object(text)?)
}

pub(super) fn parse_object(text: &str) -> Result<Fields, ReadError> {
    match Json::parse(text) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(other) => Err(ReadError::expected("JSON", "an object", &other)),
        Err(error) => Err(ReadError::new("JSON", error.to_string())),
    }
}

/// Like [`read`], for text that is already parsed.
pub(super) fn read_fields(reader: Reader, mut fields: Fields) -> Result<Found, ReadError> {
    // Airflow passes the id itself, and Python rejects an argument that is passed twice.
    if fields.contains("conn_id") {
        return Err(unknown_field("conn_id"));
    }
    normalise(&mut fields, Field::ConnType, conn_type)?;
    normalise(&mut fields, Field::Port, |value| port(&value))?;
    normalise(&mut fields, Field::Extra, |value| Ok(text(value)))?;
    build(reader, &fields)
}

/// Normalises a field, or removes it if its value is falsy. A removed field may be combined with `uri`.
fn normalise(
    fields: &mut Fields,
    field: Field,
    how: impl FnOnce(Json) -> Result<Json, ReadError>,
) -> Result<(), ReadError> {
    if let Some(value) = fields.remove(field.name()).filter(Json::is_truthy) {
        fields.insert(field.name(), how(value)?);
    }
    Ok(())
}

fn conn_type(value: Json) -> Result<Json, ReadError> {
    // Python evaluates `"-" in value` and calls `replace` only then, so lists and objects without `-` pass.
    let passes = match &value {
        Json::Array(items) => items.iter().all(|item| item.as_str() != Some("-")),
        Json::Object(fields) => !fields.contains("-"),
        _ => false,
    };
    match value {
        Json::String(text) => Ok(Json::string(normalise_conn_type(text.expose()).into_owned())),
        value if passes => Ok(value),
        other => Err(ReadError::expected("conn_type", "a string", &other)),
    }
}

fn port(value: &Json) -> Result<Json, ReadError> {
    let number = match value {
        Json::Bool(_) => Some("1".to_owned()),
        Json::Number(number) => int_from_number(number.expose()),
        Json::String(text) => int_from_text(text.expose()),
        _ => None,
    };
    match number {
        Some(number) => Ok(Json::Number(number.into())),
        None if value.as_str().is_some() => Err(ReadError::new("port", "the string is not a whole number")),
        None => Err(ReadError::expected("port", "a whole number", value)),
    }
}

fn text(extra: Json) -> Json {
    match extra {
        Json::String(_) => extra,
        other => Json::String(other.to_text(JsonStyle::LINE)),
    }
}

/// As [`read`], for tests that need only the connection.
#[cfg(test)]
pub(crate) fn from_json(reader: Reader, text: &str) -> Result<crate::connection::Connection, ReadError> {
    read(reader, text).map(|found| found.connection)
}

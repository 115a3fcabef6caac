//! `Connection.from_json`: an object of fields, some of them normalised.

use airbridge_core::{Fields, Json, JsonStyle};

use super::Found;
use super::constructor::{build, unknown_field};
use crate::python::{int_from_number, int_from_text};
use crate::{Connection, Field, ReadError, Reader, normalise_conn_type};

/// What `reader` makes of `Connection.from_json(text)`.
///
/// # Errors
///
/// Where Airflow raises; and on half of a surrogate pair, which Python can hold and hardly anything can store.
pub fn from_json(reader: Reader, text: &str) -> Result<Connection, ReadError> {
    read(reader, text).map(|found| found.connection)
}

/// As [`from_json`], and with what the text could not express.
pub(super) fn read(reader: Reader, text: &str) -> Result<Found, ReadError> {
    read_fields(reader, parse_object(text)?)
}

pub(super) fn parse_object(text: &str) -> Result<Fields, ReadError> {
    match Json::parse(text) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(other) => Err(ReadError::new("JSON", format!("is a {}, not an object", other.kind()))),
        Err(error) => Err(ReadError::new("JSON", error.to_string())),
    }
}

/// The same for a text that has been parsed.
pub(super) fn read_fields(reader: Reader, mut fields: Fields) -> Result<Found, ReadError> {
    // Airflow gives the id besides, and Python refuses to be given it twice.
    if fields.contains("conn_id") {
        return Err(unknown_field("conn_id"));
    }
    normalise(&mut fields, Field::ConnType, conn_type)?;
    normalise(&mut fields, Field::Port, |value| port(&value))?;
    normalise(&mut fields, Field::Extra, |value| Ok(text(value)))?;
    build(reader, &fields)
}

/// What is false is left out, and so does not count as standing beside `uri`.
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
    // Python asks whether `-` is in it and replaces it only then, so lists and objects without one pass.
    let passes = match &value {
        Json::Array(items) => items.iter().all(|item| item.as_str() != Some("-")),
        Json::Object(fields) => !fields.contains("-"),
        _ => false,
    };
    match value {
        Json::String(text) => Ok(Json::string(normalise_conn_type(text.expose()).into_owned())),
        value if passes => Ok(value),
        other => Err(ReadError::new("conn_type", format!("is a {}, not a text", other.kind()))),
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
        None => Err(ReadError::new("port", format!("is a {} that is no whole number", value.kind()))),
    }
}

fn text(extra: Json) -> Json {
    match extra {
        Json::String(_) => extra,
        other => Json::String(other.to_text(JsonStyle::LINE)),
    }
}

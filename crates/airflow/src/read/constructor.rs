//! The constructor of Airflow's `Connection` class: from named arguments to stored fields.

use airbridge_core::{Fields, Json, JsonStyle};

use super::field::{check_extra, stored_password};
use super::found::Found;
use super::uri::from_uri;
use crate::connection::{Connection, Field};
use crate::reader::Reader;
use crate::reading::{ReadError, Unrepresentable};

/// The connection that `reader` builds with `Connection(**arguments)`. Arguments are the eight fields or `uri`, and in
/// Airflow 3's core `team_name`. Nothing is normalised here; `json.rs` does that.
///
/// # Errors
///
/// If Airflow raises: on an unknown argument, on `uri` together with fields, and on an extra or a password that it
/// cannot store.
pub(super) fn build(reader: Reader, arguments: &Fields) -> Result<Found, ReadError> {
    for (name, _) in arguments.iter() {
        let known = match name {
            "uri" => true,
            "team_name" => reader == Reader::Core3,
            _ => Field::named(name).is_some(),
        };
        if !known {
            return Err(unknown_field(name));
        }
    }
    if reader == Reader::Task3 { build_for_task(arguments) } else { build_for_core(reader, arguments) }
}

/// The error names the field, so that the user can correct it, but never its value.
pub(super) fn unknown_field(name: &str) -> ReadError {
    ReadError::unknown_field(name, "is not a connection field, so Airflow rejects the whole connection")
}

/// The Task SDK keeps every argument as it is.
fn build_for_task(arguments: &Fields) -> Result<Found, ReadError> {
    match arguments.get("uri") {
        None | Some(Json::Null) => {
            Ok(Found { connection: fields_of(arguments), loses: Unrepresentable::default() })
        }
        Some(_) if arguments.len() > 1 => Err(uri_beside_fields()),
        Some(uri) => from_uri(Reader::Task3, uri_text(uri)?).map(Found::in_uri),
    }
}

fn build_for_core(reader: Reader, arguments: &Fields) -> Result<Found, ReadError> {
    let mut given = fields_of(arguments);
    let description = std::mem::take(&mut given.description);
    if let Some(uri) = arguments.get("uri").filter(|uri| uri.is_truthy()) {
        if Field::ALL.into_iter().any(|field| given.get(field).is_truthy()) {
            return Err(uri_beside_fields());
        }
        let connection = Connection { description, ..from_uri(reader, uri_text(uri)?)? };
        return Ok(Found {
            connection,
            loses: Unrepresentable {
                absence: true,
                absent_type: false,
                empty_password: true,
                description: false,
                types: true,
                unseen_description: false,
                spelling: false,
            },
        });
    }
    if given.extra.is_truthy() && given.extra.as_str().is_none() {
        given.extra = Json::String(given.extra.to_text(JsonStyle::LINE));
    }
    check_extra(reader, &given.extra)?;
    let password = stored_password(reader, std::mem::take(&mut given.password))?;
    let loses = Unrepresentable { empty_password: true, ..Unrepresentable::default() };
    Ok(Found { connection: Connection { description, password, ..given }, loses })
}

fn fields_of(arguments: &Fields) -> Connection {
    let mut connection = Connection::default();
    for field in Field::ALL {
        if let Some(value) = arguments.get(field.name()) {
            *connection.get_mut(field) = as_python_holds(value);
        }
    }
    connection
}

/// The value with its numbers written as Python writes them (`1.50` becomes `1.5`).
fn as_python_holds(value: &Json) -> Json {
    match value {
        Json::Number(text) if is_plain(text.expose()) => value.clone(),
        Json::Number(_) => Json::Number(value.to_text(JsonStyle::LINE)),
        Json::Array(items) => Json::Array(items.iter().map(as_python_holds).collect()),
        Json::Object(fields) => {
            Json::Object(fields.iter().map(|(name, value)| (name, as_python_holds(value))).collect())
        }
        other => other.clone(),
    }
}

/// Whether Python writes a number as it is here: a whole number, except for `-0`.
fn is_plain(number: &str) -> bool {
    number != "-0" && number.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
}

fn uri_text(uri: &Json) -> Result<&str, ReadError> {
    uri.as_str().ok_or_else(|| ReadError::expected("uri", "a string", uri))
}

fn uri_beside_fields() -> ReadError {
    ReadError::new("uri", "cannot be combined with other fields")
}

/// As [`build`], for tests that need only the connection.
#[cfg(test)]
pub(crate) fn construct(reader: Reader, arguments: &Fields) -> Result<Connection, ReadError> {
    build(reader, arguments).map(|found| found.connection)
}

//! The constructor of Airflow's connection: named arguments in, stored fields out.

use airbridge_core::{Fields, Json, JsonErrorKind, JsonStyle};

use super::Found;
use super::uri::from_uri;
use crate::{Connection, Field, ReadError, Reader, Unrepresentable};

/// What `reader` holds after `Connection(**arguments)`: the eight fields or `uri`, and in Airflow 3's core `team_name`.
/// Nothing is normalised here; that is [`from_json`](super::from_json)'s.
///
/// # Errors
///
/// Where Airflow raises: an unknown argument, `uri` beside fields, an extra or a password it cannot hold.
pub fn construct(reader: Reader, arguments: &Fields) -> Result<Connection, ReadError> {
    build(reader, arguments).map(|found| found.connection)
}

/// As [`construct`], and with what the arguments could not express.
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

/// The field is named, so that it can be corrected; what stands in it is not.
pub(super) fn unknown_field(name: &str) -> ReadError {
    ReadError::new(name, "is no field of a connection, and Airflow refuses the whole text for it")
}

/// The Task SDK keeps whatever it is given.
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
        return Ok(Found { connection, loses: Unrepresentable { absence: true, description: false } });
    }
    if given.extra.is_truthy() && given.extra.as_str().is_none() {
        given.extra = Json::String(given.extra.to_text(JsonStyle::LINE));
    }
    check_extra(reader, &given.extra)?;
    let password = stored_password(reader, std::mem::take(&mut given.password))?;
    Ok(Found { connection: Connection { description, password, ..given }, loses: Unrepresentable::default() })
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

/// Numbers in the one spelling that Python gives them (`1.50` is `1.5`).
fn as_python_holds(value: &Json) -> Json {
    match value {
        Json::Number(_) => Json::Number(value.to_text(JsonStyle::LINE)),
        Json::Array(items) => Json::Array(items.iter().map(as_python_holds).collect()),
        Json::Object(fields) => {
            Json::Object(fields.iter().map(|(name, value)| (name, as_python_holds(value))).collect())
        }
        other => other.clone(),
    }
}

fn uri_text(uri: &Json) -> Result<&str, ReadError> {
    uri.as_str().ok_or_else(|| ReadError::new("uri", format!("is a {}, not a text", uri.kind())))
}

fn uri_beside_fields() -> ReadError {
    ReadError::new("uri", "stands beside other fields, and Airflow takes the one or the others")
}

/// What a reader's core keeps of a password: everything false is none, and only texts can be encrypted.
pub(super) fn stored_password(reader: Reader, password: Json) -> Result<Json, ReadError> {
    match password {
        password if reader == Reader::Task3 => Ok(password),
        password if !password.is_truthy() => Ok(Json::Null),
        Json::String(_) => Ok(password),
        other => Err(ReadError::new("password", format!("is a {}, not a text", other.kind()))),
    }
}

/// Airflow 3's core takes only extras that are JSON objects; Airflow 2 warns, tasks of Airflow 3 do not look.
pub(super) fn check_extra(reader: Reader, extra: &Json) -> Result<(), ReadError> {
    let Some(text) = extra.as_str().filter(|text| !text.is_empty()) else { return Ok(()) };
    let refused = match (reader, Json::parse(text)) {
        (Reader::Task3, _) | (Reader::Core3, Ok(Json::Object(_))) | (Reader::Core2, Ok(_)) => None,
        (Reader::Core3, Ok(other)) => Some(format!("is a {}, not an object", other.kind())),
        (_, Err(error)) => match error.kind {
            JsonErrorKind::Limit => Some(error.to_string()),
            JsonErrorKind::Syntax if reader == Reader::Core3 => Some(format!("is no JSON: {error}")),
            // Python reads on. What begins like an object can only be one, if it is JSON at all.
            JsonErrorKind::Surrogate if reader == Reader::Core3 && !text.trim_start().starts_with('{') => {
                Some("is no object".to_owned())
            }
            JsonErrorKind::Syntax | JsonErrorKind::Surrogate => None,
        },
    };
    refused.map_or(Ok(()), |message| Err(ReadError::new("extra", message)))
}

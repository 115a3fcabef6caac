//! The formats that Airflow itself writes: `get_uri()` and `as_json()`. They lose information, so
//! [`spell`](super::spell) does not use them.

use airbridge_core::{Fields, Json, JsonErrorKind, JsonStyle, SecretText};
use zeroize::Zeroizing;

use crate::connection::{Connection, Field};
use crate::python::{quote, quote_plus};
use crate::read::EXTRA_KEY;
use crate::reader::{AirflowVersion, Reader};
use crate::reading::ReadError;

/// The result of `connection.get_uri()`, which `airflow connections export` writes into an `.env` file.
///
/// # Errors
///
/// If Airflow raises: on a field that is not a string, and on an extra that it cannot parse.
pub fn exporter_uri(connection: &Connection, reader: Reader) -> Result<SecretText, ReadError> {
    // Enough for every byte percent-encoded: growing would leave a copy of a secret in freed memory.
    let length: usize =
        Field::ALL.into_iter().filter_map(|field| connection.get(field).as_str()).map(str::len).sum();
    let mut uri = Zeroizing::new(String::with_capacity(3 * length + 64));
    let conn_type = text(connection, Field::ConnType)?;
    if conn_type.is_some_and(|conn_type| !conn_type.is_empty()) {
        uri.push_str(&conn_type.unwrap_or_default().to_lowercase().replace('_', "-"));
        uri.push(':');
    }
    uri.push_str("//");

    let host = text(connection, Field::Host)?.unwrap_or_default();
    let (protocol, host) = match host.split_once("://") {
        // Since 3.1.0 a protocol that equals the type is not split off, because the result could not be read back.
        Some((protocol, _)) if reader.version() != AirflowVersion::V2_11 && Some(protocol) == conn_type => {
            ("", host)
        }
        Some((protocol, rest)) => (protocol, rest),
        None => ("", host),
    };
    if !protocol.is_empty() {
        uri.push_str(protocol);
        uri.push_str("://");
    }

    let authority = uri.len();
    if !connection.login.is_null() {
        uri.extend(quote(required(connection, Field::Login)?));
    }
    if !connection.password.is_null() {
        uri.push(':');
        uri.extend(quote(required(connection, Field::Password)?));
    }
    let has_userinfo = uri.len() > authority;
    if has_userinfo {
        uri.push('@');
    }
    uri.extend(quote(host));
    if connection.port.is_truthy() {
        uri.push_str(if has_userinfo || !host.is_empty() { ":" } else { "@:" });
        uri.push_str(&port_text(&connection.port)?);
    }
    let schema = text(connection, Field::Schema)?.unwrap_or_default();
    if !schema.is_empty() {
        uri.push('/');
        uri.extend(quote(schema));
    }
    if connection.extra.is_truthy() {
        uri.push_str(if schema.is_empty() { "/?" } else { "?" });
        push_query(&mut uri, connection)?;
    }
    Ok(SecretText::new(std::mem::take(&mut *uri)))
}

/// Whether `connection.get_uri()` returns, without building the URI.
///
/// # Errors
///
/// As [`exporter_uri`].
pub fn check_exporter_uri(connection: &Connection) -> Result<(), ReadError> {
    text(connection, Field::ConnType)?;
    text(connection, Field::Host)?;
    for field in [Field::Login, Field::Password] {
        if !connection.get(field).is_null() {
            required(connection, field)?;
        }
    }
    if connection.port.is_truthy() {
        port_text(&connection.port)?;
    }
    text(connection, Field::Schema)?;
    if connection.extra.is_truthy() {
        extra_dejson(connection)?;
    }
    Ok(())
}

/// Writes one query key per key of the extra if all its values are strings, because only such a query reads back as an
/// equal object. Otherwise writes the whole extra under one key.
fn push_query(uri: &mut String, connection: &Connection) -> Result<(), ReadError> {
    let extra = extra_dejson(connection)?;
    let flat = extra.as_object().filter(|fields| !fields.is_empty()).and_then(|fields| {
        fields
            .iter()
            .map(|(name, value)| value.as_str().map(|value| (name, value)))
            .collect::<Option<Vec<_>>>()
    });
    let whole = vec![(EXTRA_KEY, connection.extra.as_str().unwrap_or_default())];
    for (index, (name, value)) in flat.unwrap_or(whole).into_iter().enumerate() {
        if index > 0 {
            uri.push('&');
        }
        uri.extend(quote_plus(name));
        uri.push('=');
        uri.extend(quote_plus(value));
    }
    Ok(())
}

/// The result of `connection.as_json()`, without absent fields and with the extra as an object.
///
/// # Errors
///
/// If Airflow raises: on an extra that it cannot parse.
#[cfg(test)]
pub(crate) fn exporter_json(connection: &Connection, _reader: Reader) -> Result<SecretText, ReadError> {
    let order = [
        Field::ConnType,
        Field::Description,
        Field::Host,
        Field::Login,
        Field::Password,
        Field::Schema,
        Field::Port,
    ];
    let mut fields = Fields::new();
    for field in order {
        if let Some(value) = without_nulls(connection.get(field)) {
            fields.insert(field.name(), value);
        }
    }
    let extra = extra_dejson(connection)?;
    if extra.is_truthy() {
        fields.insert(Field::Extra.name(), extra);
    }
    Ok(Json::Object(fields).to_text(JsonStyle::LINE))
}

/// The value that tasks get as `extra_dejson`: the parsed extra, or an empty object if it is absent or not valid JSON.
///
/// # Errors
///
/// If Airflow raises: on an extra that is not a string, or beyond the limits of Python's JSON parser. Also on half of a
/// surrogate pair, which Python accepts and [`Json`] cannot represent.
pub(crate) fn extra_dejson(connection: &Connection) -> Result<Json, ReadError> {
    let nothing = || Json::Object(Fields::new());
    match &connection.extra {
        extra if !extra.is_truthy() => Ok(nothing()),
        Json::String(text) => match Json::parse(text.expose()) {
            Ok(extra) => Ok(extra),
            Err(error) if error.kind == JsonErrorKind::Syntax => Ok(nothing()),
            Err(error) => Err(ReadError::new("extra", error.to_string())),
        },
        other => Err(not_a_string(Field::Extra, other)),
    }
}

/// A string field. A falsy value counts as absent.
fn text(connection: &Connection, field: Field) -> Result<Option<&str>, ReadError> {
    match connection.get(field) {
        Json::String(text) => Ok(Some(text.expose())),
        value if !value.is_truthy() => Ok(None),
        value => Err(not_a_string(field, value)),
    }
}

fn required(connection: &Connection, field: Field) -> Result<&str, ReadError> {
    let value = connection.get(field);
    value.as_str().ok_or_else(|| not_a_string(field, value))
}

/// `str(port)`.
fn port_text(port: &Json) -> Result<String, ReadError> {
    match port {
        Json::String(text) => Ok(text.expose().to_owned()),
        Json::Number(_) => Ok(port.to_text(JsonStyle::LINE).expose().to_owned()),
        Json::Bool(_) => Ok("True".to_owned()),
        other => Err(not_a_string(Field::Port, other)),
    }
}

fn not_a_string(field: Field, value: &Json) -> ReadError {
    ReadError::expected(field.name(), "a string", value)
}

/// Airflow's `prune_dict`: the value without nulls at any depth, or `None` if it is null itself.
#[cfg(test)]
fn without_nulls(value: &Json) -> Option<Json> {
    match value {
        Json::Null => None,
        Json::Array(items) => Some(Json::Array(items.iter().filter_map(without_nulls).collect())),
        Json::Object(fields) => Some(Json::Object(
            fields.iter().filter_map(|(name, value)| Some((name, without_nulls(value)?))).collect(),
        )),
        other => Some(other.clone()),
    }
}

//! A URI that Airflow's three readers read alike.

use airbridge_core::{Json, SecretText};
use zeroize::Zeroizing;

use crate::python::{int_from_text, quote, quote_plus};
use crate::read::EXTRA_KEY;
use crate::{Connection, Field};

/// Why a connection has no safe URI: the field, and the rule it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// The field.
    pub(crate) field: Field,
    /// What a URI tells of it, as the end of "in a URI the field …".
    pub(crate) rule: &'static str,
}

impl Obstacle {
    fn new(field: Field, rule: &'static str) -> Self {
        Self { field, rule }
    }
}

/// The URI. It cannot tell an absent host or schema from an empty one, nor an absent login beside a password, and has
/// no place for a description; whoever needs these compares what is read back.
pub(crate) fn safe_uri(connection: &Connection) -> Result<SecretText, Obstacle> {
    let mut uri = Zeroizing::new(String::new());
    push_scheme(&mut uri, connection)?;
    let login = text(connection, Field::Login)?;
    let password = text(connection, Field::Password)?;
    if password == Some("") {
        return Err(Obstacle::new(Field::Password, "cannot be empty: one reader takes that for absent"));
    }
    uri.extend(quote(login.unwrap_or_default()));
    if let Some(password) = password {
        uri.push(':');
        uri.extend(quote(password));
    }
    if login.is_some() || password.is_some() {
        uri.push('@');
    }
    push_host(&mut uri, text(connection, Field::Host)?.unwrap_or_default());
    push_port(&mut uri, connection)?;

    let schema = text(connection, Field::Schema)?.unwrap_or_default();
    let extra = if connection.extra.is_truthy() { text(connection, Field::Extra)? } else { None };
    if !schema.is_empty() || extra.is_some() {
        uri.push('/');
        uri.extend(quote(schema));
    }
    if let Some(extra) = extra {
        uri.push('?');
        uri.push_str(EXTRA_KEY);
        uri.push('=');
        uri.extend(quote_plus(extra));
    }
    Ok(SecretText::new(std::mem::take(&mut *uri)))
}

fn push_scheme(uri: &mut String, connection: &Connection) -> Result<(), Obstacle> {
    const RULE: &str =
        "is a lower-case letter and then lower-case letters, digits, `_`, `+` and `.`, and never absent";
    let normalised = connection.clone().normalised();
    let Some(conn_type) = normalised.conn_type.as_str() else {
        return Err(Obstacle::new(Field::ConnType, RULE));
    };
    // An empty type is what Airflow reads where there is no scheme.
    if !conn_type.is_empty() {
        let in_scheme =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '+' | '.');
        if !conn_type.starts_with(|c: char| c.is_ascii_lowercase()) || !conn_type.chars().all(in_scheme) {
            return Err(Obstacle::new(Field::ConnType, RULE));
        }
        uri.push_str(&conn_type.replace('_', "-"));
        uri.push(':');
    }
    uri.push_str("//");
    Ok(())
}

/// Readers lower the case of everything before the first `%`, so a host with upper case begins with one.
fn push_host(uri: &mut String, host: &str) {
    let mut rest = host;
    if host.contains(|c: char| c.is_ascii_uppercase())
        && let Some(first) = host.bytes().next().filter(u8::is_ascii)
    {
        uri.push('%');
        uri.extend(
            [first >> 4, first & 0xF].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
        );
        rest = &host[1..];
    }
    uri.extend(quote(rest));
}

fn push_port(uri: &mut String, connection: &Connection) -> Result<(), Obstacle> {
    let port = match &connection.port {
        Json::Null => return Ok(()),
        Json::Number(port) => port.expose().parse::<u16>().ok(),
        Json::String(port) => int_from_text(port.expose()).and_then(|port| port.parse().ok()),
        _ => None,
    };
    let port = port.ok_or(Obstacle::new(Field::Port, "is a whole number from 0 to 65535"))?;
    uri.push(':');
    uri.push_str(&port.to_string());
    Ok(())
}

fn text(connection: &Connection, field: Field) -> Result<Option<&str>, Obstacle> {
    match connection.get(field) {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text.expose())),
        _ => Err(Obstacle::new(field, "is a text")),
    }
}

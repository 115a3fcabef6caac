//! A URI that all three of Airflow's readers read the same.

use airbridge_core::{Json, SecretText};
use zeroize::Zeroizing;

use crate::connection::{Connection, Field};
use crate::python::{int_from_text, quote, quote_plus};
use crate::read::EXTRA_KEY;

/// Why a connection has no safe URI: a field, and the rule that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// The field.
    pub(crate) field: Field,
    /// The rule, as the end of the sentence "in a URI, `FIELD` …".
    pub(crate) rule: &'static str,
}

impl Obstacle {
    fn new(field: Field, rule: &'static str) -> Self {
        Self { field, rule }
    }
}

/// Writes the URI. It cannot express a description, the type of a field, an empty password, the difference between an absent and an empty host or schema, or an
/// absent login next to a password. The caller must read it back and compare if these matter.
pub(crate) fn safe_uri(connection: &Connection) -> Result<SecretText, Obstacle> {
    let strings = connection.with_strings();
    let connection = strings.as_ref().unwrap_or(connection);
    let mut uri = Zeroizing::new(String::new());
    push_scheme(&mut uri, connection)?;
    let login = text(connection, Field::Login)?;
    // Some readers treat an empty password as absent, so it is written as absent for all.
    let password = text(connection, Field::Password)?.filter(|password| !password.is_empty());
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
    // A shell may read `~` as a home folder. Every reader of a URI decodes it.
    if uri.contains('~') {
        return Ok(SecretText::new(uri.replace('~', "%7E")));
    }
    Ok(SecretText::new(std::mem::take(&mut *uri)))
}

fn push_scheme(uri: &mut String, connection: &Connection) -> Result<(), Obstacle> {
    const RULE: &str =
        "must start with a lower-case letter and contain only lower-case letters, digits, `_`, `+` and `.`";
    let normalised = connection.clone().normalised();
    let conn_type = match &normalised.conn_type {
        Json::Null => "",
        Json::String(conn_type) => conn_type.expose(),
        _ => return Err(Obstacle::new(Field::ConnType, RULE)),
    };
    // Without a scheme, Airflow reads an empty type.
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

/// Writes the host. Readers convert everything before the first `%` to lower case, so a host with upper-case letters
/// must start with a percent-encoded character.
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
        Json::String(port) if port.is_empty() => return Ok(()),
        Json::Number(port) => port.expose().parse::<u16>().ok(),
        Json::String(port) => int_from_text(port.expose()).and_then(|port| port.parse().ok()),
        _ => None,
    };
    let port = port.ok_or(Obstacle::new(Field::Port, "must be a whole number from 0 to 65535"))?;
    uri.push(':');
    uri.push_str(&port.to_string());
    Ok(())
}

fn text(connection: &Connection, field: Field) -> Result<Option<&str>, Obstacle> {
    match connection.get(field) {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text.expose())),
        _ => Err(Obstacle::new(field, "must be a string")),
    }
}

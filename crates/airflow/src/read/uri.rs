//! A connection URI, parsed as Airflow parses it: Python's `urlsplit`, with Airflow's own steps before and after it.

use airbridge_core::{Fields, Json, JsonErrorKind, JsonStyle, SecretText};
use zeroize::Zeroizing;

use super::field::{check_extra, stored_password};
use crate::connection::{Connection, normalise_conn_type};
use crate::python::{SplitError, UrlParts, drop_ignored, parse_query, unquote};
use crate::reader::Reader;
use crate::reading::ReadError;

/// The query key whose value is the whole extra.
pub(crate) const EXTRA_KEY: &str = "__extra__";

/// The connection that `reader` gets from `Connection(uri=…)`. The text is not trimmed first; backends do that.
///
/// # Errors
///
/// If Airflow raises. Airflow reads many strings that are not URIs without an error, as a connection with an empty
/// type.
pub(crate) fn from_uri(reader: Reader, uri: &str) -> Result<Connection, ReadError> {
    if uri.is_empty() && reader != Reader::Task3 {
        return Ok(Connection::default());
    }
    let separators = uri.matches("://").count();
    if separators > 2 {
        return Err(ReadError::new("URI", "contains `://` more than twice"));
    }
    let host_has_protocol = separators == 2;

    let cleaned = drop_ignored(uri);
    let scheme = UrlParts::split(&cleaned).map_err(rejected)?.scheme;
    // Airflow replaces every occurrence, even inside another word.
    let rest =
        Zeroizing::new(uri.replace(&format!("{scheme}://"), if host_has_protocol { "" } else { "//" }));
    let before_protocol = rest.split_once("://").map_or(rest.as_str(), |(before, _)| before);
    if host_has_protocol && before_protocol.contains(['@', ':']) {
        return Err(ReadError::new("URI", "contains a second `://` after an `@` or a `:`"));
    }
    let cleaned = drop_ignored(&rest);
    let parts = UrlParts::split(&cleaned).map_err(rejected)?;

    let (login, password) = parts.userinfo();
    let port = parts.port().map_err(rejected)?;
    Ok(Connection {
        conn_type: Json::string(normalise_conn_type(&scheme).into_owned()),
        description: Json::Null,
        host: host(&parts, host_has_protocol),
        schema: Json::String(unquote(after_first_character(parts.path))),
        login: login.map_or(Json::Null, |login| Json::String(unquote(login))),
        password: match password {
            None => Json::Null,
            Some(password) => stored_password(reader, Json::String(unquote(password)))?,
        },
        port: port.map_or(Json::Null, |port| Json::integer(port.into())),
        extra: extra(reader, parts.query)?,
    })
}

fn rejected(error: SplitError) -> ReadError {
    let field = match error {
        SplitError::UnpairedBracket | SplitError::NotAnIpv6Address | SplitError::HiddenDelimiter => "host",
        SplitError::PortNotANumber | SplitError::PortOutOfRange => "port",
    };
    ReadError::new(field, error.to_string())
}

fn host(parts: &UrlParts<'_>, has_protocol: bool) -> Json {
    let mut host = unquote(&parts.hostname());
    if host.expose().contains('/') {
        // The host is a path: Airflow extracts it again, so that upper and lower case are kept.
        let netloc = parts.netloc.rsplit_once('@').map_or(parts.netloc, |(_, rest)| rest);
        host = unquote(netloc.split_once(':').map_or(netloc, |(before, _)| before));
    }
    if has_protocol && !host.is_empty() && !parts.scheme.is_empty() {
        host = SecretText::new(format!("{}://{}", parts.scheme, host.expose()));
    }
    Json::String(host)
}

fn after_first_character(path: &str) -> &str {
    let mut characters = path.chars();
    characters.next();
    characters.as_str()
}

fn extra(reader: Reader, query: &str) -> Result<Json, ReadError> {
    if query.is_empty() {
        return Ok(Json::Null);
    }
    let fields: Fields =
        parse_query(query).map(|(name, value)| (name.expose().to_owned(), Json::String(value))).collect();
    let extra = match fields.get(EXTRA_KEY) {
        Some(extra) => extra.clone(),
        None if reader == Reader::Core3 => text_of(typed(&fields)?),
        None => text_of(fields),
    };
    check_extra(reader, &extra)?;
    Ok(extra)
}

fn text_of(fields: Fields) -> Json {
    Json::String(Json::Object(fields).to_text(JsonStyle::LINE))
}

/// Since version 3.1.6, Airflow's core parses each value that is JSON.
fn typed(fields: &Fields) -> Result<Fields, ReadError> {
    let mut typed = Fields::new();
    for (name, value) in fields.iter() {
        let value = match Json::parse(value.as_str().unwrap_or_default()) {
            Ok(parsed) => parsed,
            Err(error) if error.kind == JsonErrorKind::Syntax => value.clone(),
            Err(error) => return Err(ReadError::new("extra", error.message)),
        };
        typed.insert(name, value);
    }
    Ok(typed)
}

//! A URI, as Airflow takes it apart: Python's `urlsplit` with steps of Airflow's before and after it.

use airbridge_core::{Fields, Json, JsonErrorKind, JsonStyle, SecretText};
use zeroize::Zeroizing;

use super::constructor::{check_extra, stored_password};
use crate::python::{SplitError, UrlParts, drop_ignored, parse_query, unquote};
use crate::{Connection, ReadError, Reader, normalise_conn_type};

/// The key of a query whose value is the whole extra.
pub(crate) const EXTRA_KEY: &str = "__extra__";

/// What `reader` makes of `Connection(uri=…)`. The text is not trimmed first; backends do that.
///
/// # Errors
///
/// Where Airflow raises. Many texts that are no URI are read without an error, into a connection of an empty type.
pub fn from_uri(reader: Reader, uri: &str) -> Result<Connection, ReadError> {
    if uri.is_empty() && reader != Reader::Task3 {
        return Ok(Connection::default());
    }
    let separators = uri.matches("://").count();
    if separators > 2 {
        return Err(ReadError::new("URI", "holds `://` more than twice"));
    }
    let host_has_protocol = separators == 2;

    let cleaned = drop_ignored(uri);
    let scheme = UrlParts::split(&cleaned).map_err(refused)?.scheme;
    // Every occurrence, even one inside another word.
    let rest =
        Zeroizing::new(uri.replace(&format!("{scheme}://"), if host_has_protocol { "" } else { "//" }));
    let before_protocol = rest.split_once("://").map_or(rest.as_str(), |(before, _)| before);
    if host_has_protocol && before_protocol.contains(['@', ':']) {
        return Err(ReadError::new("URI", "holds a second `://` behind an `@` or a `:`"));
    }
    let cleaned = drop_ignored(&rest);
    let parts = UrlParts::split(&cleaned).map_err(refused)?;

    let (login, password) = parts.userinfo();
    let port = parts.port().map_err(refused)?;
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

fn refused(error: SplitError) -> ReadError {
    let field = match error {
        SplitError::UnpairedBracket | SplitError::NoAddressInBrackets | SplitError::HiddenDelimiter => "host",
        SplitError::PortNoNumber | SplitError::PortOutOfRange => "port",
    };
    ReadError::new(field, error.to_string())
}

fn host(parts: &UrlParts<'_>, has_protocol: bool) -> Json {
    let mut host = unquote(&parts.hostname());
    if host.expose().contains('/') {
        // A path as a host: taken anew, so that its case is kept.
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

/// From Airflow 3.1.6 on its core replaces each value that is JSON by what it means.
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

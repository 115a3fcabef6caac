//! Reading: from a stored payload to what Airflow makes of it.
//!
//! ```text
//!   Text ───────────► uri.rs  or  json.rs ─┐
//!   SecretsManager ─► secrets_manager.rs ──┼─► constructor.rs ─► Connection
//!   Vault ──────────► vault.rs ────────────┤
//!   File, EnvFile ──► file.rs ─────────────┘
//!   Astro ──────────► astro.rs
//! ```

mod astro;
mod constructor;
mod file;
mod json;
mod secrets_manager;
mod uri;
mod vault;

use airbridge_core::{Fields, Json, Payload};

pub use constructor::construct;
pub use json::from_json;
pub(crate) use uri::EXTRA_KEY;
pub use uri::from_uri;

use crate::python::strip;
use crate::{Connection, Kind, ReadError, Reader, Reading, Unrepresentable};

/// Whose rules a payload is read by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A text, JSON or URI by its first character: Parameter Store, Google, Azure, the environment, `.env` files.
    Text,
    /// As [`Text`](Self::Text), but JSON is reduced to seven fields by synonyms: AWS Secrets Manager.
    SecretsManager {
        /// `extra_conn_words`: more synonyms by Airflow's part name (`user` means login), in order.
        extra_conn_words: Vec<(String, Vec<String>)>,
    },
    /// A map of fields, or one field `conn_uri`; variables and config options in the field `value`: Vault.
    Vault,
    /// An object with the constructor's fields, or a URI; nothing is normalised: JSON and YAML connection files.
    File,
    /// Always a URI: `connections.env`.
    EnvFile,
    /// The fields of `airflow_settings.yaml`, as the Astro CLI hands them to the REST API.
    Astro,
}

/// What `reader` makes of `payload` under the rules of `dialect`.
pub fn read(dialect: &Dialect, reader: Reader, kind: Kind, payload: &Payload) -> Reading {
    match kind {
        Kind::Connection => match read_connection(dialect, reader, payload) {
            Ok(Some(Found { connection, loses })) => {
                Reading::Connection { connection: Box::new(connection), loses }
            }
            Ok(None) => Reading::Missing,
            Err(error) => Reading::Unreadable(error),
        },
        Kind::Variable | Kind::Config => read_value(dialect, payload),
    }
}

/// A connection, and what the spelling it was read from cannot express.
#[derive(Debug)]
struct Found {
    connection: Connection,
    loses: Unrepresentable,
}

impl Found {
    /// From a URI, which has no description and cannot tell absent from empty.
    fn in_uri(connection: Connection) -> Self {
        Self { connection, loses: Unrepresentable { absence: true, description: true } }
    }
}

fn read_connection(dialect: &Dialect, reader: Reader, payload: &Payload) -> Result<Option<Found>, ReadError> {
    match (dialect, payload) {
        (Dialect::Text, Payload::Text(text)) => {
            read_text(text.expose(), reader, |text| json::read(reader, text))
        }
        (Dialect::SecretsManager { extra_conn_words }, Payload::Text(text)) => {
            read_text(text.expose(), reader, |_| {
                secrets_manager::read(reader, extra_conn_words, text.expose())
            })
        }
        (Dialect::Vault, Payload::Fields(fields)) => vault::read(reader, fields).map(Some),
        (Dialect::File, Payload::Fields(fields)) => file::read_object(reader, fields).map(Some),
        (Dialect::File | Dialect::EnvFile, Payload::Text(text)) => {
            file::read_uri(reader, text.expose()).map(Some)
        }
        // A line with JSON, which Airflow takes for a URI and reads as garbage: what was meant is plain.
        (Dialect::EnvFile, Payload::Fields(fields)) => json::read_fields(reader, fields.clone()).map(Some),
        (Dialect::Astro, Payload::Fields(fields)) => astro::read(fields).map(Some),
        (_, payload) => Err(wrong_shape(payload)),
    }
}

/// What Airflow's backends do with the text of a connection: trimmed, JSON if it begins with `{`, else a URI.
/// An empty text counts as nothing.
fn read_text(
    text: &str,
    reader: Reader,
    json: impl FnOnce(&str) -> Result<Found, ReadError>,
) -> Result<Option<Found>, ReadError> {
    if text.is_empty() {
        return Ok(None);
    }
    let text = strip(text);
    match text.chars().next() {
        None => Err(ReadError::new("value", "holds nothing but blanks, on which Airflow raises")),
        Some('{') => json(text).map(Some),
        Some(_) => from_uri(reader, text).map(Found::in_uri).map(Some),
    }
}

fn read_value(dialect: &Dialect, payload: &Payload) -> Reading {
    match (dialect, payload) {
        (Dialect::Vault, Payload::Fields(fields)) => value_of(fields, None),
        (Dialect::File | Dialect::Astro, Payload::Fields(fields)) => {
            value_of(fields, Some(fields.get("description").cloned().unwrap_or_default()))
        }
        (Dialect::Vault, Payload::Text(_)) | (_, Payload::Fields(_)) => {
            Reading::Unreadable(wrong_shape(payload))
        }
        (_, Payload::Text(text)) => Reading::Value {
            value: Json::String(text.clone()),
            description: Json::Null,
            loses: Unrepresentable { absence: false, description: true },
        },
    }
}

/// The field `value`; `description` is `None` where the place knows none.
fn value_of(fields: &Fields, description: Option<Json>) -> Reading {
    match fields.get("value") {
        None | Some(Json::Null) => Reading::Missing,
        Some(value) => Reading::Value {
            value: value.clone(),
            loses: Unrepresentable { absence: false, description: description.is_none() },
            description: description.unwrap_or_default(),
        },
    }
}

fn wrong_shape(payload: &Payload) -> ReadError {
    let message = match payload {
        Payload::Text(_) => "is one text where Airflow reads named fields",
        Payload::Fields(_) => "is a set of named fields where Airflow reads one text",
    };
    ReadError::new("value", message)
}

#[cfg(test)]
mod tests;

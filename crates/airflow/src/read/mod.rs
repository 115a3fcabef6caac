//! Reading: from a stored payload to what Airflow gets from it.
//!
//! ```text
//!   Text ─► text.rs ► uri.rs  or  json.rs ─┐
//!   SecretsManager ─► secrets_manager.rs ──┼─► constructor.rs ─► Connection
//!   Vault ──────────► vault.rs ────────────┤
//!   File, EnvFile ──► file.rs ─────────────┘
//!   Astro ──────────► astro.rs
//!   Row ────────────► row.rs
//!   Probe ──────────► probe.rs
//! ```

mod astro;
mod constructor;
mod dialect;
mod field;
mod file;
mod found;
mod ignored;
mod json;
mod probe;
mod row;
mod secrets_manager;
#[cfg(test)]
mod tests;
mod text;
mod uri;
mod vault;

use std::sync::Arc;

use airbridge_core::{Fields, Json, Payload};

#[cfg(test)]
pub(crate) use constructor::construct;
pub use dialect::Dialect;
pub use ignored::{IgnoredField, ignored_fields};
#[cfg(test)]
pub(crate) use json::from_json;
pub(crate) use probe::probe_payload;
pub(crate) use uri::EXTRA_KEY;
#[cfg(test)]
pub(crate) use uri::from_uri;

use found::Found;
use text::read_text;

use crate::entry::Kind;
use crate::reader::Reader;
use crate::reading::{ReadError, Reading, Unrepresentable};

/// What `reader` gets from `payload` by the rules of `dialect`.
pub fn read(dialect: &Dialect, reader: Reader, kind: Kind, payload: &Payload) -> Reading {
    match kind {
        Kind::Connection => match read_connection(dialect, reader, payload) {
            Ok(Some(Found { connection, loses })) => {
                Reading::Connection { connection: Arc::new(connection), loses }
            }
            Ok(None) => Reading::Missing,
            Err(error) => Reading::Unreadable(error),
        },
        Kind::Variable | Kind::Config => read_value(dialect, kind, payload),
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
        // A line with JSON. Airflow parses it as a URI and gets garbage, but the intended connection is clear.
        (Dialect::EnvFile, Payload::Fields(fields)) => json::read_fields(reader, fields.clone()).map(Some),
        (Dialect::Astro, Payload::Fields(fields)) => astro::read(fields).map(Some),
        (Dialect::Row { respelled }, Payload::Fields(fields)) => {
            row::read(reader, *respelled, fields).map(Some)
        }
        (Dialect::Probe, Payload::Fields(fields)) => probe::read(fields),
        (_, payload) => Err(wrong_shape(payload)),
    }
}

fn read_value(dialect: &Dialect, kind: Kind, payload: &Payload) -> Reading {
    match (dialect, payload) {
        (Dialect::Vault, Payload::Fields(fields)) => value_of(fields, None),
        (Dialect::File | Dialect::Astro | Dialect::Row { .. } | Dialect::Probe, Payload::Fields(fields)) => {
            let description = fields.get("description").cloned().unwrap_or_default();
            match (value_of(fields, Some(description)), dialect) {
                (Reading::Value { value, description, loses }, Dialect::Row { respelled }) => {
                    let loses = Unrepresentable { spelling: *respelled, ..loses };
                    Reading::Value { value, description, loses }
                }
                (reading, _) => reading,
            }
        }
        (Dialect::Vault, Payload::Text(_)) | (_, Payload::Fields(_)) => {
            Reading::Unreadable(wrong_shape(payload))
        }
        (_, Payload::Text(text)) => Reading::Value {
            value: Json::String(text.clone()),
            description: Json::Null,
            loses: Unrepresentable {
                description: true,
                unseen_description: *dialect == Dialect::Probe && kind == Kind::Variable,
                ..Unrepresentable::default()
            },
        },
    }
}

/// Reads the field `value`. `description` is `None` if the format has no descriptions.
fn value_of(fields: &Fields, description: Option<Json>) -> Reading {
    match fields.get("value") {
        None | Some(Json::Null) => Reading::Missing,
        Some(value) => Reading::Value {
            value: value.clone(),
            loses: Unrepresentable { description: description.is_none(), ..Unrepresentable::default() },
            description: description.unwrap_or_default(),
        },
    }
}

fn wrong_shape(payload: &Payload) -> ReadError {
    let message = match payload {
        Payload::Text(_) => "expected named fields, found a single string",
        Payload::Fields(_) => "expected a single string, found named fields",
    };
    ReadError::new("value", message)
}

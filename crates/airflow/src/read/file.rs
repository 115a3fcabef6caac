//! Connections in files of the local filesystem backend: objects with the constructor's arguments, or URIs.
//!
//! Airflow loads them with its core class, in tasks as well. (Airflow 3.3.2, `airflow.secrets.local_filesystem`.)

use airbridge_core::{Fields, Json, JsonStyle};

use super::constructor::build;
use super::found::Found;
use super::uri::from_uri;
use crate::reader::Reader;
use crate::reading::ReadError;

/// Reads an object. The file's own reader has already compared its `conn_id` with the key.
pub(super) fn read_object(reader: Reader, fields: &Fields) -> Result<Found, ReadError> {
    let mut arguments = fields.clone();
    arguments.remove("conn_id");
    if let Some(extra) = arguments.remove("extra_dejson") {
        if arguments.contains("extra") {
            return Err(ReadError::new("extra_dejson", "cannot be combined with `extra`"));
        }
        arguments.insert("extra", Json::String(extra.to_text(JsonStyle::LINE)));
    }
    build(core(reader), &arguments)
}

/// Reads a string as a URI, whatever its first character is. It is not trimmed.
pub(super) fn read_uri(reader: Reader, uri: &str) -> Result<Found, ReadError> {
    from_uri(core(reader), uri).map(Found::in_uri)
}

fn core(reader: Reader) -> Reader {
    reader.version().core_reader()
}

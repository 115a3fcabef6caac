//! The files of the local file backend: objects with the constructor's arguments, or URIs.
//!
//! Airflow loads them with its core class, in tasks too. (Airflow 3.3.2, `airflow.secrets.local_filesystem`.)

use airbridge_core::{Fields, Json, JsonStyle};

use super::Found;
use super::constructor::build;
use crate::{ReadError, Reader, from_uri};

/// An object. Whether its `conn_id` is the key it stands under is for the file to say.
pub(super) fn read_object(reader: Reader, fields: &Fields) -> Result<Found, ReadError> {
    let mut arguments = fields.clone();
    arguments.remove("conn_id");
    if let Some(extra) = arguments.remove("extra_dejson") {
        if arguments.contains("extra") {
            return Err(ReadError::new(
                "extra_dejson",
                "stands beside `extra`, and Airflow takes one of them",
            ));
        }
        arguments.insert("extra", Json::String(extra.to_text(JsonStyle::LINE)));
    }
    build(core(reader), &arguments)
}

/// A text is a URI, whatever it begins with, and is not trimmed.
pub(super) fn read_uri(reader: Reader, uri: &str) -> Result<Found, ReadError> {
    from_uri(core(reader), uri).map(Found::in_uri)
}

fn core(reader: Reader) -> Reader {
    reader.version().core_reader()
}

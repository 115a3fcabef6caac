//! A Vault secret: a map of fields, or `conn_uri`.

use airbridge_core::Fields;

use super::constructor::{build, unknown_field};
use super::json::read_fields;
use super::{Found, json, read_text};
use crate::{AirflowVersion, ReadError, Reader, from_uri};

/// Up to hashicorp 4.7.1 the fields go straight to the constructor; later ones go the way of every JSON text.
pub(super) fn read(reader: Reader, secret: &Fields) -> Result<Found, ReadError> {
    let straight = reader.version() == AirflowVersion::V2_11;
    match secret.get("conn_uri").filter(|uri| uri.is_truthy()) {
        Some(uri) => {
            let text = uri
                .as_str()
                .ok_or_else(|| ReadError::new("conn_uri", format!("is a {}, not a text", uri.kind())))?;
            if straight {
                return from_uri(reader, text).map(Found::in_uri);
            }
            let found = read_text(text, reader, |text| json::read(reader, text))?;
            found.ok_or_else(|| ReadError::new("conn_uri", "is empty"))
        }
        None if straight && secret.contains("conn_id") => Err(unknown_field("conn_id")),
        None if straight => build(reader, secret),
        None => read_fields(reader, secret.clone()),
    }
}

//! A connection in a Vault secret: named fields, or `conn_uri`.

use airbridge_core::Fields;

use super::constructor::{build, unknown_field};
use super::found::Found;
use super::json;
use super::json::read_fields;
use super::text::read_text;
use super::uri::from_uri;
use crate::reader::{AirflowVersion, Reader};
use crate::reading::ReadError;

/// Reads the fields of a secret. The hashicorp provider up to 4.7.1 passes them to the constructor; later versions read
/// them like JSON.
pub(super) fn read(reader: Reader, secret: &Fields) -> Result<Found, ReadError> {
    let straight = reader.version() == AirflowVersion::V2_11;
    match secret.get("conn_uri").filter(|uri| uri.is_truthy()) {
        Some(uri) => {
            let text = uri.as_str().ok_or_else(|| ReadError::expected("conn_uri", "a string", uri))?;
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

//! A connection in a single string: JSON or a URI.

use super::found::Found;
use super::uri::from_uri;
use crate::python::strip;
use crate::reader::Reader;
use crate::reading::ReadError;

/// Reads a string as Airflow's backends do: they trim it, and parse it as JSON if it starts with `{`, else as a URI.
/// They treat an empty string as missing (`None`).
pub(super) fn read_text(
    text: &str,
    reader: Reader,
    json: impl FnOnce(&str) -> Result<Found, ReadError>,
) -> Result<Option<Found>, ReadError> {
    if text.is_empty() {
        return Ok(None);
    }
    let text = strip(text);
    match text.chars().next() {
        None => Err(ReadError::new("value", "contains only white space, which Airflow cannot read")),
        Some('{') => json(text).map(Some),
        Some(_) => from_uri(reader, text).map(Found::in_uri).map(Some),
    }
}

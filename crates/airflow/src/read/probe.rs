//! A connection as Airflow's own class held it when a probe asked. Nothing is parsed or normalised.

use airbridge_core::{Fields, Json, Payload};

use super::constructor::unknown_field;
use super::found::Found;
use crate::connection::{Connection, Field};
use crate::reading::{ReadError, Unrepresentable};

/// A field of the payload that is no field of a connection: it names the one that the probe could not know. Every other
/// reader rejects a connection with such a field, so a payload with it is written only where a probe is read.
const UNKNOWN: &str = "unknown";

/// The payload for these fields, of which absent ones are left out. The Execution API of Airflow 3 does not pass on the
/// description, so it may be unknown.
pub(crate) fn probe_payload(fields: &Fields, is_description_unknown: bool) -> Payload {
    let mut fields = fields.clone();
    fields.retain(|_, value| !value.is_null());
    // Without any field, the entry would be one that Airflow reads as missing.
    if fields.is_empty() {
        fields.insert(Field::ConnType.name(), Json::Null);
    }
    if is_description_unknown {
        fields.insert(UNKNOWN, Json::string(Field::Description.name()));
    }
    Payload::Fields(fields)
}

/// Reads the fields. Without any, the entry is missing.
pub(super) fn read(fields: &Fields) -> Result<Option<Found>, ReadError> {
    if fields.is_empty() {
        return Ok(None);
    }
    let mut connection = Connection::default();
    let mut is_unknown = false;
    for (name, value) in fields.iter() {
        if name == UNKNOWN && value.as_str() == Some(Field::Description.name()) {
            is_unknown = true;
            continue;
        }
        let field = Field::named(name).ok_or_else(|| unknown_field(name))?;
        *connection.get_mut(field) = value.clone();
    }
    // The entry may come from a URI, or from a row of the metadata database, which cannot express these.
    let loses = Unrepresentable {
        absence: true,
        absent_type: true,
        empty_password: true,
        description: is_unknown,
        unseen_description: is_unknown,
        ..Unrepresentable::default()
    };
    Ok(Some(Found { connection, loses }))
}

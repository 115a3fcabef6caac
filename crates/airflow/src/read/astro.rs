//! A connection of `airflow_settings.yaml`, in the fields that the Astro CLI sends to Airflow's REST API.

use airbridge_core::Fields;

use super::Found;
use crate::{Connection, Field, ReadError, Unrepresentable};

/// The fields as they are, without the empty ones, which the CLI does not send; the API normalises nothing.
pub(super) fn read(fields: &Fields) -> Result<Found, ReadError> {
    let mut connection = Connection::default();
    for (name, value) in fields.iter() {
        let field = Field::named(name).ok_or_else(|| {
            ReadError::new(name, "is no field that the Astro CLI hands on unchanged; use the other fields")
        })?;
        if value.as_str() != Some("") {
            *connection.get_mut(field) = value.clone();
        }
    }
    Ok(Found { connection, loses: Unrepresentable { absence: true, description: true } })
}

//! A connection from `airflow_settings.yaml`, as the fields that the Astro CLI sends to Airflow's REST API.

use airbridge_core::Fields;

use super::found::Found;
use crate::connection::{Connection, Field};
use crate::reading::{ReadError, Unrepresentable};

/// Reads the fields unchanged, except empty ones, which the CLI does not send. The API normalises nothing.
pub(super) fn read(fields: &Fields) -> Result<Found, ReadError> {
    let mut connection = Connection::default();
    for (name, value) in fields.iter() {
        let field = Field::named(name).ok_or_else(|| {
            ReadError::unknown_field(name, "is not a connection field that the Astro CLI sends")
        })?;
        if value.as_str() != Some("") {
            *connection.get_mut(field) = value.clone();
        }
    }
    Ok(Found {
        connection,
        loses: Unrepresentable {
            absence: true,
            absent_type: false,
            empty_password: true,
            description: true,
            types: true,
            unseen_description: false,
            spelling: false,
        },
    })
}

//! A connection in the metadata database: one column for each field. Airflow loads a row without its constructor, so nothing
//! is parsed or normalised. (Airflow 2.11.2 and 3.3.2, `airflow.models.connection`.)

use airbridge_core::{Fields, Json};

use super::constructor::unknown_field;
use super::field::check_extra;
use super::found::Found;
use crate::connection::{Connection, Field};
use crate::reader::{AirflowVersion, Reader};
use crate::reading::{ReadError, Unrepresentable};

/// Reads a row. Tasks of Airflow 3 get no connection whose extra is not a JSON object, because the API server fails.
pub(super) fn read(reader: Reader, respelled: bool, fields: &Fields) -> Result<Found, ReadError> {
    let mut connection = Connection::default();
    for (name, value) in fields.iter() {
        let field = Field::named(name).ok_or_else(|| unknown_field(name))?;
        match (field, value) {
            (_, Json::Null) | (Field::Port, Json::Number(_)) => {}
            (Field::Port, other) => return Err(ReadError::expected(name, "a number", other)),
            (_, Json::String(_)) => {}
            (_, other) => return Err(ReadError::expected(name, "a string", other)),
        }
        *connection.get_mut(field) = value.clone();
    }
    if reader.version() == AirflowVersion::V3_3 {
        check_extra(Reader::Core3, &connection.extra)?;
    }
    // A row must have a type, and Airflow stores no empty password.
    let loses = Unrepresentable {
        absent_type: true,
        empty_password: true,
        types: true,
        spelling: respelled,
        ..Unrepresentable::default()
    };
    Ok(Found { connection, loses })
}

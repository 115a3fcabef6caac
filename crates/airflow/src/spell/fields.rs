//! Connections as named fields, for Vault, for files, and for JSON in a single string.

use airbridge_core::{Fields, Json};

use crate::connection::{Connection, Field};
use crate::python::int_from_text;

/// The order in which `airflow connections export` writes the fields.
const EXPORT_ORDER: [Field; 8] = [
    Field::ConnType,
    Field::Description,
    Field::Login,
    Field::Password,
    Field::Host,
    Field::Port,
    Field::Schema,
    Field::Extra,
];

/// All eight fields with null for absent ones, as `airflow connections export` writes them.
pub(super) fn all(connection: &Connection) -> Fields {
    EXPORT_ORDER.into_iter().map(|field| (field.name(), connection.get(field).clone())).collect()
}

/// The fields that are not absent, for readers that keep every value as it is. The extra stays a string, because
/// Airflow would write an object differently.
pub(super) fn present(connection: &Connection) -> Fields {
    let order = [
        Field::ConnType,
        Field::Description,
        Field::Host,
        Field::Login,
        Field::Password,
        Field::Schema,
        Field::Port,
        Field::Extra,
    ];
    let values = order.into_iter().map(|field| (field.name(), connection.get(field)));
    values.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, value.clone())).collect()
}

/// Like [`present`], for a row of the metadata database: every text is a string and the port a number, there is a type, and
/// no password is empty.
pub(super) fn row(connection: &Connection) -> Fields {
    let mut connection = connection.as_strings().into_owned();
    if let Some(port) = connection.port.as_str() {
        connection.port = match int_from_text(port) {
            Some(port) => Json::Number(port.into()),
            None if port.is_empty() => Json::Null,
            None => connection.port,
        };
    }
    if connection.conn_type.is_null() {
        connection.conn_type = Json::string("");
    }
    if connection.password.as_str() == Some("") {
        connection.password = Json::Null;
    }
    present(&connection)
}

/// Like [`present`], for readers that use `Connection.from_json`: the type is normalised and the port is a number.
/// Port 0 is written as a string, because these readers treat the number 0 as absent.
pub(super) fn normalised(connection: &Connection) -> Fields {
    let mut connection = connection.clone().normalised();
    if let Some(port) = connection.port.as_str().and_then(int_from_text) {
        connection.port = Json::Number(port.into());
    }
    if connection.port == Json::integer(0) {
        connection.port = Json::string("0");
    }
    present(&connection)
}

//! Named fields: Vault's map, the objects of files, and the inside of a JSON text.

use airbridge_core::{Fields, Json};

use crate::python::int_from_text;
use crate::{Connection, Field};

/// The order of Airflow's exported files.
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

/// All eight, absent ones as null: an entry of `airflow connections export`.
pub(super) fn all(connection: &Connection) -> Fields {
    EXPORT_ORDER.into_iter().map(|field| (field.name(), connection.get(field).clone())).collect()
}

/// Those that are not absent, for readers that keep what they are given. The extra stays the text it is: as an
/// object it would be re-spelled.
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

/// As [`present`], for readers that go through `Connection.from_json`: the type as they normalise it, the port as a
/// number, but 0 as a text, since they take that number for absent.
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

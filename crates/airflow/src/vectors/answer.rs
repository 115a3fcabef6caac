//! airbridge's results, in the format of the files.

use std::str::FromStr;

use airbridge_core::{Json, JsonStyle, SecretText};
use serde_json::{Map, Number, Value, json};

use crate::connection::{Connection, Field};
use crate::reader::Reader;
use crate::reading::ReadError;
use crate::spell::{check_exporter_uri, exporter_json, exporter_uri, extra_dejson};

/// A result that is an error.
pub(crate) fn error() -> Value {
    json!({"error": "raised"})
}

/// The value, or the result for an error.
pub(crate) fn or_error<T: Into<Value>>(value: Result<T, ReadError>) -> Value {
    value.map_or_else(|_| error(), Into::into)
}

/// The eight fields and `extra_dejson`.
pub(crate) fn fields(connection: &Connection) -> Result<Map<String, Value>, ReadError> {
    let mut answer = Map::new();
    for field in Field::ALL {
        answer.insert(field.name().to_owned(), from_json(connection.get(field)));
    }
    let extra = extra_dejson(connection)?;
    let is_strict = !has_non_number(&extra);
    answer.insert("extra_dejson".to_owned(), if is_strict { from_json(&extra) } else { Value::Null });
    Ok(answer)
}

pub(crate) fn get_uri(connection: &Connection, reader: Reader) -> Value {
    let uri = exporter_uri(connection, reader);
    assert_eq!(check_exporter_uri(connection).err(), uri.as_ref().err().cloned(), "without the URI");
    or_error(uri.map(|text| exposed(&text)))
}

pub(crate) fn as_json(connection: &Connection, reader: Reader) -> Value {
    or_error(exporter_json(connection, reader).map(|text| exposed(&text)))
}

fn exposed(text: &SecretText) -> String {
    text.expose().to_owned()
}

/// A value as `serde_json` value, with numbers as Python writes them.
pub(crate) fn from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(_) => {
            let text = value.to_text(JsonStyle::LINE);
            Value::Number(Number::from_str(text.expose()).unwrap())
        }
        Json::String(text) => Value::String(text.expose().to_owned()),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(fields) => {
            fields.iter().map(|(name, value)| (name.to_owned(), from_json(value))).collect()
        }
    }
}

/// A `serde_json` value as [`Json`].
pub(crate) fn to_json(value: &Value) -> Json {
    Json::parse(&value.to_string()).unwrap()
}

/// Whether the value contains `NaN` or `Infinity`, which the files cannot represent.
fn has_non_number(value: &Json) -> bool {
    match value {
        Json::Number(_) => value.to_text(JsonStyle::LINE).expose().contains(['N', 'I']),
        Json::Array(items) => items.iter().any(has_non_number),
        Json::Object(fields) => fields.iter().any(|(_, value)| has_non_number(value)),
        _ => false,
    }
}

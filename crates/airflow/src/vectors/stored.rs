//! How the real backends read stored values.

use airbridge_core::{Json, Payload};
use serde_json::{Map, Value, json};

use super::answer::{error, fields, from_json, get_uri, or_error, to_json};
use super::cases::check;
use crate::entry::Kind;
use crate::read::{Dialect, read};
use crate::reader::Reader;
use crate::reading::Reading;

#[test]
fn stored_value_is_read_like_airflow() {
    check("value_read", |input, reader| {
        let kind = match input["kind"].as_str().unwrap() {
            "connection" => Kind::Connection,
            "variable" => Kind::Variable,
            "config" => Kind::Config,
            other => panic!("unknown kind {other}"),
        };
        match payload(&input["stored"]) {
            // Stores report binary secrets as a state, without a payload.
            None => missing(),
            Some(payload) => answer(&read(&dialect(input), reader, kind, &payload), reader),
        }
    });
}

fn dialect(input: &Value) -> Dialect {
    match input["backend"].as_str().unwrap() {
        "aws_secrets_manager" => {
            let words = |words: &Value| {
                words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
            };
            let extra_conn_words = input["kwargs"].get("extra_conn_words").and_then(Value::as_object);
            let extra_conn_words = extra_conn_words.into_iter().flatten();
            Dialect::SecretsManager {
                extra_conn_words: extra_conn_words.map(|(part, list)| (part.clone(), words(list))).collect(),
            }
        }
        "aws_ssm" | "gcp_secret_manager" | "azure_key_vault" | "env" => Dialect::Text,
        "vault" => Dialect::Vault,
        other => panic!("unknown backend {other}"),
    }
}

fn payload(stored: &Value) -> Option<Payload> {
    match to_json(stored) {
        Json::String(text) => Some(Payload::Text(text)),
        Json::Object(fields) if fields.contains("binary") => None,
        Json::Object(fields) => Some(Payload::Fields(fields)),
        other => panic!("a stored value cannot be a {}", other.kind()),
    }
}

fn missing() -> Value {
    json!({"found": false})
}

fn answer(reading: &Reading, reader: Reader) -> Value {
    match reading {
        Reading::Missing => missing(),
        Reading::Unreadable(_) => error(),
        Reading::Connection { connection, .. } => or_error(fields(connection).map(|fields| {
            let mut answer = Map::from_iter([("found".to_owned(), Value::Bool(true))]);
            answer.extend(fields);
            answer.insert("get_uri".to_owned(), get_uri(connection, reader));
            answer
        })),
        Reading::Value { value, .. } => {
            json!({"found": true, "value": from_json(value), "value_type": python_type(value)})
        }
    }
}

fn python_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Number(text) if text.expose().contains(['.', 'e', 'E']) => "float",
        Json::Number(_) => "int",
        Json::String(_) => "str",
        Json::Array(_) => "list",
        Json::Object(_) => "dict",
    }
}

//! Connections as URI and as JSON, and the formats that Airflow writes.

use serde_json::{Value, json};

use super::answer::{as_json, error, fields, get_uri, or_error, to_json};
use super::cases::check;
use crate::connection::Connection;
use crate::read::{construct, from_json, from_uri};
use crate::reader::Reader;
use crate::reading::ReadError;

#[test]
fn uri_is_parsed_like_airflow() {
    check("uri_parse", |input, reader| {
        or_error(from_uri(reader, input["uri"].as_str().unwrap()).and_then(|connection| {
            let mut answer = fields(&connection)?;
            answer.insert("get_uri".to_owned(), get_uri(&connection, reader));
            Ok(answer)
        }))
    });
}

#[test]
fn json_is_parsed_like_airflow() {
    check("json_parse", |input, reader| {
        or_error(from_json(reader, input["text"].as_str().unwrap()).and_then(|connection| {
            let mut answer = fields(&connection)?;
            answer.insert("get_uri".to_owned(), get_uri(&connection, reader));
            answer.insert("as_json".to_owned(), as_json(&connection, reader));
            Ok(answer)
        }))
    });
}

#[test]
fn connection_is_written_like_airflow() {
    check("connection_to_uri", |input, reader| {
        let arguments = to_json(&input["fields"]);
        let connection = construct(reader, arguments.as_object().unwrap());
        or_error(connection.and_then(|connection| written(&connection, reader)))
    });
}

fn written(connection: &Connection, reader: Reader) -> Result<Value, ReadError> {
    let stored = fields(connection)?;
    let uri = get_uri(connection, reader);
    let reparsed = match uri.as_str() {
        Some(uri) => or_error(from_uri(reader, uri).and_then(|read| fields(&read))),
        None => error(),
    };
    Ok(json!({"uri": uri, "as_json": as_json(connection, reader), "stored": stored, "reparsed": reparsed}))
}

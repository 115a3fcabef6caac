use airbridge_core::{Json, Payload};

use super::{Dialect, read};
use crate::{Connection, Kind, ReadError, Reader, Reading, Unrepresentable};

const READERS: [Reader; 3] = [Reader::Core2, Reader::Core3, Reader::Task3];

fn fields(json: &str) -> Payload {
    match Json::parse(json) {
        Ok(Json::Object(fields)) => Payload::Fields(fields),
        _ => panic!("not an object: {json}"),
    }
}

fn found(dialect: &Dialect, reader: Reader, payload: &Payload) -> (Connection, Unrepresentable) {
    match read(dialect, reader, Kind::Connection, payload) {
        Reading::Connection { connection, loses } => ((*connection).clone(), loses),
        other => panic!("{other:?}"),
    }
}

fn rejected(dialect: &Dialect, reader: Reader, payload: &Payload) -> String {
    match read(dialect, reader, Kind::Connection, payload) {
        Reading::Unreadable(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn reading_has_what_its_format_cannot_express() {
    let all = Unrepresentable {
        absence: true,
        absent_type: false,
        empty_password: true,
        description: true,
        unseen_description: false,
        types: true,
        spelling: false,
    };
    let description = Unrepresentable { description: true, ..Unrepresentable::default() };
    let none = Unrepresentable::default();
    let password = Unrepresentable { empty_password: true, ..Unrepresentable::default() };
    let secrets_manager = Dialect::SecretsManager { extra_conn_words: Vec::new() };
    for (dialect, payload, loses) in [
        (&Dialect::Text, Payload::text("t://h"), all),
        (&Dialect::Text, Payload::text(r#"{"host": "h"}"#), none),
        (&Dialect::Text, Payload::text(r#"{"uri": "t://h"}"#), all),
        (&secrets_manager, Payload::text(r#"{"host": "h"}"#), description),
        (&secrets_manager, Payload::text("t://h"), all),
        (&Dialect::Vault, fields(r#"{"host": "h"}"#), none),
        (&Dialect::Vault, fields(r#"{"conn_uri": "t://h"}"#), all),
        (&Dialect::File, fields(r#"{"host": "h"}"#), password),
        (&Dialect::EnvFile, Payload::text("t://h"), all),
        (&Dialect::Astro, fields(r#"{"host": "h"}"#), all),
    ] {
        assert_eq!(found(dialect, Reader::Task3, &payload).1, loses, "{dialect:?}");
    }
    // The core reader accepts a description together with `uri`.
    let both = Payload::text(r#"{"uri": "t://h", "description": "d"}"#);
    let (connection, loses) = found(&Dialect::Text, Reader::Core3, &both);
    assert_eq!(
        (connection.description.as_str(), loses),
        (
            Some("d"),
            Unrepresentable {
                absence: true,
                absent_type: false,
                empty_password: true,
                description: false,
                unseen_description: false,
                types: true,
                spelling: false,
            }
        )
    );
}

#[test]
fn empty_value_is_missing_and_white_space_is_an_error() {
    for reader in READERS {
        let of = |text: &str| read(&Dialect::Text, reader, Kind::Connection, &Payload::text(text));
        assert_eq!(of(""), Reading::Missing);
        let blanks = ReadError::new("value", "contains only white space, which Airflow cannot read");
        assert_eq!(of(" \n\u{3000}"), Reading::Unreadable(blanks));
    }
}

#[test]
fn payload_of_the_wrong_shape_is_unreadable() {
    let message = "value: expected named fields, found a single string";
    assert_eq!(rejected(&Dialect::Vault, Reader::Task3, &Payload::text("t://h")), message);
    let message = "value: expected a single string, found named fields";
    assert_eq!(rejected(&Dialect::Text, Reader::Task3, &fields("{}")), message);
    let value = read(&Dialect::Vault, Reader::Task3, Kind::Variable, &Payload::text("x"));
    assert!(matches!(value, Reading::Unreadable(_)));
}

#[test]
fn white_space_around_json_is_trimmed_except_in_secrets_manager() {
    let text = Payload::text("\u{A0}{\"conn_type\": \"t\"}");
    assert_eq!(found(&Dialect::Text, Reader::Task3, &text).0.conn_type.as_str(), Some("t"));
    // The amazon provider parses the text untrimmed, and Python's JSON parser skips only ASCII white space.
    let secrets_manager = Dialect::SecretsManager { extra_conn_words: Vec::new() };
    assert_eq!(
        rejected(&secrets_manager, Reader::Task3, &text),
        "JSON: line 1, column 1: a JSON value was expected"
    );
}

#[test]
fn extra_conn_words_add_synonyms() {
    let words = |part: &str| Dialect::SecretsManager {
        extra_conn_words: vec![(part.to_owned(), vec!["acct".to_owned(), "who".to_owned()])],
    };
    let secret = Payload::text(r#"{"who": "w", "acct": "a", "login": "l"}"#);
    assert_eq!(found(&words("user"), Reader::Task3, &secret).0.login.as_str(), Some("w"));
    assert_eq!(found(&words("host"), Reader::Task3, &secret).0.host.as_str(), Some("w"));
    assert_eq!(
        rejected(&words("who"), Reader::Task3, &secret),
        "field `extra_conn_words`: `who` is not a connection field"
    );
}

#[test]
fn file_is_read_by_the_core_reader_without_normalising() {
    let entry = fields(
        r#"{"conn_id": "c", "conn_type": "my-type", "port": "5", "password": "", "extra": {"n": 1.50}}"#,
    );
    let (connection, _) = found(&Dialect::File, Reader::Task3, &entry);
    let expected = Connection {
        conn_type: Json::string("my-type"),
        port: Json::string("5"),
        extra: Json::string("{\"n\": 1.5}"),
        ..Connection::default()
    };
    assert!(connection == expected);
    let bad = fields(r#"{"extra_dejson": [1]}"#);
    assert_eq!(
        rejected(&Dialect::File, Reader::Task3, &bad),
        "field `extra`: expected a JSON object, found a list"
    );
    assert_eq!(found(&Dialect::File, Reader::Core2, &bad).0.extra.as_str(), Some("[1]"));
    let (empty, _) = found(&Dialect::File, Reader::Core3, &Payload::text(""));
    assert!(empty == Connection::default());
    // A string is a URI even if it looks like JSON.
    let (odd, _) = found(&Dialect::EnvFile, Reader::Core3, &Payload::text(r#"{"conn_type": "t"}"#));
    assert_eq!(odd.conn_type.as_str(), Some(""));
}

#[test]
fn vault_fields_are_normalised_since_airflow_3() {
    let map = fields(r#"{"conn_type": "my-type", "port": "5", "extra": ""}"#);
    let (old, _) = found(&Dialect::Vault, Reader::Core2, &map);
    assert_eq!(
        (old.conn_type.as_str(), old.port.as_str(), old.extra.as_str()),
        (Some("my-type"), Some("5"), Some(""))
    );
    let (new, _) = found(&Dialect::Vault, Reader::Task3, &map);
    assert_eq!(new.conn_type.as_str(), Some("my_type"));
    assert!(new.port == Json::integer(5) && new.extra.is_null());
    for reader in READERS {
        assert!(
            rejected(&Dialect::Vault, reader, &fields(r#"{"conn_id": "c"}"#))
                .starts_with("field `conn_id`: ")
        );
    }
}

#[test]
fn variable_value_keeps_its_type_and_text() {
    let of = |dialect: &Dialect, payload: &Payload| read(dialect, Reader::Task3, Kind::Variable, payload);
    let value = |value: Json, description: Json, told: bool| Reading::Value {
        value,
        description,
        loses: Unrepresentable { description: !told, ..Unrepresentable::default() },
    };
    assert_eq!(of(&Dialect::Text, &Payload::text("")), value(Json::string(""), Json::Null, false));
    assert_eq!(of(&Dialect::Vault, &fields(r#"{"value": 5}"#)), value(Json::integer(5), Json::Null, false));
    assert_eq!(of(&Dialect::Vault, &fields(r#"{"value": null}"#)), Reading::Missing);
    assert_eq!(of(&Dialect::Vault, &fields("{}")), Reading::Missing);
    let described = fields(r#"{"value": "v", "description": "d"}"#);
    assert_eq!(of(&Dialect::File, &described), value(Json::string("v"), Json::string("d"), true));
    assert_eq!(of(&Dialect::Vault, &described), value(Json::string("v"), Json::Null, false));
}

#[test]
fn error_does_not_contain_the_value() {
    let text = Payload::text(r#"{"conn_type": "canary", "host": "canary", "port": "canary"}"#);
    assert_eq!(
        rejected(&Dialect::Text, Reader::Task3, &text),
        "field `port`: the string is not a whole number"
    );
    let uri = Payload::text("t://canary:canary@canary:canary");
    let message = "field `port`: expected a whole number in ASCII digits after the `:` of the host";
    assert_eq!(rejected(&Dialect::Text, Reader::Task3, &uri), message);
}

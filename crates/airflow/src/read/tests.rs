use airbridge_core::{Json, Payload};

use super::{Dialect, read};
use crate::{Connection, Kind, ReadError, Reader, Reading, Unrepresentable};

const READERS: [Reader; 3] = [Reader::Core2, Reader::Core3, Reader::Task3];

fn fields(json: &str) -> Payload {
    match Json::parse(json) {
        Ok(Json::Object(fields)) => Payload::Fields(fields),
        _ => panic!("{json} is no object"),
    }
}

fn found(dialect: &Dialect, reader: Reader, payload: &Payload) -> (Connection, Unrepresentable) {
    match read(dialect, reader, Kind::Connection, payload) {
        Reading::Connection { connection, loses } => (*connection, loses),
        other => panic!("{other:?}"),
    }
}

fn refused(dialect: &Dialect, reader: Reader, payload: &Payload) -> String {
    match read(dialect, reader, Kind::Connection, payload) {
        Reading::Unreadable(error) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_spelling_says_what_it_cannot_express() {
    let all = Unrepresentable { absence: true, description: true };
    let description = Unrepresentable { absence: false, description: true };
    let none = Unrepresentable::default();
    let secrets_manager = Dialect::SecretsManager { extra_conn_words: Vec::new() };
    for (dialect, payload, loses) in [
        (&Dialect::Text, Payload::text("t://h"), all),
        (&Dialect::Text, Payload::text(r#"{"host": "h"}"#), none),
        (&Dialect::Text, Payload::text(r#"{"uri": "t://h"}"#), all),
        (&secrets_manager, Payload::text(r#"{"host": "h"}"#), description),
        (&secrets_manager, Payload::text("t://h"), all),
        (&Dialect::Vault, fields(r#"{"host": "h"}"#), none),
        (&Dialect::Vault, fields(r#"{"conn_uri": "t://h"}"#), all),
        (&Dialect::File, fields(r#"{"host": "h"}"#), none),
        (&Dialect::EnvFile, Payload::text("t://h"), all),
        (&Dialect::Astro, fields(r#"{"host": "h"}"#), all),
    ] {
        assert_eq!(found(dialect, Reader::Task3, &payload).1, loses, "{dialect:?}");
    }
    // The core reader takes a description beside `uri`.
    let both = Payload::text(r#"{"uri": "t://h", "description": "d"}"#);
    let (connection, loses) = found(&Dialect::Text, Reader::Core3, &both);
    assert_eq!(
        (connection.description.as_str(), loses),
        (Some("d"), Unrepresentable { absence: true, description: false })
    );
}

#[test]
fn nothing_is_missing_and_blanks_are_an_error() {
    for reader in READERS {
        let of = |text: &str| read(&Dialect::Text, reader, Kind::Connection, &Payload::text(text));
        assert_eq!(of(""), Reading::Missing);
        let blanks = ReadError::new("value", "holds nothing but blanks, on which Airflow raises");
        assert_eq!(of(" \n\u{3000}"), Reading::Unreadable(blanks));
    }
}

#[test]
fn the_wrong_shape_is_said() {
    let message = "value: is one text where Airflow reads named fields";
    assert_eq!(refused(&Dialect::Vault, Reader::Task3, &Payload::text("t://h")), message);
    let message = "value: is a set of named fields where Airflow reads one text";
    assert_eq!(refused(&Dialect::Text, Reader::Task3, &fields("{}")), message);
    let value = read(&Dialect::Vault, Reader::Task3, Kind::Variable, &Payload::text("x"));
    assert!(matches!(value, Reading::Unreadable(_)));
}

#[test]
fn blanks_around_json_are_airflows_or_pythons() {
    let text = Payload::text("\u{A0}{\"conn_type\": \"t\"}");
    assert_eq!(found(&Dialect::Text, Reader::Task3, &text).0.conn_type.as_str(), Some("t"));
    // The amazon provider parses before anybody trims, and Python's JSON skips ASCII blanks only.
    let secrets_manager = Dialect::SecretsManager { extra_conn_words: Vec::new() };
    assert_eq!(
        refused(&secrets_manager, Reader::Task3, &text),
        "JSON: line 1, column 1: a JSON value was expected"
    );
}

#[test]
fn synonyms_can_be_added() {
    let words = |part: &str| Dialect::SecretsManager {
        extra_conn_words: vec![(part.to_owned(), vec!["acct".to_owned(), "who".to_owned()])],
    };
    let secret = Payload::text(r#"{"who": "w", "acct": "a", "login": "l"}"#);
    assert_eq!(found(&words("user"), Reader::Task3, &secret).0.login.as_str(), Some("w"));
    assert_eq!(found(&words("host"), Reader::Task3, &secret).0.host.as_str(), Some("w"));
    assert_eq!(
        refused(&words("who"), Reader::Task3, &secret),
        "extra_conn_words: `who` is no part of a connection"
    );
}

#[test]
fn files_are_read_by_the_core_and_not_normalised() {
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
    assert_eq!(refused(&Dialect::File, Reader::Task3, &bad), "extra: is a list, not an object");
    assert_eq!(found(&Dialect::File, Reader::Core2, &bad).0.extra.as_str(), Some("[1]"));
    let (empty, _) = found(&Dialect::File, Reader::Core3, &Payload::text(""));
    assert!(empty == Connection::default());
    // A text is a URI even if it looks like JSON.
    let (odd, _) = found(&Dialect::EnvFile, Reader::Core3, &Payload::text(r#"{"conn_type": "t"}"#));
    assert_eq!(odd.conn_type.as_str(), Some(""));
}

#[test]
fn vaults_provider_changed_its_reader() {
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
        assert!(refused(&Dialect::Vault, reader, &fields(r#"{"conn_id": "c"}"#)).starts_with("conn_id: "));
    }
}

#[test]
fn values_keep_their_type_and_text() {
    let of = |dialect: &Dialect, payload: &Payload| read(dialect, Reader::Task3, Kind::Variable, payload);
    let value = |value: Json, description: Json, told: bool| Reading::Value {
        value,
        description,
        loses: Unrepresentable { absence: false, description: !told },
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
fn an_error_shows_nothing_of_the_value() {
    let text = Payload::text(r#"{"conn_type": "canary", "host": "canary", "port": "canary"}"#);
    assert_eq!(refused(&Dialect::Text, Reader::Task3, &text), "port: is a text that is no whole number");
    let uri = Payload::text("t://canary:canary@canary:canary");
    let message = "port: no whole number in ASCII digits stands after the host's `:`";
    assert_eq!(refused(&Dialect::Text, Reader::Task3, &uri), message);
}

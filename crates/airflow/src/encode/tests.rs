use airbridge_core::{Fields, Json, Payload, Rejection};

use super::{Comparison, Encoded, Loss, ReadRules, Request, compare, encode_for};
use crate::{AirflowVersion, Dialect, Field, Kind, ReadError, Reading, Spelling, Unrepresentable, read};

const SECRETS_MANAGER: Dialect = Dialect::SecretsManager { extra_conn_words: Vec::new() };

fn side(dialect: Dialect) -> ReadRules {
    ReadRules { dialect, version: AirflowVersion::V3_3 }
}

fn old(dialect: Dialect) -> ReadRules {
    ReadRules { dialect, version: AirflowVersion::V2_11 }
}

fn payload(json: &str) -> Payload {
    match Json::parse(json) {
        Ok(Json::Object(fields)) => Payload::Fields(fields),
        _ => panic!("{json} is no object"),
    }
}

fn reading(from: &ReadRules, kind: Kind, payload: &Payload) -> Reading {
    read(&from.dialect, from.version.task_reader(), kind, payload)
}

fn carried(
    from: &ReadRules,
    to: &ReadRules,
    payload: &Payload,
    spelling: Spelling,
) -> Result<Encoded, (&'static str, String)> {
    encode_kind(Kind::Connection, from, to, payload, spelling, &|_| Ok(()))
}

fn encode_kind(
    kind: Kind,
    from: &ReadRules,
    to: &ReadRules,
    payload: &Payload,
    spelling: Spelling,
    fits: &dyn Fn(&Payload) -> Result<(), Rejection>,
) -> Result<Encoded, (&'static str, String)> {
    let reading = reading(from, kind, payload);
    encode_for(&Request { kind, payload: Some(payload), reading: &reading, to, spelling, fits })
        .map_err(|cannot| (cannot.reason, cannot.message))
}

fn keep(from: &ReadRules, to: &ReadRules, payload: &Payload) -> Encoded {
    carried(from, to, payload, Spelling::Keep).unwrap()
}

fn verbatim(payload: &Payload, losses: &[Loss]) -> Encoded {
    Encoded { payload: payload.clone(), verbatim: true, losses: losses.to_vec() }
}

fn anew(payload: Payload, losses: &[Loss]) -> Encoded {
    Encoded { payload, verbatim: false, losses: losses.to_vec() }
}

#[test]
fn a_text_that_reads_the_same_is_carried_as_it_is() {
    let odd = Payload::text(" {\"host\": \"H\", \"conn_type\": \"my-type\", \"extra\": {\"n\": 1.50}}\n");
    assert_eq!(keep(&side(Dialect::Text), &side(SECRETS_MANAGER), &odd), verbatim(&odd, &[]));
    assert_eq!(keep(&old(Dialect::Text), &side(Dialect::Text), &odd), verbatim(&odd, &[]));
}

#[test]
fn synonyms_are_spelled_out_where_nobody_knows_them() {
    let rds =
        Payload::text(r#"{"engine": "postgres", "username": "u", "pass": "p", "server": "H", "other": 1}"#);
    let json = Payload::text(r#"{"conn_type": "postgres", "host": "H", "login": "u", "password": "p"}"#);
    assert_eq!(keep(&side(SECRETS_MANAGER), &side(Dialect::Text), &rds), anew(json, &[]));
}

#[test]
fn a_place_without_descriptions_loses_them() {
    let described = Payload::text(r#"{"conn_type": "t", "description": "d"}"#);
    let text = side(Dialect::Text);
    assert_eq!(keep(&text, &side(SECRETS_MANAGER), &described), verbatim(&described, &[Loss::Description]));
    assert_eq!(
        keep(&text, &side(Dialect::Vault), &described),
        anew(payload(r#"{"conn_type": "t", "description": "d"}"#,), &[])
    );
    let empty = Payload::text(r#"{"conn_type": "t", "description": ""}"#);
    assert_eq!(keep(&text, &side(SECRETS_MANAGER), &empty), verbatim(&empty, &[]));
}

#[test]
fn a_file_keeps_a_type_that_others_normalise() {
    let file = payload(r#"{"conn_type": "google-cloud-platform", "host": "h"}"#);
    let normal = Payload::text(r#"{"conn_type": "google_cloud_platform", "host": "h"}"#);
    let (from, to) = (side(Dialect::File), side(Dialect::Text));
    assert_eq!(keep(&from, &to, &file), anew(normal, &[Loss::ConnTypeSpelling]));
    assert_eq!(keep(&from, &from, &file), verbatim(&file, &[]));
}

#[test]
fn a_uri_cannot_tell_absent_from_empty() {
    let json = Payload::text(r#"{"conn_type": "t", "host": "h"}"#);
    let uri = Payload::text("t://h");
    assert_eq!(
        keep(&side(Dialect::Text), &side(Dialect::EnvFile), &json),
        anew(uri.clone(), &[Loss::AbsentVsEmpty])
    );
    // The other way nothing is lost.
    let (from, to) = (side(Dialect::EnvFile), side(Dialect::Vault));
    let fields = payload(r#"{"conn_type": "t", "host": "h", "schema": ""}"#);
    assert_eq!(keep(&from, &to, &uri), anew(fields, &[]));
}

#[test]
fn a_wanted_spelling_is_given_or_refused() {
    let text = side(Dialect::Text);
    let json = Payload::text(r#"{"conn_type": "t", "host": "H", "schema": "", "port": "7"}"#);
    let uri = carried(&text, &text, &json, Spelling::Uri).unwrap();
    assert_eq!(uri, anew(Payload::text("t://%48:7"), &[]));
    let (reason, message) = carried(&text, &text, &json, Spelling::Fields).unwrap_err();
    assert_eq!((reason, message.as_str()), ("value-format", "the target reads no `fields`, only: json, uri"));
    let far = Payload::text(r#"{"conn_type": "t", "port": 70000}"#);
    let (reason, message) = carried(&text, &text, &far, Spelling::Uri).unwrap_err();
    assert_eq!((reason, message.as_str()), ("loss", "in a URI the port is a whole number from 0 to 65535"));
    assert_eq!(carried(&text, &side(Dialect::EnvFile), &far, Spelling::Keep).unwrap_err(), (reason, message));
}

#[test]
fn why_no_spelling_will_do_is_said_rather_than_that_fields_are_no_line() {
    let far = payload(r#"{"conn_type": "t", "port": 70000}"#);
    let line = |payload: &Payload| match payload {
        Payload::Text(_) => Ok(()),
        Payload::Fields(_) => Err(Rejection::new("shape", "a line holds one text")),
    };
    let (file, line_file) = (side(Dialect::File), side(Dialect::EnvFile));
    let refused = encode_kind(Kind::Connection, &file, &line_file, &far, Spelling::Keep, &line).unwrap_err();
    assert_eq!(refused, ("loss", "in a URI the port is a whole number from 0 to 65535".to_owned()));
    // The target's own fields are no foreign shape.
    let refuse = |_: &Payload| Err(Rejection::new("shape", "port must be a whole number"));
    let refused = encode_kind(Kind::Connection, &file, &file, &far, Spelling::Keep, &refuse).unwrap_err();
    assert_eq!(refused, ("shape", "port must be a whole number".to_owned()));
}

#[test]
fn an_extra_that_only_tasks_accept_cannot_go_where_core_reads() {
    let free = Payload::text(r#"{"conn_type": "t", "extra": "[1]"}"#);
    let text = side(Dialect::Text);
    assert_eq!(keep(&text, &text, &free), verbatim(&free, &[]));
    let (reason, message) = carried(&text, &side(Dialect::File), &free, Spelling::Keep).unwrap_err();
    assert_eq!(reason, "loss");
    assert_eq!(message, "Airflow refuses it at the target: extra: is a list, not an object");
}

#[test]
fn an_empty_password_is_no_absent_one() {
    let empty = Payload::text(r#"{"conn_type": "t", "password": ""}"#);
    // Airflow 2 takes it for absent, and so must Airflow 3.
    let none = Payload::text(r#"{"conn_type": "t"}"#);
    assert_eq!(keep(&old(Dialect::Text), &side(Dialect::Text), &empty), anew(none, &[]));
    let (reason, message) =
        carried(&side(Dialect::Text), &old(Dialect::Text), &empty, Spelling::Keep).unwrap_err();
    assert_eq!(reason, "loss");
    assert_eq!(message, "no spelling that the target reads keeps these fields: password");
}

#[test]
fn a_port_written_as_a_text_becomes_a_number_where_it_must() {
    let text_port = payload(r#"{"conn_type": "t", "port": "5432"}"#);
    assert_eq!(keep(&old(Dialect::Vault), &old(Dialect::Vault), &text_port), verbatim(&text_port, &[]));
    let json = Payload::text(r#"{"conn_type": "t", "port": 5432}"#);
    let carried = keep(&old(Dialect::Vault), &old(Dialect::Text), &text_port);
    assert_eq!(carried, anew(json, &[]));
    assert_eq!(keep(&old(Dialect::Vault), &side(Dialect::Vault), &text_port), verbatim(&text_port, &[]));
}

#[test]
fn port_zero_survives() {
    let zero = Payload::text("t://h:0");
    let fields = payload(r#"{"conn_type": "t", "host": "h", "schema": "", "port": "0"}"#);
    assert_eq!(keep(&side(Dialect::Text), &side(Dialect::Vault), &zero), anew(fields, &[]));
}

#[test]
fn the_store_has_the_last_word() {
    let long =
        Payload::text(r#"{"conn_type": "t", "description": "far too long", "schema": "", "host": "h"}"#);
    let text = side(Dialect::Text);
    let fits = |payload: &Payload| match payload {
        Payload::Text(text) if text.len() > 20 => Err(Rejection::new("value-too-large", "too long")),
        _ => Ok(()),
    };
    let uri = encode_kind(Kind::Connection, &text, &text, &long, Spelling::Keep, &fits).unwrap();
    assert_eq!(uri, anew(Payload::text("t://h"), &[Loss::Description]));
    let nothing = |_: &Payload| Err(Rejection::new("value-invalid", "never"));
    let refused = encode_kind(Kind::Connection, &text, &text, &long, Spelling::Keep, &nothing).unwrap_err();
    assert_eq!(refused, ("value-invalid", "never".to_owned()));
}

#[test]
fn values_change_their_place_and_nothing_else() {
    let go = |from: Dialect, to: Dialect, payload: &Payload| {
        encode_kind(Kind::Variable, &side(from), &side(to), payload, Spelling::Json, &|_| Ok(()))
    };
    let text = Payload::text(" {\"a\": 1.50}\n");
    let field = Payload::Fields(Fields::from_iter([("value", Json::string(" {\"a\": 1.50}\n"))]));
    assert_eq!(go(Dialect::Text, SECRETS_MANAGER, &text).unwrap(), verbatim(&text, &[]));
    assert_eq!(go(Dialect::Text, Dialect::Vault, &text).unwrap(), anew(field.clone(), &[]));
    assert_eq!(go(Dialect::Vault, Dialect::Text, &field).unwrap(), anew(text, &[]));

    let number = payload(r#"{"value": 5}"#);
    assert_eq!(go(Dialect::Vault, Dialect::Vault, &number).unwrap(), verbatim(&number, &[]));
    assert_eq!(go(Dialect::Vault, Dialect::Text, &number).unwrap_err().0, "not-text");

    let described = payload(r#"{"value": "v", "description": "d"}"#);
    assert_eq!(go(Dialect::File, Dialect::File, &described).unwrap(), verbatim(&described, &[]));
    assert_eq!(
        go(Dialect::File, Dialect::Text, &described).unwrap(),
        anew(Payload::text("v"), &[Loss::Description])
    );
    let in_vault = go(Dialect::File, Dialect::Vault, &described).unwrap();
    assert_eq!(in_vault.losses, [Loss::Description]);
}

#[test]
fn what_cannot_be_read_is_not_carried() {
    let broken = Payload::text("t://h:x");
    let text = side(Dialect::Text);
    assert_eq!(carried(&text, &text, &broken, Spelling::Keep).unwrap_err().0, "unreadable");
}

#[test]
fn differences_name_their_fields() {
    let text = side(Dialect::Text);
    let of = |json: &str| reading(&text, Kind::Connection, &Payload::text(json));
    let base = of(r#"{"conn_type": "t", "host": "h", "extra": "{\"a\": 1, \"b\": 2}"}"#);
    assert_eq!(compare(&base, &base), Comparison::Same);
    let respelled = of(r#"{"conn_type": "t", "host": "h", "extra": "{\"b\":2.0,\"a\":1}"}"#);
    assert_eq!(compare(&base, &respelled), Comparison::Spelling(vec![Field::Extra]));
    let other = of(r#"{"conn_type": "u", "extra": "{\"b\":2,\"a\":1}", "password": "p"}"#);
    let fields = vec![Field::ConnType, Field::Host, Field::Password];
    assert_eq!(compare(&base, &other), Comparison::Differs(fields));
    assert_eq!(
        compare(&of(r#"{"description": "a"}"#), &of(r#"{"description": "b"}"#)),
        Comparison::Differs(vec![Field::Description])
    );
    assert_eq!(compare(&of(r#"{"host": ""}"#), &of("{}")), Comparison::Differs(vec![Field::Host]));
    assert_eq!(compare(&of(r#"{"conn_type": ""}"#), &of("{}")), Comparison::Same);
}

#[test]
fn nothing_is_known_of_what_cannot_be_read() {
    let value = |text: &str| Reading::Value {
        value: Json::string(text),
        description: Json::Null,
        loses: Unrepresentable::default(),
    };
    assert_eq!(compare(&value("a"), &value("a")), Comparison::Same);
    assert_eq!(compare(&value("a"), &value("b")), Comparison::Differs(Vec::new()));
    assert_eq!(compare(&value("a"), &Reading::Missing), Comparison::Unknown);
    let broken = Reading::Unreadable(ReadError::new("URI", "is broken"));
    assert_eq!(compare(&broken, &broken), Comparison::Unknown);
}

#[test]
fn a_refusal_speaks_of_the_targets_own_spelling() {
    let fits = |payload: &Payload| match payload {
        Payload::Fields(_) => Err(Rejection::new("shape", "one text")),
        Payload::Text(_) => Err(Rejection::new("value-empty", "not empty")),
    };
    let (vault, file) = (side(Dialect::Vault), side(Dialect::File));
    let empty = payload(r#"{"value": ""}"#);
    let refused = encode_kind(Kind::Variable, &vault, &file, &empty, Spelling::Keep, &fits);
    assert_eq!(refused, Err(("value-empty", "not empty".to_owned())));
}

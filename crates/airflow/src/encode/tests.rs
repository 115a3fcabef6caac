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
        _ => panic!("not an object: {json}"),
    }
}

fn reading(from: &ReadRules, kind: Kind, payload: &Payload) -> Reading {
    read(&from.dialect, from.version.task_reader(), kind, payload)
}

fn encoded(
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
    encoded(from, to, payload, Spelling::Keep).unwrap()
}

fn verbatim(payload: &Payload, losses: &[Loss]) -> Encoded {
    Encoded { payload: payload.clone(), verbatim: true, losses: losses.to_vec() }
}

fn rewritten(payload: Payload, losses: &[Loss]) -> Encoded {
    Encoded { payload, verbatim: false, losses: losses.to_vec() }
}

#[test]
fn payload_that_reads_the_same_is_kept_verbatim() {
    let odd = Payload::text(" {\"host\": \"H\", \"conn_type\": \"my-type\", \"extra\": {\"n\": 1.50}}\n");
    assert_eq!(keep(&side(Dialect::Text), &side(SECRETS_MANAGER), &odd), verbatim(&odd, &[]));
    assert_eq!(keep(&old(Dialect::Text), &side(Dialect::Text), &odd), verbatim(&odd, &[]));
}

#[test]
fn synonyms_are_replaced_for_a_target_that_does_not_support_them() {
    let rds =
        Payload::text(r#"{"engine": "postgres", "username": "u", "pass": "p", "server": "H", "other": 1}"#);
    let json = Payload::text(r#"{"conn_type": "postgres", "host": "H", "login": "u", "password": "p"}"#);
    assert_eq!(keep(&side(SECRETS_MANAGER), &side(Dialect::Text), &rds), rewritten(json, &[]));
}

#[test]
fn description_is_lost_at_a_target_without_descriptions() {
    let described = Payload::text(r#"{"conn_type": "t", "description": "d"}"#);
    let text = side(Dialect::Text);
    assert_eq!(keep(&text, &side(SECRETS_MANAGER), &described), verbatim(&described, &[Loss::Description]));
    assert_eq!(
        keep(&text, &side(Dialect::Vault), &described),
        rewritten(payload(r#"{"conn_type": "t", "description": "d"}"#,), &[])
    );
    let empty = Payload::text(r#"{"conn_type": "t", "description": ""}"#);
    assert_eq!(keep(&text, &side(SECRETS_MANAGER), &empty), verbatim(&empty, &[]));
}

#[test]
fn connection_type_is_kept_in_a_file_and_normalised_elsewhere() {
    let file = payload(r#"{"conn_type": "google-cloud-platform", "host": "h"}"#);
    let normal = Payload::text(r#"{"conn_type": "google_cloud_platform", "host": "h"}"#);
    let (from, to) = (side(Dialect::File), side(Dialect::Text));
    assert_eq!(keep(&from, &to, &file), rewritten(normal, &[Loss::ConnTypeSpelling]));
    assert_eq!(keep(&from, &from, &file), verbatim(&file, &[]));
}

#[test]
fn uri_loses_the_difference_between_absent_and_empty() {
    let json = Payload::text(r#"{"conn_type": "t", "host": "h"}"#);
    let uri = Payload::text("t://h");
    assert_eq!(
        keep(&side(Dialect::Text), &side(Dialect::EnvFile), &json),
        rewritten(uri.clone(), &[Loss::AbsentVsEmpty])
    );
    // In the other direction nothing is lost.
    let (from, to) = (side(Dialect::EnvFile), side(Dialect::Vault));
    let fields = payload(r#"{"conn_type": "t", "host": "h", "schema": ""}"#);
    assert_eq!(keep(&from, &to, &uri), rewritten(fields, &[]));
}

#[test]
fn requested_value_format_is_used_or_rejected() {
    let text = side(Dialect::Text);
    let json = Payload::text(r#"{"conn_type": "t", "host": "H", "schema": "", "port": "7"}"#);
    let uri = encoded(&text, &text, &json, Spelling::Uri).unwrap();
    assert_eq!(uri, rewritten(Payload::text("t://%48:7"), &[]));
    let (reason, message) = encoded(&text, &text, &json, Spelling::Fields).unwrap_err();
    assert_eq!(
        (reason, message.as_str()),
        ("value-format", "the target does not support the value format `fields`, only: json, uri")
    );
    let far = Payload::text(r#"{"conn_type": "t", "port": 70000}"#);
    let (reason, message) = encoded(&text, &text, &far, Spelling::Uri).unwrap_err();
    assert_eq!(
        (reason, message.as_str()),
        ("loss", "in a URI, `port` must be a whole number from 0 to 65535")
    );
    assert_eq!(encoded(&text, &side(Dialect::EnvFile), &far, Spelling::Keep).unwrap_err(), (reason, message));
}

#[test]
fn reason_of_the_target_format_is_preferred_to_a_foreign_shape() {
    let far = payload(r#"{"conn_type": "t", "port": 70000}"#);
    let line = |payload: &Payload| match payload {
        Payload::Text(_) => Ok(()),
        Payload::Fields(_) => Err(Rejection::new("shape", "a line holds one text")),
    };
    let (file, line_file) = (side(Dialect::File), side(Dialect::EnvFile));
    let rejected = encode_kind(Kind::Connection, &file, &line_file, &far, Spelling::Keep, &line).unwrap_err();
    assert_eq!(rejected, ("loss", "in a URI, `port` must be a whole number from 0 to 65535".to_owned()));
    // The target's own rejection of fields is reported.
    let reject = |_: &Payload| Err(Rejection::new("shape", "port must be a whole number"));
    let rejected = encode_kind(Kind::Connection, &file, &file, &far, Spelling::Keep, &reject).unwrap_err();
    assert_eq!(rejected, ("shape", "port must be a whole number".to_owned()));
}

#[test]
fn extra_that_is_not_an_object_is_rejected_for_a_core_reader() {
    let free = Payload::text(r#"{"conn_type": "t", "extra": "[1]"}"#);
    let text = side(Dialect::Text);
    assert_eq!(keep(&text, &text, &free), verbatim(&free, &[]));
    let (reason, message) = encoded(&text, &side(Dialect::File), &free, Spelling::Keep).unwrap_err();
    assert_eq!(reason, "loss");
    assert_eq!(
        message,
        "Airflow cannot read the entry at the target: field `extra`: expected a JSON object, found a list"
    );
}

#[test]
fn empty_password_differs_from_an_absent_one() {
    let empty = Payload::text(r#"{"conn_type": "t", "password": ""}"#);
    // Airflow 2 treats it as absent, so Airflow 3 must get an absent one.
    let none = Payload::text(r#"{"conn_type": "t"}"#);
    assert_eq!(keep(&old(Dialect::Text), &side(Dialect::Text), &empty), rewritten(none, &[]));
    // The other way round the difference is a loss, and so it is in every format that a core reader reads.
    assert_eq!(
        keep(&side(Dialect::Text), &old(Dialect::Text), &empty),
        verbatim(&empty, &[Loss::AbsentVsEmpty])
    );
    let fields = payload(r#"{"conn_type": "t", "password": ""}"#);
    let copy = keep(&side(Dialect::Vault), &side(Dialect::File), &fields);
    assert_eq!(copy.losses, [Loss::AbsentVsEmpty]);
    let no_port = payload(r#"{"conn_type": "t", "port": ""}"#);
    let uri = encoded(&side(Dialect::File), &side(Dialect::EnvFile), &no_port, Spelling::Uri).unwrap();
    assert_eq!(uri.losses, [Loss::AbsentVsEmpty], "of host and schema; an empty port is none");
}

#[test]
fn number_in_a_field_is_kept_where_the_reader_keeps_it_and_is_a_loss_elsewhere() {
    let typed = Payload::text(r#"{"conn_type": "redis", "schema": 0, "login": 12345, "host": true}"#);
    for to in [Dialect::Text, Dialect::File, Dialect::Vault] {
        let copy = keep(&side(Dialect::Text), &side(to.clone()), &typed);
        assert_eq!(copy.losses, [], "{to:?}");
        let back = reading(&side(to), Kind::Connection, &copy.payload);
        assert_eq!(
            compare(&reading(&side(Dialect::Text), Kind::Connection, &typed), &back),
            Comparison::Same
        );
    }
    for to in [Dialect::EnvFile, Dialect::Astro] {
        let copy = keep(&side(Dialect::Text), &side(to.clone()), &typed);
        assert!(copy.losses.contains(&Loss::FieldType), "{to:?}");
        let Reading::Connection { connection, .. } = reading(&side(to), Kind::Connection, &copy.payload)
        else {
            panic!("no connection");
        };
        let texts = [Field::Schema, Field::Login, Field::Host]
            .map(|field| connection.get(field).as_str().map(str::to_owned));
        assert_eq!(texts, [Some("0".to_owned()), Some("12345".to_owned()), Some("True".to_owned())]);
    }
    let changed = Payload::text(r#"{"conn_type": "redis", "schema": 0, "login": "12345", "host": true}"#);
    let [a, b] = [&typed, &changed].map(|payload| reading(&side(Dialect::Text), Kind::Connection, payload));
    assert_eq!(compare(&a, &b), Comparison::Differs(vec![Field::Login]));
}

#[test]
fn port_as_a_string_becomes_a_number_if_the_target_requires_it() {
    let text_port = payload(r#"{"conn_type": "t", "port": "5432"}"#);
    assert_eq!(keep(&old(Dialect::Vault), &old(Dialect::Vault), &text_port), verbatim(&text_port, &[]));
    let json = Payload::text(r#"{"conn_type": "t", "port": 5432}"#);
    let copy = keep(&old(Dialect::Vault), &old(Dialect::Text), &text_port);
    assert_eq!(copy, rewritten(json, &[]));
    assert_eq!(keep(&old(Dialect::Vault), &side(Dialect::Vault), &text_port), verbatim(&text_port, &[]));
}

#[test]
fn port_zero_is_preserved() {
    let zero = Payload::text("t://h:0");
    let fields = payload(r#"{"conn_type": "t", "host": "h", "schema": "", "port": "0"}"#);
    assert_eq!(keep(&side(Dialect::Text), &side(Dialect::Vault), &zero), rewritten(fields, &[]));
}

#[test]
fn payload_that_the_store_rejects_is_not_used() {
    let long =
        Payload::text(r#"{"conn_type": "t", "description": "far too long", "schema": "", "host": "h"}"#);
    let text = side(Dialect::Text);
    let fits = |payload: &Payload| match payload {
        Payload::Text(text) if text.len() > 20 => Err(Rejection::new("value-too-large", "too long")),
        _ => Ok(()),
    };
    let uri = encode_kind(Kind::Connection, &text, &text, &long, Spelling::Keep, &fits).unwrap();
    assert_eq!(uri, rewritten(Payload::text("t://h"), &[Loss::Description]));
    let nothing = |_: &Payload| Err(Rejection::new("value-invalid", "never"));
    let rejected = encode_kind(Kind::Connection, &text, &text, &long, Spelling::Keep, &nothing).unwrap_err();
    assert_eq!(rejected, ("value-invalid", "never".to_owned()));
}

#[test]
fn variable_value_is_never_changed() {
    let go = |from: Dialect, to: Dialect, payload: &Payload| {
        encode_kind(Kind::Variable, &side(from), &side(to), payload, Spelling::Json, &|_| Ok(()))
    };
    let text = Payload::text(" {\"a\": 1.50}\n");
    let field = Payload::Fields(Fields::from_iter([("value", Json::string(" {\"a\": 1.50}\n"))]));
    assert_eq!(go(Dialect::Text, SECRETS_MANAGER, &text).unwrap(), verbatim(&text, &[]));
    assert_eq!(go(Dialect::Text, Dialect::Vault, &text).unwrap(), rewritten(field.clone(), &[]));
    assert_eq!(go(Dialect::Vault, Dialect::Text, &field).unwrap(), rewritten(text, &[]));

    let number = payload(r#"{"value": 5}"#);
    assert_eq!(go(Dialect::Vault, Dialect::Vault, &number).unwrap(), verbatim(&number, &[]));
    assert_eq!(go(Dialect::Vault, Dialect::Text, &number).unwrap_err().0, "not-text");

    let described = payload(r#"{"value": "v", "description": "d"}"#);
    assert_eq!(go(Dialect::File, Dialect::File, &described).unwrap(), verbatim(&described, &[]));
    assert_eq!(
        go(Dialect::File, Dialect::Text, &described).unwrap(),
        rewritten(Payload::text("v"), &[Loss::Description])
    );
    let in_vault = go(Dialect::File, Dialect::Vault, &described).unwrap();
    assert_eq!(in_vault.losses, [Loss::Description]);
}

#[test]
fn unreadable_entry_is_rejected() {
    let broken = Payload::text("t://h:x");
    let text = side(Dialect::Text);
    assert_eq!(encoded(&text, &text, &broken, Spelling::Keep).unwrap_err().0, "unreadable");
}

#[test]
fn difference_names_the_fields() {
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
fn comparison_with_an_unreadable_entry_is_unknown() {
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
fn rejection_of_the_target_format_is_reported() {
    let fits = |payload: &Payload| match payload {
        Payload::Fields(_) => Err(Rejection::new("shape", "one text")),
        Payload::Text(_) => Err(Rejection::new("value-empty", "not empty")),
    };
    let (vault, file) = (side(Dialect::Vault), side(Dialect::File));
    let empty = payload(r#"{"value": ""}"#);
    let rejected = encode_kind(Kind::Variable, &vault, &file, &empty, Spelling::Keep, &fits);
    assert_eq!(rejected, Err(("value-empty", "not empty".to_owned())));
}

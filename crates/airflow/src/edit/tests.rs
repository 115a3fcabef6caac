use std::sync::Arc;

use airbridge_core::Json;

use super::{Edited, Edits, Part};
use crate::{Connection, Field, Kind, Reading, Unrepresentable};

fn parts<'a>(names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Part> {
    names.into_iter().map(|name| Part::named(name).unwrap())
}

fn edits<const N: usize>(set: [(&str, Json); N], unset: &[&str]) -> Edits {
    let set = set.into_iter().map(|(name, value)| (Part::named(name).unwrap(), value)).collect();
    Edits { set, unset: parts(unset.iter().copied()).collect() }
}

fn with_extra(extra: Json) -> Reading {
    let connection = Connection { conn_type: Json::string("t"), extra, ..Connection::default() };
    Reading::Connection { connection: Arc::new(connection), loses: Unrepresentable::default() }
}

fn connection(edited: &Edited) -> &Connection {
    match &edited.reading {
        Reading::Connection { connection, .. } => connection,
        other => panic!("{other:?}"),
    }
}

fn names(parts: &std::collections::BTreeSet<Part>) -> Vec<String> {
    parts.iter().map(Part::to_string).collect()
}

#[test]
fn part_is_parsed_from_its_name() {
    for (name, part) in [
        ("host", Some(Part::Field(Field::Host))),
        ("extra", Some(Part::Field(Field::Extra))),
        ("extra.a.b", Some(Part::ExtraKey("a.b".to_owned()))),
        ("value", Some(Part::Value)),
        ("extra.", None),
        ("hosts", None),
    ] {
        assert_eq!(Part::named(name), part, "{name}");
        assert!(part.is_none_or(|part| part.to_string() == name));
    }
    assert!(Part::Value.fits(Kind::Config) && !Part::Value.fits(Kind::Connection));
    assert!(!Part::Field(Field::Host).fits(Kind::Variable) && !Part::Field(Field::Host).may_be_secret());
    assert!(parts(["login", "password", "extra.x", "value"]).all(|part| part.may_be_secret()));
}

#[test]
fn extra_keys_are_set_and_removed_in_place() {
    let extra = r#"{"b": 1.50, "a":{"x":1},"c":"é", "n": 12345678901234567890123}"#;
    for (set, unset, text, changed) in [
        // Only a change rewrites the string. Then all of it is written as Python writes it.
        (("b", "1.5"), "extra.zzz", extra, (&[][..], &[][..])),
        (
            ("a", r#"{"x": 2}"#),
            "extra.b",
            r#"{"a": {"x": 2}, "c": "\u00e9", "n": 12345678901234567890123}"#,
            (&["extra.a"], &["extra.b"]),
        ),
        (
            ("z", "true"),
            "extra.c",
            r#"{"b": 1.5, "a": {"x": 1}, "n": 12345678901234567890123, "z": true}"#,
            (&["extra.z"], &["extra.c"]),
        ),
        // Python distinguishes 1 and 1.0.
        (
            ("a", r#"{"x": 1.0}"#),
            "extra.n",
            r#"{"b": 1.5, "a": {"x": 1.0}, "c": "\u00e9"}"#,
            (&["extra.a"], &["extra.n"]),
        ),
        // Removals come first.
        (("z", "null"), "extra", r#"{"z": null}"#, (&["extra.z"], &["extra"])),
    ] {
        let edits = edits([(&format!("extra.{}", set.0), Json::parse(set.1).unwrap())], &[unset]);
        let edited = edits.apply(&with_extra(Json::string(extra))).unwrap();
        assert_eq!(connection(&edited).extra.as_str(), Some(text));
        assert_eq!(
            (&names(&edited.set)[..], &names(&edited.unset)[..]),
            (&owned(changed.0)[..], &owned(changed.1)[..])
        );
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn absent_extra_becomes_an_object_and_an_empty_object_stays() {
    let set = edits([("extra.a", Json::string("x"))], &[]);
    for extra in [Json::Null, Json::string(""), Json::string(" "), Json::string("{}")] {
        let edited = set.apply(&with_extra(extra)).unwrap();
        assert_eq!(connection(&edited).extra.as_str(), Some(r#"{"a": "x"}"#));
    }
    let unset = edits([], &["extra.a"]);
    let edited = unset.apply(&with_extra(Json::string(r#"{"a":1}"#))).unwrap();
    assert_eq!(connection(&edited).extra.as_str(), Some("{}"));
    assert!(connection(&unset.apply(&with_extra(Json::Null)).unwrap()).extra.is_null());
}

#[test]
fn key_of_an_extra_that_is_not_an_object_is_an_error_without_the_value() {
    let set = edits([("extra.a", Json::string("x"))], &[]);
    for (extra, what) in
        [("[\"canary\"]", "found a list"), ("canary", "expected a JSON object"), ("5", "found a number")]
    {
        let error = set.apply(&with_extra(Json::string(extra))).unwrap_err().to_string();
        assert!(error.contains(what) && !error.contains("canary"), "{error}");
        // Other edits do not parse the extra.
        edits([("host", Json::string("h"))], &["extra"]).apply(&with_extra(Json::string(extra))).unwrap();
    }
}

#[test]
fn setting_the_present_value_changes_nothing() {
    let reading = with_extra(Json::Null);
    let edits =
        edits([("conn_type", Json::string("t")), ("port", Json::integer(5))], &["host", "description"]);
    let edited = edits.apply(&reading).unwrap();
    assert_eq!((names(&edited.set), edited.unset.len()), (vec!["port".to_owned()], 0));
    let with_text = Connection { port: Json::string("05"), ..connection(&edited).clone() };
    let with_text =
        Reading::Connection { connection: Arc::new(with_text), loses: Unrepresentable::default() };
    let edited = edits.apply(&with_text).unwrap();
    assert!(edited.set.is_empty());
    assert_eq!(edited.reading, with_text);
}

#[test]
fn empty_field_of_a_uri_counts_as_absent() {
    let connection = Connection { host: Json::string(""), ..Connection::default() };
    for (absence, gone) in [(true, 0), (false, 1)] {
        let loses = Unrepresentable { absence, ..Unrepresentable::default() };
        let reading = Reading::Connection { connection: Arc::new(connection.clone()), loses };
        assert_eq!(edits([], &["host"]).apply(&reading).unwrap().unset.len(), gone);
    }
}

#[test]
fn description_from_the_user_is_no_longer_unrepresentable() {
    let loses = Unrepresentable {
        absence: true,
        absent_type: false,
        empty_password: true,
        description: true,
        unseen_description: false,
        types: true,
        spelling: false,
    };
    let reading = Reading::Connection { connection: Arc::default(), loses };
    for edits in [edits([("description", Json::string("d"))], &[]), edits([], &["description"])] {
        let Reading::Connection { loses, .. } = edits.apply(&reading).unwrap().reading else { panic!() };
        assert_eq!(
            loses,
            Unrepresentable {
                absence: true,
                absent_type: false,
                empty_password: true,
                description: false,
                unseen_description: false,
                types: true,
                spelling: false,
            }
        );
    }
}

#[test]
fn new_value_of_a_variable_keeps_the_description() {
    let reading = Reading::Value {
        value: Json::integer(5),
        description: Json::string("d"),
        loses: Unrepresentable::default(),
    };
    let edited =
        edits([("value", Json::string("x")), ("host", Json::string("h"))], &[]).apply(&reading).unwrap();
    let Reading::Value { value, description, .. } = &edited.reading else { panic!() };
    assert_eq!((value.as_str(), description.as_str()), (Some("x"), Some("d")));
    assert_eq!(names(&edited.set), ["value"]);
}

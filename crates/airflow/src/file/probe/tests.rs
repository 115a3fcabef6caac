//! What is read of a probe's output, and that a stream which is not whole is an error.

use airbridge_core::{Content, Document, DocumentError, Json, JsonStyle, Payload, Record, State};

use super::{ProbeFacts, ProbeFile};
use crate::encode::{Comparison, Loss, ReadRules, Request, compare, encode_for};
use crate::entry::Kind;
use crate::read::{Dialect, read};
use crate::reader::AirflowVersion;
use crate::reading::Reading;
use crate::spell::Spelling;

const HEADER: &str = r#"{"probe": 1, "airflow": "3.3.2", "context": "task", "reader": "sdk", "sources": ["backend", "environment", "execution-api"], "backend": "a.b.C"}"#;
const CONNECTION: &str = r#"{"kind": "connection", "id": "a", "source": "execution-api", "fields": {"conn_type": "http", "host": "h", "schema": null, "login": "canary", "password": "canary", "port": 80, "extra": "canary"}}"#;
const VARIABLE: &str =
    r#"{"kind": "variable", "id": "b", "source": "environment", "value": "canary", "description": null}"#;
const MISSING: &str = r#"{"kind": "connection", "id": "c/d", "error": "missing"}"#;

fn stream(lines: &[&str]) -> String {
    let end = format!("{{\"end\": {}}}", lines.len());
    let all = [HEADER].into_iter().chain(lines.iter().copied()).chain([end.as_str()]);
    all.flat_map(|line| [line, "\n"]).collect()
}

fn parse(text: &str) -> Result<Vec<Record>, DocumentError> {
    ProbeFile.parse(text.as_bytes())
}

fn error(text: &str) -> String {
    let error = parse(text).unwrap_err().to_string();
    assert!(!error.contains("canary"), "{error}");
    assert_eq!(ProbeFacts::parse(text.as_bytes()).unwrap_err().to_string(), error);
    error
}

fn only(line: &str) -> Record {
    parse(&stream(&[line])).unwrap().pop().unwrap()
}

fn payload(record: &Record) -> &Payload {
    match &record.content {
        Content::Payload(payload) => payload,
        Content::Hidden(state) => panic!("{state:?}"),
    }
}

fn shown(record: &Record) -> String {
    match &record.content {
        Content::Payload(Payload::Text(text)) => text.expose().to_owned(),
        Content::Payload(Payload::Fields(fields)) => {
            Json::Object(fields.clone()).to_text(JsonStyle::LINE).expose().to_owned()
        }
        Content::Hidden(State::Damaged { message }) => format!("! {message}"),
        Content::Hidden(state) => panic!("{state:?}"),
    }
}

fn reading(kind: Kind, record: &Record) -> Reading {
    read(&Dialect::Probe, AirflowVersion::V3_3.task_reader(), kind, payload(record))
}

#[test]
fn entry_is_read_with_its_types_and_what_the_probe_could_not_know() {
    for (line, expected) in [
        (
            CONNECTION,
            r#"{"conn_type": "http", "host": "h", "login": "canary", "password": "canary", "port": 80, "extra": "canary", "unknown": "description"}"#,
        ),
        (
            r#"{"kind": "connection", "id": "a", "source": "backend", "fields": {"conn_type": "t", "description": null, "host": "", "schema": 0, "login": true, "password": null, "port": null, "extra": null}}"#,
            r#"{"conn_type": "t", "host": "", "schema": 0, "login": true}"#,
        ),
        (VARIABLE, r#"{"value": "canary"}"#),
        (
            r#"{"kind": "variable", "id": "b", "source": "metastore", "value": " ", "description": "d"}"#,
            r#"{"value": " ", "description": "d"}"#,
        ),
        (r#"{"kind": "variable", "id": "b", "source": "execution-api", "value": "x\ny"}"#, "x\ny"),
        (
            r#"{"kind": "variable", "id": "b", "source": "backend", "value": [1], "description": null}"#,
            r#"{"value": [1]}"#,
        ),
        (r#"{"kind": "config", "id": "c", "source": "backend", "value": "x"}"#, "x"),
        (MISSING, "{}"),
        (r#"{"kind": "variable", "id": "c", "error": "unreadable"}"#, "! line 2: Airflow cannot read it"),
        (
            r#"{"kind": "connection", "id": "c/d", "error": "unreadable", "raised": {"backend": "JSONDecodeError", "metastore": "no-value"}, "not_asked": {"execution-api": "slash-in-id", "environment": "OSError"}}"#,
            "! line 2: Airflow cannot read it: the secrets backend raised JSONDecodeError; the metadata database has it, but without a \
          value that Airflow can decrypt; the Execution API cannot be asked for an id that contains `/`; the environment could not \
          be asked (OSError)",
        ),
    ] {
        assert_eq!(shown(&only(line)), expected, "{line}");
    }
    let names = parse(&stream(&[CONNECTION, VARIABLE, MISSING])).unwrap();
    let names: Vec<_> = names.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(names, ["connections/a", "variables/b", "connections/c/d"]);
}

#[test]
fn missing_entry_reads_as_missing_and_an_empty_connection_does_not() {
    assert_eq!(reading(Kind::Connection, &only(MISSING)), Reading::Missing);
    let missing = r#"{"kind": "variable", "id": "b", "error": "missing"}"#;
    assert_eq!(reading(Kind::Variable, &only(missing)), Reading::Missing);
    let empty = r#"{"kind": "connection", "id": "a", "source": "backend", "fields": {"conn_type": null, "description": null, "host": null, "schema": null, "login": null, "password": null, "port": null, "extra": null}}"#;
    assert!(matches!(reading(Kind::Connection, &only(empty)), Reading::Connection { .. }));
}

#[test]
fn stream_that_is_not_whole_is_an_error_that_names_the_line() {
    let whole = stream(&[CONNECTION, VARIABLE]);
    assert_eq!(parse(&whole).unwrap().len(), 2);
    assert_eq!(parse(&whole.replace('\n', "\r\n")).unwrap().len(), 2);
    assert_eq!(parse(whole.trim_end()).unwrap().len(), 2, "an editor may remove the last line break");
    let cut = "the output of the probe is cut off";
    for at in 1..whole.trim_end().len() {
        let error = error(&whole[..at]);
        let line = whole[..at].trim_end_matches('\n').lines().count();
        assert!(error.starts_with(&format!("line {line}: ")) && error.contains(cut), "{at}: {error}");
    }
    for (text, message) in [
        (String::new(), "line 1: expected the header of a probe, found nothing"),
        (format!("{CONNECTION}\n"), "line 1: expected the header of a probe"),
        ("INFO - canary\n".to_owned(), "line 1: expected one JSON object that a probe writes"),
        (
            whole.replace("{\"end\": 2}", "INFO - canary\n{\"end\": 2}"),
            "line 4: expected one JSON object that a probe writes",
        ),
        (
            whole.replace("{\"end\": 2}", "\n{\"end\": 2}"),
            "line 4: expected one JSON object that a probe writes",
        ),
        (
            whole.replace("{\"end\": 2}", "[1]\n{\"end\": 2}"),
            "line 4: expected one JSON object that a probe writes",
        ),
        (whole.replace("\"end\": 2", "\"end\": 3"), "line 4: the probe wrote 3 entries, but 2 are here"),
        (
            whole.replace("\"end\": 2", "\"end\": \"canary\""),
            "line 4: expected only the number of entries in the last line",
        ),
        (
            whole.replace("\"end\": 2", "\"end\": 2, \"canary\": 1"),
            "line 4: expected only the number of entries in the last line",
        ),
        (format!("{whole}{VARIABLE}\n"), "line 5: expected nothing after the last line of a probe"),
        (format!("{whole}\n"), "line 5: expected nothing after the last line of a probe"),
        (format!("{whole}{whole}"), "line 5: expected nothing after the last line of a probe"),
        (stream(&[CONNECTION, VARIABLE, CONNECTION]), "line 4: conn:a: defined twice, first on line 2"),
    ] {
        assert_eq!(error(&text), message, "{text}");
    }
}

#[test]
fn header_that_is_not_understood_is_an_error() {
    let whole = stream(&[VARIABLE]);
    for (from, to, message) in [
        ("\"probe\": 1", "\"probe\": 2", "line 1: the probe was printed by a newer version of airbridge"),
        ("\"probe\": 1", "\"probe\": \"1\"", "line 1: expected the header of a probe"),
        ("3.3.2", "1.10.15", "line 1: `airflow`: expected the version of an Airflow 2 or 3"),
        ("\"task\"", "\"canary\"", "line 1: `context`: expected `task` or `process`"),
        ("\"sdk\"", "null", "line 1: `reader`: expected `sdk` or `core`"),
        (
            "\"execution-api\"]",
            "\"canary\"]",
            "line 1: `sources`: expected a list of the places that Airflow asks",
        ),
        ("a.b.C", "canary canary", "line 1: `backend`: expected the name of a class, or null"),
        (
            "\"backend\": \"a.b.C\"",
            "\"backend\": null, \"canary\": 1",
            "line 1: expected only probe, airflow, context, reader, sources, backend, listed, not_listed in the header",
        ),
        (
            "\"backend\": \"a.b.C\"",
            "\"backend\": null, \"listed\": {\"canary\": []}",
            "line 1: `listed`: expected for each kind a list of places",
        ),
    ] {
        assert_eq!(error(&whole.replace(from, to)), message);
    }
}

#[test]
fn line_of_the_wrong_shape_is_an_error_that_names_the_entry() {
    for (line, from, to, message) in [
        (VARIABLE, "\"variable\"", "\"canary\"", "`kind`: expected `connection`, `variable` or `config`"),
        (VARIABLE, "\"b\"", "1", "`id`: expected an id"),
        (VARIABLE, "\"b\"", "\"\"", "`id`: expected an id"),
        (VARIABLE, "\"environment\"", "\"canary\"", "var:b: `source`: expected the place that answered"),
        (VARIABLE, "\"canary\"", "null", "var:b: `value`: expected a value"),
        (
            VARIABLE,
            "\"description\": null",
            "\"description\": [\"canary\"]",
            "var:b: `description`: expected a string or null",
        ),
        (VARIABLE, "\"canary\", \"description\": null", "[\"canary\"]", "var:b: `value`: expected a string"),
        (
            VARIABLE,
            "\"value\"",
            "\"canary\": 1, \"value\"",
            "var:b: expected only kind, id, source, fields, value, description, also, raised, not_asked and error",
        ),
        (VARIABLE, "\"value\"", "\"fields\": {}, \"value\"", "var:b: `fields` does not belong to a variable"),
        (
            VARIABLE,
            "\"value\"",
            "\"error\": \"missing\", \"value\"",
            "var:b: expected either `error` or a value",
        ),
        (
            VARIABLE,
            "\"value\"",
            "\"raised\": [\"canary\"], \"value\"",
            "var:b: `raised`: expected an object that says why a place did not answer",
        ),
        (
            VARIABLE,
            "\"value\"",
            "\"raised\": {\"backend\": \"can't: canary\"}, \"value\"",
            "var:b: `raised`: expected an object that says why a place did not answer",
        ),
        (
            VARIABLE,
            "\"value\"",
            "\"also\": [{\"source\": \"backend\", \"same\": \"canary\"}], \"value\"",
            "var:b: `also`: expected a list of places, each with `same`",
        ),
        (MISSING, "\"missing\"", "\"canary\"", "conn:c/d: `error`: expected `missing` or `unreadable`"),
        (
            CONNECTION,
            "\"host\": \"h\"",
            "\"host\": [\"canary\"]",
            "conn:a: `host`: expected no list and no object",
        ),
        (
            CONNECTION,
            "\"extra\": \"canary\"",
            "\"extra\": {\"canary\": 1}",
            "conn:a: `extra`: expected a string or null",
        ),
        (CONNECTION, "\"host\": \"h\", ", "", "conn:a: `fields`: expected `host` in it"),
        (
            CONNECTION,
            "\"host\"",
            "\"canary\": 1, \"host\"",
            "conn:a: `fields`: expected only conn_type, description, host, schema, login, password, port, extra",
        ),
        (
            CONNECTION,
            "\"fields\": {",
            "\"fields\": 1, \"x\": {",
            "conn:a: expected only kind, id, source, fields, value, description, also, raised, not_asked and error",
        ),
    ] {
        let wrong = line.replacen(from, to, 1);
        assert_ne!(wrong, line, "{from}");
        assert_eq!(error(&stream(&[&wrong])), format!("line 2: {message}"));
    }
}

#[test]
fn other_value_of_the_same_entry_is_a_note_that_names_the_places() {
    let with = |members: &str| only(&VARIABLE.replace("\"value\"", &format!("{members}, \"value\"")));
    let note = |members: &str| with(members).note.unwrap();
    assert_eq!(only(VARIABLE).note.unwrap(), "Airflow reads it from the environment");
    assert_eq!(only(CONNECTION).note, None);
    assert_eq!(
        note(r#""also": [{"source": "execution-api", "same": false}]"#),
        "Airflow reads it from the environment; the Execution API has a different value, which Airflow does not read"
    );
    // Its own backend and its own environment answer the API server, too.
    assert_eq!(
        note(r#""also": [{"source": "execution-api", "same": true}]"#),
        "Airflow reads it from the environment"
    );
    assert_eq!(
        note(r#""raised": {"backend": "InvalidPath"}, "also": [{"source": "metastore", "same": true}]"#),
        "Airflow reads it from the environment; the secrets backend raised InvalidPath; the metadata database has the same value, \
         which Airflow does not read"
    );
    let different =
        VARIABLE.replace("\"value\"", r#""also": [{"source": "metastore", "same": false}], "value""#);
    let facts = ProbeFacts::parse(stream(&[CONNECTION, &different]).as_bytes()).unwrap();
    assert_eq!(facts.version, AirflowVersion::V3_3);
    let shadowed: Vec<_> = facts.shadowed.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(shadowed, ["var:b"]);
}

#[test]
fn place_that_was_not_listed_is_named() {
    let listed = r#""backend": "a.b.C", "listed": {"connection": ["environment"], "variable": ["environment", "metastore"]}, "not_listed": {"connection": {"backend": "cannot-list", "metastore": "OperationalError"}, "variable": {"backend": "cannot-list"}}"#;
    let text = stream(&[]).replace(r#""backend": "a.b.C""#, listed).replace("3.3.2", "2.11.2");
    let facts = ProbeFacts::parse(text.as_bytes()).unwrap();
    assert_eq!(facts.version, AirflowVersion::V2_11);
    assert_eq!(
        facts.unlisted,
        [
            "the probe listed the connections of the environment, but not those of the secrets backend and the metadata database \
             (OperationalError)",
            "the probe listed the variables of the environment and the metadata database, but not those of the secrets backend",
        ]
    );
}

/// A copy of the reading to a target with these rules.
fn copied(kind: Kind, record: &Record, to: &Dialect) -> (Payload, Vec<Loss>) {
    let reading = reading(kind, record);
    let to = ReadRules { dialect: to.clone(), version: AirflowVersion::V3_3 };
    let fits = |_: &Payload| Ok(());
    let payload = Some(payload(record));
    let encoded = encode_for(&Request {
        kind,
        payload,
        reading: &reading,
        to: &to,
        spelling: Spelling::Keep,
        fits: &fits,
    })
    .unwrap();
    (encoded.payload, encoded.losses)
}

fn targets() -> Vec<Dialect> {
    vec![
        Dialect::Text,
        Dialect::SecretsManager { extra_conn_words: Vec::new() },
        Dialect::Vault,
        Dialect::File,
        Dialect::Astro,
        Dialect::Row { respelled: false },
        Dialect::Row { respelled: true },
    ]
}

#[test]
fn unknown_description_is_a_loss_in_every_target_and_its_mark_is_written_nowhere() {
    let variable = only(r#"{"kind": "variable", "id": "b", "source": "execution-api", "value": "x"}"#);
    let connection = only(&CONNECTION.replace("\"canary\"}", "null}"));
    for to in targets() {
        for (kind, record) in [(Kind::Connection, &connection), (Kind::Variable, &variable)] {
            let (payload, losses) = copied(kind, record, &to);
            assert!(losses.contains(&Loss::Description), "{to:?} {kind:?}");
            let text = match payload {
                Payload::Text(text) => text,
                Payload::Fields(fields) => Json::Object(fields).to_text(JsonStyle::LINE),
            };
            assert!(!text.expose().contains("unknown"), "{to:?}: {}", text.expose());
        }
    }
    // A bundle keeps that it is unknown.
    assert_eq!(copied(Kind::Connection, &connection, &Dialect::Probe).1, []);
    assert_eq!(copied(Kind::Variable, &variable, &Dialect::Probe).1, []);
}

#[test]
fn known_description_is_no_loss() {
    let config = only(r#"{"kind": "config", "id": "c", "source": "backend", "value": "x"}"#);
    let connection = only(
        &CONNECTION.replace("\"host\"", "\"description\": null, \"host\"").replace("\"canary\"}", "null}"),
    );
    for to in targets() {
        if to != Dialect::Astro {
            assert_eq!(copied(Kind::Config, &config, &to).1, [], "{to:?}");
        }
        assert_eq!(copied(Kind::Variable, &only(VARIABLE), &to).1, [], "{to:?}");
        assert!(!copied(Kind::Connection, &connection, &to).1.contains(&Loss::Description), "{to:?}");
    }
}

#[test]
fn unknown_description_is_not_a_difference_and_a_known_one_is() {
    let there = |description: &str| {
        let fields = format!(
            r#"{{"conn_type": "http", "host": "h", "login": "canary", "password": "canary", "port": 80, "extra": "canary", "description": {description}}}"#
        );
        let fields = Json::parse(&fields).unwrap().as_object().unwrap().clone();
        read(&Dialect::Vault, AirflowVersion::V3_3.task_reader(), Kind::Connection, &Payload::Fields(fields))
    };
    let unknown = reading(Kind::Connection, &only(CONNECTION));
    assert_eq!(compare(&unknown, &there("null")), Comparison::Same);
    assert_eq!(compare(&unknown, &there("\"d\"")), Comparison::Same);
    let known = only(&CONNECTION.replace("\"host\"", "\"description\": null, \"host\""));
    let known = reading(Kind::Connection, &known);
    assert_eq!(compare(&known, &there("null")), Comparison::Same);
    assert_ne!(compare(&known, &there("\"d\"")), Comparison::Same);
}

//! Airflow's JSON and `.env` files, and what all formats share.

use airbridge_core::{Content, Document, Edit, Fields, Json, JsonStyle, Payload, SecretName, State};

use super::{Format, Options, VariablesReader};
use crate::AirflowVersion;

fn options(reader: VariablesReader, version: AirflowVersion) -> Options {
    Options { reader, version, dialect: None }
}

fn shown(content: &Content) -> String {
    match content {
        Content::Payload(Payload::Text(text)) => text.expose().to_owned(),
        Content::Payload(Payload::Fields(fields)) => {
            Json::Object(fields.clone()).to_text(JsonStyle::LINE).expose().to_owned()
        }
        Content::Hidden(State::Damaged { message }) => format!("! {message}"),
        Content::Hidden(State::NoValue) => "nothing".to_owned(),
        Content::Hidden(state) => panic!("{state:?}"),
    }
}

/// The content of the only entry of a file.
fn read(format: Format, options: Options, text: &str) -> String {
    let records = format.document(options).parse(text.as_bytes()).unwrap();
    assert_eq!(records.len(), 1, "{text}");
    shown(&records[0].content)
}

fn fields(json: &str) -> Payload {
    Payload::Fields(Json::parse(json).unwrap().as_object().unwrap().clone())
}

fn render(document: &dyn Document, before: Option<&str>, edits: &[(&str, Option<Payload>)]) -> String {
    let names: Vec<_> = edits.iter().map(|(name, _)| SecretName::new(*name)).collect();
    let edits: Vec<_> = names
        .iter()
        .zip(edits)
        .map(|(name, (_, payload))| Edit { name, payload: payload.as_ref(), metadata: None })
        .collect();
    let rendered = document.render(before.map(str::as_bytes), &edits).unwrap();
    assert_eq!(rendered.reformatted, []);
    String::from_utf8(rendered.bytes.to_vec()).unwrap()
}

#[test]
fn connection_is_a_uri_or_an_object_with_constructor_arguments() {
    for (value, new, old) in [
        (r#""t://h""#, "t://h", "t://h"),
        (r#"["t://h"]"#, "t://h", "t://h"),
        (r#"{"conn_type": "t", "host": null}"#, r#"{"conn_type": "t"}"#, r#"{"conn_type": "t"}"#),
        (r#"{"conn_id": "c", "port": "5"}"#, r#"{"port": "5"}"#, r#"{"port": "5"}"#),
        (r#"{"extra_dejson": {"a": 1.50}}"#, r#"{"extra": "{\"a\": 1.5}"}"#, r#"{"extra": "{\"a\": 1.5}"}"#),
        (r#"{"team_name": "x"}"#, "{}", "! line 1: `team_name` is not a connection field"),
        // As in YAML's `{password:x}`.
        (
            r#"{"password:canary": null}"#,
            "! line 1: a name with characters other than letters, digits and `_` is not a connection field",
            "! line 1: a name with characters other than letters, digits and `_` is not a connection field",
        ),
        (
            r#"{"conn_id": "d"}"#,
            "! line 1: field `conn_id`: differs from the id of the entry",
            "! line 1: field `conn_id`: differs from the id of the entry",
        ),
        (
            r#"{"extra": null, "extra_dejson": {}}"#,
            "! line 1: `extra` cannot be combined with `extra_dejson`",
            "! line 1: `extra` cannot be combined with `extra_dejson`",
        ),
        (
            r#"{"conn_type": "t", "user": "u", "note": "n"}"#,
            "! line 1: `user` is not a connection field, did you mean `login`?; `note` is not a connection field",
            "! line 1: `user` is not a connection field, did you mean `login`?; `note` is not a connection field",
        ),
        (
            r#"["t://h", "t://i"]"#,
            "! line 1: expected one connection, found a list of several",
            "! line 1: expected one connection, found a list of several",
        ),
        (
            "5",
            "! line 1: expected a URI or an object, found a number",
            "! line 1: expected a URI or an object, found a number",
        ),
    ] {
        let text = format!(r#"{{"c": {value}}}"#);
        for (version, expected) in [(AirflowVersion::V3_3, new), (AirflowVersion::V2_11, old)] {
            let options = options(VariablesReader::Import, version);
            assert_eq!(read(Format::ConnectionsJson, options, &text), expected, "{value} {version:?}");
        }
    }
    let records = Format::ConnectionsJson.document(Options::default()).parse(br#"{"c": []}"#).unwrap();
    assert_eq!(records, []);
}

#[test]
fn variable_value_depends_on_the_reader() {
    let import = options(VariablesReader::Import, AirflowVersion::V3_3);
    let import_old = options(VariablesReader::Import, AirflowVersion::V2_11);
    let backend = options(VariablesReader::Backend, AirflowVersion::V3_3);
    let backend_old = options(VariablesReader::Backend, AirflowVersion::V2_11);
    let not_string =
        |found: &str| format!("! line 1: expected a string, found {found}; put the value in quotes");
    for (value, reader, expected) in [
        (r#""42""#, import, "42".to_owned()),
        ("42", import, "42".to_owned()),
        ("42", backend, not_string("a number")),
        ("null", import, "null".to_owned()),
        ("null", backend, "nothing".to_owned()),
        (r#"{"a": [1]}"#, import, "{\n  \"a\": [\n    1\n  ]\n}".to_owned()),
        (r#"["x"]"#, backend, not_string("a list")),
        (r#"["x"]"#, backend_old, "x".to_owned()),
        ("[]", backend_old, "! line 1: expected a list with exactly one value".to_owned()),
        (r#"{"value": "x", "description": "d"}"#, import, r#"{"value": "x", "description": "d"}"#.to_owned()),
        (r#"{"value": 1.50, "description": null}"#, import, "1.5".to_owned()),
        (
            r#"{"value": "x", "description": 5}"#,
            import,
            "! line 1: field `description`: expected a string, found a number".to_owned(),
        ),
        (r#"{"value": "x"}"#, import_old, "{\n  \"value\": \"x\"\n}".to_owned()),
        (r#"{"value": "x"}"#, backend, not_string("an object")),
    ] {
        let text = format!(r#"{{"k": {value}}}"#);
        assert_eq!(read(Format::VariablesJson, reader, &text), expected, "{value} {reader:?}");
    }
    let records =
        Format::VariablesJson.document(import).parse(br#"{"k": {"value": "x", "other": 1}}"#).unwrap();
    assert_eq!(records[0].left_out, ["line 1: field `other`: ignored by `variables import`"]);
    let records = Format::VariablesJson
        .document(import)
        .parse(br#"{"k": {"value": "x", "Description": "d", "a": 1}}"#)
        .unwrap();
    assert_eq!(
        records[0].left_out,
        [
            "line 1: field `Description`: ignored by `variables import`, did you mean `description`?",
            "line 1: field `a`: ignored by `variables import`",
        ]
    );
    assert_eq!(read(Format::ConfigJson, import, r#"{"k": ["x"]}"#), "x");
}

#[test]
fn invalid_file_is_an_error_with_the_line_and_without_the_text() {
    for (format, text, message) in [
        (Format::VariablesJson, "", "the file is empty"),
        (
            Format::VariablesJson,
            "{\n \"a\": canary\n}",
            "line 2, column 7: Airflow cannot read the JSON: a JSON value was expected",
        ),
        (
            Format::VariablesJson,
            "[\"canary\"]",
            "line 1, column 1: Airflow cannot read the JSON: an object in braces was expected",
        ),
        (
            Format::ConnectionsJson,
            "{\"a\": \"canary\",\n\"a\": \"canary\"}",
            "line 2: a: defined twice, first on line 1",
        ),
        (Format::ConnectionsEnv, "# x\ncanary\n", "line 2: expected `NAME=VALUE`, found no `=`"),
        (Format::ConnectionsEnv, "a=1\n=canary\n", "line 2: expected a name before the `=`"),
        (Format::VariablesEnv, "a=\n", "line 1: a: expected a value after the `=`"),
        (Format::VariablesEnv, "\"my canary\"b=\n", "line 1: expected a value after the `=`"),
        (Format::VariablesEnv, "\"canary\"=1\n\"canary\"=2\n", "line 2: defined twice, first on line 1"),
        (Format::VariablesEnv, " \n", "line 1: expected `NAME=VALUE`, found no `=`"),
        (Format::VariablesEnv, "a=1\u{2028}a=canary\n", "line 2: a: defined twice, first on line 1"),
    ] {
        let error = format.document(Options::default()).parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
        assert!(!format!("{error:?}").contains("canary"), "{text:?}");
    }
}

#[test]
fn json_in_a_connections_env_file_is_read_with_a_note() {
    let document = Format::ConnectionsEnv.document(Options::default());
    let records = document.parse(b"a={\"conn_type\": \"t\"}\nb={canary\n").unwrap();
    assert_eq!(shown(&records[0].content), r#"{"conn_type": "t"}"#);
    assert!(records[0].note.as_ref().unwrap().starts_with("line 1: the value is JSON and was read as JSON"));
    assert_eq!(
        shown(&records[1].content),
        "! line 2: starts with `{` but is not valid JSON, and is not a URI"
    );
}

#[test]
fn edit_of_json_changes_only_its_own_text() {
    let document = Format::VariablesJson.document(Options::default());
    let edits = [
        ("variables/b", Some(Payload::text("new"))),
        ("variables/a", None),
        ("variables/d", Some(Payload::text("d"))),
    ];
    for (before, after) in [
        (
            "{\n\t\"a\" : 1 ,\n\t\"b\":  [1, 2],\n\t\"c\": {\"x\":1}\n}\n",
            "{\n\t\"b\":  \"new\",\n\t\"c\": {\"x\":1},\n\t\"d\": \"d\"\n}\n",
        ),
        (r#"{"a":1,"b":2}"#, r#"{"b":"new","d": "d"}"#),
        ("{}\n", "{\n    \"b\": \"new\",\n    \"d\": \"d\"\n}\n"),
    ] {
        assert_eq!(render(&*document, Some(before), &edits), after);
    }
}

#[test]
fn edit_of_an_env_file_changes_only_its_own_line() {
    let document = Format::ConnectionsEnv.document(Options::default());
    let before = "# head\r\n\r\nb=t://old\r\nc={\"conn_type\": \"t\"}\r\nd=t://d";
    let edits = [
        ("connections/b", Some(Payload::text("t://new"))),
        ("connections/d", None),
        ("connections/a", Some(Payload::text("t://a"))),
    ];
    assert_eq!(
        render(&*document, Some(before), &edits),
        "# head\r\n\r\nb=t://new\r\nc={\"conn_type\": \"t\"}\r\na=t://a\n"
    );
}

#[test]
fn payload_that_a_format_cannot_hold_is_rejected_with_a_reason() {
    let text = || Payload::text("t://h");
    let described = || fields(r#"{"value": "x", "description": "d"}"#);
    let backend = options(VariablesReader::Backend, AirflowVersion::V3_3);
    for (format, options, name, payload, reason) in [
        (Format::ConnectionsJson, Options::default(), "variables/a", text(), "kind-not-held"),
        (Format::ConnectionsJson, Options::default(), "connections/", text(), "name-invalid"),
        (Format::ConnectionsJson, Options::default(), "connections/a", fields(r#"{"user": "x"}"#), "shape"),
        (Format::VariablesJson, backend, "variables/a", described(), "shape"),
        (Format::VariablesJson, Options::default(), "variables/a", Payload::Fields(Fields::new()), "shape"),
        (Format::ConfigYaml, Options::default(), "config/a", described(), "shape"),
        (Format::VariablesEnv, Options::default(), "variables/a", Payload::text(""), "value-empty"),
        (Format::VariablesEnv, Options::default(), "variables/a", Payload::text("x\u{85}y"), "value-invalid"),
        (Format::VariablesEnv, Options::default(), "variables/a=b", text(), "name-invalid"),
        (Format::VariablesEnv, Options::default(), "variables/ #a", text(), "name-invalid"),
        (Format::ConnectionsEnv, Options::default(), "connections/a", Payload::text("{}"), "value-invalid"),
        (Format::ConnectionsEnv, Options::default(), "connections/a", fields("{}"), "shape"),
    ] {
        let rejection = format.document(options).check(&SecretName::new(name), &payload).unwrap_err();
        assert_eq!(rejection.reason, reason, "{format} {name}");
    }
    let long = SecretName::new(format!("variables/{}", "é".repeat(300)));
    let rejection = Format::VariablesYaml.document(Options::default()).check(&long, &text()).unwrap_err();
    assert_eq!(rejection.reason, "name-too-long");
}

#[test]
fn format_is_parsed_from_its_name() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.name()), Some(format));
    }
    assert_eq!(Format::parse("json"), None);
}

#[test]
fn number_is_written_like_python() {
    let payload = fields(r#"{"conn_type": "t", "extra": {"a": 1.50, "b": [1e3, -0, 1e999], "c": NaN}}"#);
    let edits = [("connections/a", Some(payload))];
    for (format, before) in [
        (Format::ConnectionsJson, None),
        (Format::ConnectionsJson, Some(r#"{"kept": {"conn_type": "t", "extra": {"x": 1.50}}}"#)),
        (Format::ConnectionsYaml, None),
    ] {
        let document = format.document(Options::default());
        let records = document.parse(render(document.as_ref(), before, &edits).as_bytes()).unwrap();
        assert_eq!(
            shown(&records.last().unwrap().content),
            r#"{"conn_type": "t", "extra": {"a": 1.5, "b": [1000.0, 0, Infinity], "c": NaN}}"#,
            "{format}"
        );
    }
}

#[test]
fn edit_that_check_rejects_is_not_written() {
    for (format, name, payload) in [
        (Format::VariablesEnv, "variables/a", Payload::text("x\ny=1")),
        (Format::Dotenv, "AIRFLOW_VAR_A", Payload::text("a $B")),
        (Format::Astro, "variables/a", Payload::text("")),
    ] {
        let name = SecretName::new(name);
        let edit = Edit { name: &name, payload: Some(&payload), metadata: None };
        let error = format.document(Options::default()).render(None, &[edit]).unwrap_err();
        assert_eq!(error.message, "the edit would change other parts of the file", "{format}");
    }
}

//! What the Astro CLI makes of the same files was asked of its own code (viper 1.19, yaml.v3, Go's `net/url`).

use airbridge_core::{Content, Document, Edit, Fields, Json, JsonStyle, Payload, SecretName, State};

use super::{AstroFile, not_carried};

fn shown(content: &Content) -> String {
    match content {
        Content::Payload(Payload::Text(text)) => text.expose().to_owned(),
        Content::Payload(Payload::Fields(fields)) => {
            Json::Object(fields.clone()).to_text(JsonStyle::LINE).expose().to_owned()
        }
        Content::Hidden(State::Damaged { message }) => format!("! {message}"),
        Content::Hidden(state) => panic!("{state:?}"),
    }
}

fn parse(text: &str) -> Vec<(String, String)> {
    let records = AstroFile.parse(text.as_bytes()).unwrap();
    records.iter().map(|record| (record.name.as_str().to_owned(), shown(&record.content))).collect()
}

fn connection(fields: &str) -> String {
    let lines = fields.replace('\n', "\n      ");
    parse(&format!("airflow:\n  connections:\n    - conn_id: c\n      {lines}\n")).remove(0).1
}

#[test]
fn scalars_are_typed_by_go_and_bent_into_texts() {
    for (value, text) in [
        ("plain", "plain"),
        ("true", "1"),
        ("yes", "yes"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("010", "8"),
        ("0o17", "15"),
        ("1_000", "1000"),
        ("1:30", "1:30"),
        ("'010'", "010"),
        ("2020-13-01", "2020-13-01"),
        ("2020-01-02", "! line 4: variable_value: is no text; put it in quotes (line 5)"),
        ("[a]", "! line 4: variable_value: is no text; put it in quotes (line 5)"),
    ] {
        let text_of = format!(
            "airflow:\n  pools:\n  variables:\n    - variable_name: k\n      variable_value: {value}\n"
        );
        assert_eq!(parse(&text_of), [("variables/k".to_owned(), text.to_owned())], "{value}");
    }
}

#[test]
fn connections_are_sent_as_fields_or_taken_from_their_uri() {
    for (fields, sent) in [
        (
            "conn_type: postgres\nconn_host: Db\nconn_port: '0x10'\nconn_login:\nconn_uri: x://ignored",
            r#"{"conn_type": "postgres", "host": "Db", "port": 16}"#,
        ),
        (
            "conn_type: t\nconn_extra: {B: {C: '<é>'}, a: [1.50, null, yes]}",
            r#"{"conn_type": "t", "extra": "{\"a\":[1.5,null,\"yes\"],\"b\":{\"c\":\"\\u003c\u00e9\\u003e\"}}"}"#,
        ),
        ("CONN_TYPE: t\nconn_extra: '{\"A\": 1.50}'", r#"{"conn_type": "t", "extra": "{\"A\": 1.50}"}"#),
        (
            "conn_type: t\nconn_extra: 5",
            "! line 3: conn_extra: is neither a mapping nor a text, and the Astro CLI drops it",
        ),
        ("conn_type: t\nconn_port: x", "! line 3: conn_port: is no whole number (line 5)"),
        ("conn_type: t\nconn_host: {}", "! line 3: conn_host: is no text; put it in quotes (line 5)"),
        (
            "conn_host: h\nconn_uri: t://h",
            "! line 3: conn_type: is missing; conn_uri is not read beside other fields",
        ),
        (
            "conn_uri: google-Cloud://u%40:p%2F@Host:080/a%2Fb?x=1&x=2&y=%20+",
            r#"{"conn_type": "google-cloud", "host": "Host", "login": "u@", "password": "p/", "port": 80, "schema": "a/b", "extra": "{\"x\": \"1,2\", \"y\": \"  \"}"}"#,
        ),
        (
            "conn_uri: t://h?__extra__=%7B%7D",
            r#"{"conn_type": "t", "host": "h", "extra": "{\"__extra__\": \"{}\"}"}"#,
        ),
        (
            "conn_uri: t://%41/x",
            "! line 3: conn_uri: has a percent-encoded letter in its host, which Go refuses",
        ),
        ("conn_uri: t://h:x", "! line 3: conn_uri: has no port that is a number"),
        ("conn_uri: my_type://h", "! line 3: conn_uri: has no connection type in front of the `:`"),
    ] {
        assert_eq!(connection(fields), sent, "{fields}");
    }
}

const SETTINGS: &str = "\
# my settings
airflow:
  connections: # all of them
    - conn_id: one
      conn_type: http   # the web
      conn_password: s3cret
    # a template
    - conn_id:
      conn_type:
    - conn_id: half
      conn_login: canary
  pools:
    - pool_name: small
      pool_slot: 5
  variables:
    - variable_name: empty
      variable_value:
    - variable_name: k
      variable_value: v
";

#[test]
fn what_is_not_carried_is_listed_without_values() {
    assert_eq!(
        not_carried(SETTINGS.as_bytes()).unwrap(),
        [
            "line 8: a connection without conn_id",
            "line 10: connection `half` has neither conn_type nor conn_uri, and the Astro CLI skips it",
            "line 16: variable `empty` is empty, and the Astro CLI skips it",
            "line 13: pool `small`",
        ]
    );
    let names: Vec<_> = parse(SETTINGS).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["connections/one", "variables/k"]);
}

fn fields(json: &str) -> Payload {
    Payload::Fields(Json::parse(json).unwrap().as_object().unwrap().clone())
}

fn render(before: Option<&str>, edits: &[(&str, Option<Payload>)]) -> (String, usize) {
    let names: Vec<_> = edits.iter().map(|(name, _)| SecretName::new(*name)).collect();
    let edits: Vec<_> = names
        .iter()
        .zip(edits)
        .map(|(name, (_, payload))| Edit { name, payload: payload.as_ref() })
        .collect();
    let rendered = AstroFile.render(before.map(str::as_bytes), &edits).unwrap();
    (String::from_utf8(rendered.bytes.to_vec()).unwrap(), rendered.reformatted.len())
}

#[test]
fn an_edit_leaves_everything_else_alone() {
    let new = fields(r#"{"conn_type": "kind", "port": 5, "host": "", "extra": "{\"A\": 1}"}"#);
    let (text, reformatted) = render(
        Some(SETTINGS),
        &[("connections/two", Some(new)), ("variables/k", Some(Payload::text("true")))],
    );
    let expected = SETTINGS
        .replace(
            "      conn_login: canary\n",
            "      conn_login: canary\n    - conn_id: two\n      conn_type: kind\n      conn_port: 5\n      \
             conn_extra: \"{\\\"A\\\": 1}\"\n",
        )
        .replace("      variable_value: v\n", "      variable_value: \"true\"\n")
        .replace("- variable_name: k\n", "- variable_name: \"k\"\n");
    assert_eq!((text, reformatted), (expected, 0));
}

#[test]
fn a_file_that_is_no_block_of_lines_is_written_anew_with_all_it_held() {
    let before = "airflow: {pools: [{pool_name: p, pool_slot: 3}], variables: [{variable_name: kk, variable_value: 010}]}\nx: 1\n";
    let (text, reformatted) =
        render(Some(before), &[("connections/c", Some(fields(r#"{"conn_type": "http"}"#)))]);
    assert_eq!(
        text,
        "x: 1\nairflow:\n  pools:\n    - pool_name: \"p\"\n      pool_slot: 3\n  variables:\n    - variable_name: kk\n      \
         variable_value: 010\n  connections:\n    - conn_id: \"c\"\n      conn_type: http\n"
            .replace("x: 1", "\"x\": 1")
    );
    assert_eq!(reformatted, 1);
}

#[test]
fn a_new_file_has_what_it_needs() {
    let (text, _) = render(None, &[("variables/key", Some(Payload::text("a\nb")))]);
    assert_eq!(text, "airflow:\n  variables:\n    - variable_name: key\n      variable_value: \"a\\nb\"\n");
}

#[test]
fn what_the_file_cannot_hold_is_refused_with_a_reason() {
    for (name, payload, reason) in [
        ("config/a", Payload::text("x"), "kind-not-held"),
        ("variables/", Payload::text("x"), "name-invalid"),
        ("variables/a", Payload::text(""), "value-empty"),
        ("variables/a", Payload::Fields(Fields::new()), "shape"),
        ("connections/a", Payload::text("t://h"), "shape"),
        ("connections/a", fields(r#"{"conn_type": "t", "description": "d"}"#), "shape"),
        ("connections/a", fields(r#"{"conn_type": "t", "host": 5}"#), "shape"),
        ("connections/a", fields(r#"{"conn_type": "t", "port": 0}"#), "value-invalid"),
        ("connections/a", fields(r#"{"host": "h"}"#), "value-invalid"),
    ] {
        assert_eq!(AstroFile.check(&SecretName::new(name), &payload).unwrap_err().reason, reason, "{name}");
    }
}

#[test]
fn damage_to_the_file_is_told_with_its_line() {
    for (text, message) in [
        ("airflow:\n  connections: canary\n", "line 2: connections: must be a list"),
        ("airflow:\n  variables:\n    - canary\n", "line 3: variables: an item is no mapping of fields"),
        ("airflow: [canary]\n", "line 1: airflow: must be a mapping"),
        (
            "airflow:\n  variables:\n    - {variable_name: a, variable_value: b}\n    - {variable_name: a, variable_value: c}\n",
            "line 4: a: is there twice, first on line 3",
        ),
    ] {
        assert_eq!(AstroFile.parse(text.as_bytes()).unwrap_err().to_string(), message);
    }
    assert_eq!(parse("# nothing\n"), []);
}

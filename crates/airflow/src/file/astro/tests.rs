//! The expected values come from running the Astro CLI's own code (viper 1.19, yaml.v3, Go's `net/url`).

use airbridge_core::{Content, Document, Edit, Fields, Json, JsonStyle, Payload, SecretName, State};

use super::{AstroFile, skipped_entries};

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
fn scalar_is_typed_by_go_and_converted_to_a_string() {
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
        (
            "2020-01-02",
            "! line 4: field `variable_value`: expected a string; put the value on line 5 in quotes",
        ),
        ("[a]", "! line 4: field `variable_value`: expected a string; put the value on line 5 in quotes"),
    ] {
        let text_of = format!(
            "airflow:\n  pools:\n  variables:\n    - variable_name: k\n      variable_value: {value}\n"
        );
        assert_eq!(parse(&text_of), [("variables/k".to_owned(), text.to_owned())], "{value}");
    }
}

#[test]
fn connection_is_read_from_fields_or_uri() {
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
            "! line 3: field `conn_extra`: expected a mapping or a string; the Astro CLI drops other values",
        ),
        ("conn_type: t\nconn_port: x", "! line 3: field `conn_port`: expected a whole number on line 5"),
        (
            "conn_type: t\nconn_host: {}",
            "! line 3: field `conn_host`: expected a string; put the value on line 5 in quotes",
        ),
        (
            "conn_host: h\nconn_uri: t://h",
            "! line 3: field `conn_type`: missing; the Astro CLI ignores `conn_uri` if there are other fields",
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
            "! line 3: field `conn_uri`: the host contains a percent-encoded ASCII character, which Go rejects",
        ),
        ("conn_uri: t://h:x", "! line 3: field `conn_uri`: expected a number as port"),
        ("conn_uri: my_type://h", "! line 3: field `conn_uri`: expected a connection type before the `:`"),
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
fn key_that_the_astro_cli_ignores_is_named_with_its_line() {
    let text = "version: 1
Airflow:
  Connections:
    - conn_id: c
      CONN_TYPE: t
      extra: {a: canary}
      note: canary
  variables:
    - key: k
      val: canary
    - variable_name: v
      variable_value: x
      variable_description: canary
    - {variable_name: w, <<: {variable_value: canary}}
  pool: []
  pools:
    - pool_name: p
      slots: 5
connections: []
";
    let records = AstroFile.parse(text.as_bytes()).unwrap();
    let left_out: Vec<_> = records.iter().map(|record| record.left_out.as_slice()).collect();
    assert_eq!(
        left_out,
        [
            &[
                "line 6: the Astro CLI ignores `extra`, did you mean `conn_extra`?".to_owned(),
                "line 7: the Astro CLI ignores `note`".to_owned(),
            ][..],
            &["line 13: the Astro CLI ignores `variable_description`".to_owned()][..],
            &[][..],
        ]
    );
    assert_eq!(
        shown(&records[2].content),
        "! line 14: merging fields with `<<` is not supported; write out the fields"
    );
    let skipped = skipped_entries(text.as_bytes()).unwrap();
    assert_eq!(
        skipped,
        [
            "line 1: the Astro CLI ignores `version`",
            "line 19: the Astro CLI ignores `connections` here; move it under `airflow`",
            "line 15: the Astro CLI ignores `pool`, did you mean `pools`?",
            "line 6: the Astro CLI ignores `extra`, did you mean `conn_extra`?",
            "line 7: the Astro CLI ignores `note`",
            "line 9: variable without `variable_name`",
            "line 9: the Astro CLI ignores `key`, did you mean `variable_name`?",
            "line 10: the Astro CLI ignores `val`, did you mean `variable_value`?",
            "line 13: the Astro CLI ignores `variable_description`",
            "line 17: pool `p`",
            "line 18: the Astro CLI ignores `slots`, did you mean `pool_slot`?",
        ]
    );
}

#[test]
fn skipped_entries_are_listed_without_values() {
    assert_eq!(
        skipped_entries(SETTINGS.as_bytes()).unwrap(),
        [
            "line 8: connection without `conn_id`",
            "line 10: connection `half` without `conn_type` and `conn_uri`, which the Astro CLI skips",
            "line 16: variable `empty` without a value, which the Astro CLI skips",
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
        .map(|(name, (_, payload))| Edit { name, payload: payload.as_ref(), metadata: None })
        .collect();
    let rendered = AstroFile.render(before.map(str::as_bytes), &edits).unwrap();
    (String::from_utf8(rendered.bytes.to_vec()).unwrap(), rendered.reformatted.len())
}

#[test]
fn edit_changes_only_its_own_lines() {
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
fn file_in_flow_style_is_rewritten_with_all_its_content() {
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
fn new_file_has_only_the_edited_entries() {
    let (text, _) = render(None, &[("variables/key", Some(Payload::text("a\nb")))]);
    assert_eq!(text, "airflow:\n  variables:\n    - variable_name: key\n      variable_value: \"a\\nb\"\n");
}

#[test]
fn payload_that_the_file_cannot_hold_is_rejected_with_a_reason() {
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
fn invalid_file_is_an_error_with_the_line() {
    for (text, message) in [
        ("airflow:\n  connections: canary\n", "line 2: connections: expected a list"),
        ("airflow:\n  variables:\n    - canary\n", "line 3: variables: expected a list of mappings"),
        ("airflow: [canary]\n", "line 1: airflow: expected a mapping"),
        (
            "airflow:\n  variables:\n    - {variable_name: a, variable_value: b}\n    - {variable_name: a, variable_value: c}\n",
            "line 4: a: defined twice, first on line 3",
        ),
    ] {
        assert_eq!(AstroFile.parse(text.as_bytes()).unwrap_err().to_string(), message);
    }
    assert_eq!(parse("# nothing\n"), []);
}

//! The expected values come from running PyYAML 6.0.3 with libyaml.

use airbridge_core::{Content, Document, Edit, Json, JsonStyle, Payload, SecretName, State};

use super::{Value, YamlFile, construct, parse};
use crate::file::VariablesReader;
use crate::file::entry_file::EntryFile;
use crate::{AirflowVersion, Kind};

const VARIABLES: YamlFile = YamlFile(EntryFile {
    kind: Kind::Variable,
    reader: VariablesReader::Backend,
    version: AirflowVersion::V3_3,
});
const CONNECTIONS: YamlFile = YamlFile(EntryFile { kind: Kind::Connection, ..VARIABLES.0 });

fn value(yaml: &str) -> Result<String, String> {
    let root = parse(yaml).map_err(|error| error.to_string())?.unwrap();
    Ok(construct(&root)?.to_text(JsonStyle::LINE).expose().to_owned())
}

#[test]
fn scalar_is_typed_by_yaml_1_1() {
    for (yaml, python) in [
        ("yes", "true"),
        ("Off", "false"),
        ("y", r#""y""#),
        ("~", "null"),
        ("0123", "83"),
        ("0o17", r#""0o17""#),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("-0b1_1", "-3"),
        ("1_000", "1000"),
        ("1:30", "90"),
        ("190:20:30", "685230"),
        ("190:20:30.15", "685230.15"),
        ("1e3", r#""1e3""#),
        ("1.0e+3", "1000.0"),
        ("1.50", "1.5"),
        ("5.", "5.0"),
        (".5", "0.5"),
        ("+.5", r#""+.5""#),
        ("-.inf", "-Infinity"),
        (".NaN", "NaN"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0xffffffffffffffffffff", "1208925819614629174706175"),
        ("!!str 5", r#""5""#),
        ("!!int '5'", "5"),
        ("! 5", r#""5""#),
        ("'2020-01-02'", r#""2020-01-02""#),
        ("[a, 1, [x: y]]", r#"["a", 1, [{"x": "y"}]]"#),
        ("{1: a, ~: b, true: c, 1.50: d}", r#"{"1": "a", "null": "b", "true": "c", "1.5": "d"}"#),
        ("a: &x {k: v}\nb:\n  <<: *x\n  l: w", r#"{"a": {"k": "v"}, "b": {"k": "v", "l": "w"}}"#),
        ("!!omap [a: 1]", r#"[["a", 1]]"#),
    ] {
        assert_eq!(value(yaml).as_deref(), Ok(python), "{yaml}");
    }
}

#[test]
fn text_that_libyaml_accepts_and_the_scanner_rejects_is_read() {
    for (yaml, python) in [
        ("k: |\n  a\n  b", "a\nb"),
        ("k: |\n  a\n# c", "a\n"),
        ("k: >-\n  a\n  b", "a b"),
        ("k: |+\n  a\n\n", "a\n\n"),
        ("k:\tx\n", "x"),
        ("k: \"a\nb\"\n", "a b"),
        ("k: \"a \\\" \\\nb\n\nc\n\"\n", "a \" b\nc "),
        ("k: 'a''\nb'\n", "a' b"),
    ] {
        let records = VARIABLES.parse(yaml.as_bytes()).unwrap();
        assert_eq!(records[0].content, Content::Payload(Payload::text(python)), "{yaml:?}");
    }
    assert_eq!(value("a: [\n1,\n  2\n]\nb: {\n}\n").as_deref(), Ok(r#"{"a": [1, 2], "b": {}}"#));
}

#[test]
fn value_that_airflow_cannot_store_damages_only_its_entry() {
    let yaml = "a: 2020-01-02\nb: !!binary aGk=\nc: !!set {x}\nd: =\ne: fine\n5: x\nf:\n  <<: 5\n";
    let records = VARIABLES.parse(yaml.as_bytes()).unwrap();
    let damage: Vec<_> = records
        .iter()
        .map(|record| match &record.content {
            Content::Hidden(State::Damaged { message }) => message.as_str(),
            _ => record.name.as_str(),
        })
        .collect();
    assert_eq!(
        damage,
        [
            "line 1: the value on line 1 is a date; put it in quotes to make it a string",
            "line 2: the value on line 2 is binary data, which Airflow cannot store",
            "line 3: the value on line 3 is a set, which Airflow cannot store",
            "line 4: the value on line 4 is a single `=`, which YAML readers reject; put it in quotes",
            "variables/e",
            "line 6: YAML does not read the name as a string; put it in quotes",
            "line 7: the value on line 8 cannot be merged with `<<`",
        ]
    );
}

#[test]
fn invalid_file_is_an_error_with_the_line_and_without_the_text() {
    for (yaml, message) in [
        ("", "the file is empty"),
        ("- canary\n", "line 1: expected a mapping of names to values"),
        ("a: 1\na: canary\n", "line 2: a: defined twice, first on line 1"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: a second document starts here, but Airflow reads only one"),
        (
            "a: !!python/object:os.system {}\n",
            "line 1, column 4: Airflow does not support the tag here; put a value that starts with `!` in quotes",
        ),
        (
            "a: !canary\n",
            "line 1, column 4: Airflow does not support the tag here; put a value that starts with `!` in quotes",
        ),
        ("a: &x [*x]\n", "line 1, column 8: the alias is inside the node that it refers to"),
        ("a: canary: 1\n", "line 1, column 10: Airflow cannot read the YAML: a `:` is not allowed here"),
        (
            "a: @canary\n",
            "line 1, column 4: Airflow cannot read the YAML: a value cannot start with this character",
        ),
        ("a: 'canary\n", "line 1, column 4: Airflow cannot read the YAML: invalid quoted string"),
        ("a:\n    b: 1\n  canary\n", "line 3, column 3: Airflow cannot read the YAML: unexpected structure"),
    ] {
        let error = VARIABLES.parse(yaml.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{yaml}");
        assert!(!format!("{error:?}").contains("canary"), "{yaml}");
    }
}

#[test]
fn aliases_that_expand_to_too_many_nodes_are_an_error() {
    let level = |level: usize| {
        let below = format!("*a{}", level - 1);
        format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "))
    };
    let yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()
        + &(1..9).map(level).collect::<Vec<_>>().concat();
    let error = VARIABLES.parse(yaml.as_bytes()).unwrap_err();
    assert_eq!(error.message, "the aliases expand to too many nodes");
}

fn render(before: Option<&str>, edits: &[(&str, Option<&str>)]) -> (String, usize) {
    let edits: Vec<_> = edits
        .iter()
        .map(|(key, value)| (SecretName::new(format!("variables/{key}")), value.map(Payload::text)))
        .collect();
    let edits: Vec<_> = edits
        .iter()
        .map(|(name, payload)| Edit { name, payload: payload.as_ref(), metadata: None })
        .collect();
    let rendered = VARIABLES.render(before.map(str::as_bytes), &edits).unwrap();
    (String::from_utf8(rendered.bytes.to_vec()).unwrap(), rendered.reformatted.len())
}

#[test]
fn edit_changes_only_its_own_lines() {
    let before = "# head\na: 1 # one\n\n# about b\nb1: |\n  x\n  y\nc: {k:   v}\n\n# tail\n";
    assert_eq!(
        render(Some(before), &[("b1", Some("new")), ("d1", Some("yes")), ("c", None)]),
        ("# head\na: 1 # one\n\n# about b\nb1: new\nd1: \"yes\"\n\n# tail\n".to_owned(), 0)
    );
}

#[test]
fn file_in_flow_style_is_rewritten_and_reports_the_changed_entries() {
    assert_eq!(
        render(Some("{a: 'x', b: 2020-01-02, c: [1, {d: e}]}"), &[("a", Some("y z"))]),
        ("\"a\": \"y z\"\n\"b\": 2020-01-02\n\"c\":\n  - 1\n  - \"d\": \"e\"\n".to_owned(), 2)
    );
    assert_eq!(render(Some("a: &x 1\nb: *x\n"), &[("a", None)]), ("\"b\": 1\n".to_owned(), 1));
    assert_eq!(render(Some("a: b\n"), &[("a", None)]), ("{}\n".to_owned(), 0));
}

#[test]
fn string_is_quoted_if_a_reader_could_mistake_its_type() {
    for (text, yaml) in [
        ("postgres", "postgres\n"),
        ("yes", "\"yes\"\n"),
        ("n", "\"n\"\n"),
        ("1e3", "\"1e3\"\n"),
        ("", "\"\"\n"),
        ("a: b", "\"a: b\"\n"),
        ("\"\\\n\t\u{7}\u{85}é😀\u{feff}", "\"\\\"\\\\\\n\\t\\x07\\x85\\xe9\\U0001f600\\ufeff\"\n"),
    ] {
        assert_eq!(*Value::text(text).lines(0), yaml);
    }
    let numbers = Json::parse("[1, 1.50, 1e300, -1e-7, NaN, -Infinity, null, true]").unwrap();
    let lines = "- 1\n- 1.5\n- 1.0e+300\n- -1.0e-07\n- .nan\n- -.inf\n- null\n- true\n";
    assert_eq!(*Value::of_json(&numbers).lines(0), lines);
}

#[test]
fn connection_is_written_with_every_field_in_the_exporters_order() {
    let fields = Json::parse(r#"{"port": 5432, "host": "Db", "conn_type": "postgres"}"#).unwrap();
    let payload = Payload::Fields(fields.as_object().unwrap().clone());
    let name = SecretName::new("connections/my db");
    let rendered =
        CONNECTIONS.render(None, &[Edit { name: &name, payload: Some(&payload), metadata: None }]).unwrap();
    assert_eq!(
        std::str::from_utf8(&rendered.bytes).unwrap(),
        "\"my db\":\n  conn_type: postgres\n  description: null\n  extra: null\n  host: Db\n  login: null\n  \
         password: null\n  port: 5432\n  schema: null\n"
    );
}

//! What PyYAML 6.0.3 with libyaml makes of the same texts was asked of it.

use airbridge_core::{Content, Document, Edit, Json, JsonStyle, Payload, SecretName, State};

use super::{Value, YamlFile, construct, parse};
use crate::file::VariablesReader;
use crate::file::held::Held;
use crate::{AirflowVersion, Kind};

const VARIABLES: YamlFile =
    YamlFile(Held { kind: Kind::Variable, reader: VariablesReader::Backend, version: AirflowVersion::V3_3 });
const CONNECTIONS: YamlFile = YamlFile(Held { kind: Kind::Connection, ..VARIABLES.0 });

fn value(yaml: &str) -> Result<String, String> {
    let root = parse(yaml).map_err(|error| error.to_string())?.unwrap();
    Ok(construct(&root)?.to_text(JsonStyle::LINE).expose().to_owned())
}

#[test]
fn scalars_are_typed_by_yaml_1_1() {
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
fn what_libyaml_reads_otherwise_than_the_scanner() {
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
fn what_is_no_value_of_airflows_damages_its_entry_alone() {
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
            "line 1: the value on line 1 is a date to YAML; put it in quotes",
            "line 2: the value on line 2 is binary data, which Airflow can put nowhere",
            "line 3: the value on line 3 is a set, which Airflow can put nowhere",
            "line 4: the value on line 4 is a lone `=`, on which YAML readers fail; put it in quotes",
            "variables/e",
            "line 6: its name is no text to YAML; put the name in quotes",
            "line 7: the value on line 8 cannot be merged by `<<`",
        ]
    );
}

#[test]
fn damage_to_the_file_is_told_with_its_line_and_without_its_text() {
    for (yaml, message) in [
        ("", "the file is empty"),
        ("- canary\n", "line 1: the file must hold a mapping of names to values"),
        ("a: 1\na: canary\n", "line 2: a: is there twice, first on line 1"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: a second document begins here, and Airflow reads one"),
        (
            "a: !!python/object:os.system {}\n",
            "line 1, column 4: the tag `!!python/object:os.system` is none that Airflow's reader takes",
        ),
        ("a: &x [*x]\n", "line 1, column 8: an alias stands inside what it repeats"),
        (
            "a: canary: 1\n",
            "line 1, column 10: is not YAML that Airflow can read: a `:` stands where no key can be",
        ),
        (
            "a: @canary\n",
            "line 1, column 4: is not YAML that Airflow can read: a text cannot begin with this character",
        ),
        ("a: 'canary\n", "line 1, column 4: is not YAML that Airflow can read: a text in quotes is broken"),
        (
            "a:\n    b: 1\n  canary\n",
            "line 3, column 3: is not YAML that Airflow can read: the lines do not fit together",
        ),
    ] {
        let error = VARIABLES.parse(yaml.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{yaml}");
        assert!(!format!("{error:?}").contains("canary"), "{yaml}");
    }
}

#[test]
fn aliases_cannot_multiply_beyond_measure() {
    let level = |level: usize| {
        let below = format!("*a{}", level - 1);
        format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "))
    };
    let yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()
        + &(1..9).map(level).collect::<Vec<_>>().concat();
    let error = VARIABLES.parse(yaml.as_bytes()).unwrap_err();
    assert_eq!(error.message, "its aliases multiply beyond measure");
}

fn render(before: Option<&str>, edits: &[(&str, Option<&str>)]) -> (String, usize) {
    let edits: Vec<_> = edits
        .iter()
        .map(|(key, value)| (SecretName::new(format!("variables/{key}")), value.map(Payload::text)))
        .collect();
    let edits: Vec<_> =
        edits.iter().map(|(name, payload)| Edit { name, payload: payload.as_ref() }).collect();
    let rendered = VARIABLES.render(before.map(str::as_bytes), &edits).unwrap();
    (String::from_utf8(rendered.bytes.to_vec()).unwrap(), rendered.reformatted.len())
}

#[test]
fn an_edit_leaves_other_lines_alone() {
    let before = "# head\na: 1 # one\n\n# about b\nb1: |\n  x\n  y\nc: {k:   v}\n\n# tail\n";
    assert_eq!(
        render(Some(before), &[("b1", Some("new")), ("d1", Some("yes")), ("c", None)]),
        ("# head\na: 1 # one\n\n# about b\nb1: new\nd1: \"yes\"\n\n# tail\n".to_owned(), 0)
    );
}

#[test]
fn a_file_without_lines_of_its_own_is_written_anew_and_says_so() {
    assert_eq!(
        render(Some("{a: 'x', b: 2020-01-02, c: [1, {d: e}]}"), &[("a", Some("y z"))]),
        ("\"a\": \"y z\"\n\"b\": 2020-01-02\n\"c\":\n  - 1\n  - \"d\": \"e\"\n".to_owned(), 2)
    );
    assert_eq!(render(Some("a: &x 1\nb: *x\n"), &[("a", None)]), ("\"b\": 1\n".to_owned(), 1));
    assert_eq!(render(Some("a: b\n"), &[("a", None)]), ("{}\n".to_owned(), 0));
}

#[test]
fn texts_are_quoted_unless_nobody_takes_them_for_anything_else() {
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
fn connections_have_every_field_in_the_exporters_order() {
    let fields = Json::parse(r#"{"port": 5432, "host": "Db", "conn_type": "postgres"}"#).unwrap();
    let payload = Payload::Fields(fields.as_object().unwrap().clone());
    let name = SecretName::new("connections/my db");
    let rendered = CONNECTIONS.render(None, &[Edit { name: &name, payload: Some(&payload) }]).unwrap();
    assert_eq!(
        std::str::from_utf8(&rendered.bytes).unwrap(),
        "\"my db\":\n  conn_type: postgres\n  description: null\n  extra: null\n  host: Db\n  login: null\n  \
         password: null\n  port: 5432\n  schema: null\n"
    );
}

use std::collections::BTreeMap;

use airbridge_core::{Content, Fields, Json, Metadata, Payload, Record, SecretText};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::{BUNDLE_SCHEMA, Bundle, MAX_DEPTH};
use crate::encode::ReadRules;
use crate::file::name::name;
use crate::{AirflowVersion, Dialect, Kind};

fn json() -> impl Strategy<Value = Json> {
    let number = prop::sample::select(vec![
        "0",
        "-0",
        "1.50",
        "1e5",
        "123456789012345678901234567890",
        "NaN",
        "-Infinity",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number.prop_map(|number| Json::Number(number.into())),
        any::<String>().prop_map(Json::string),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::Array),
            vec((any::<String>(), inner), 0..4).prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        any::<String>().prop_map(Payload::text),
        vec((any::<String>(), json()), 0..5).prop_map(|pairs| Payload::Fields(pairs.into_iter().collect())),
    ]
}

fn metadata() -> impl Strategy<Value = Option<Box<Metadata>>> {
    (option::of(any::<String>()), btree_map(any::<String>(), any::<String>(), 0..3))
        .prop_map(|(description, tags)| Metadata { description, tags }.boxed())
}

fn record() -> impl Strategy<Value = Record> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    (kind, "\\PC{1,12}", payload(), metadata()).prop_map(|(kind, key, payload, metadata)| Record {
        name: name(kind, &key),
        content: Content::Payload(payload),
        note: None,
        left_out: Vec::new(),
        metadata,
    })
}

fn rules() -> impl Strategy<Value = ReadRules> {
    let words = vec((any::<String>(), vec(any::<String>(), 0..3)), 0..3);
    let dialect = prop_oneof![
        Just(Dialect::Text),
        Just(Dialect::Vault),
        Just(Dialect::File),
        Just(Dialect::EnvFile),
        Just(Dialect::Astro),
        any::<bool>().prop_map(|respelled| Dialect::Row { respelled }),
        words.prop_map(|extra_conn_words| Dialect::SecretsManager { extra_conn_words }),
    ];
    let version = prop::sample::select(vec![AirflowVersion::V2_11, AirflowVersion::V3_3]);
    (dialect, version).prop_map(|(dialect, version)| ReadRules { dialect, version })
}

/// The payloads with their numbers as they are written: equality of `Json` compares them so, too.
fn contents(bundle: &Bundle) -> Vec<(String, Content, Option<Box<Metadata>>)> {
    let part = |record: &Record| (record.name.to_string(), record.content.clone(), record.metadata.clone());
    bundle.records.iter().map(part).collect()
}

proptest! {
    #[test]
    fn document_that_is_written_and_read_is_the_same(rules in rules(), records in vec(record(), 0..8)) {
        let bundle = Bundle { rules, records, written: Vec::new() };
        let read = Bundle::parse(&bundle.to_text()).expect("a bundle");
        prop_assert_eq!(&read.rules, &bundle.rules);
        prop_assert!(contents(&read) == contents(&bundle));
    }

    #[test]
    fn any_text_is_read_or_rejected_without_its_content(text in "\\PC{0,40}") {
        let text = format!("{{\"schema\": \"{BUNDLE_SCHEMA}\", \"c4n4ry{text}");
        if let Err(error) = Bundle::parse(&SecretText::new(text)) {
            prop_assert!(!error.to_string().contains("c4n4ry"), "{}", error);
        }
    }
}

fn error(text: &str) -> String {
    Bundle::parse(&text.into()).expect_err(text).to_string()
}

#[test]
fn wrong_document_is_rejected_with_the_place_and_without_its_values() {
    let entries = |entries: &str| {
        format!(
            "{{\"schema\": \"{BUNDLE_SCHEMA}\", \"reader\": {{\"rules\": \"text\", \"airflow_version\": \"3.3\"}}, \
             \"entries\": [{entries}]}}"
        )
    };
    assert!(Bundle::parse(&entries("").into()).expect("a bundle").records.is_empty());
    for (text, expected) in [
        ("[]".to_owned(), "expected an object"),
        ("{}".to_owned(), "not a document with the schema airbridge.bundle/1"),
        ("{\"schema\": \"airbridge.bundle/2\"}".to_owned(), "made by a newer version of airbridge"),
        (
            format!("{{\"schema\": \"{BUNDLE_SCHEMA}\", \"reader\": {{\"rules\": \"x\"}}}}"),
            "reader: expected the rules",
        ),
        (entries("{\"entry\": \"x\", \"text\": \"c4n4ry\"}"), "entry number 1: `entry` must be"),
        (
            entries("{\"entry\": \"var:a\", \"c4n4ry\": \"c4n4ry\"}"),
            "entry number 1: the entry has a member that is not",
        ),
        (entries("{\"entry\": \"var:a\", \"text\": 1}"), "entry number 1: expected either `text`"),
        (
            entries("{\"entry\": \"var:a\", \"text\": \"\", \"fields\": {}}"),
            "entry number 1: expected either `text`",
        ),
        (
            entries("{\"entry\": \"var:a\", \"text\": \"\", \"tags\": {\"a\": 1}}"),
            "entry number 1: `tags` must be",
        ),
        (
            entries("{\"entry\": \"var:a\", \"text\": \"\", \"description\": 1}"),
            "entry number 1: `description` must be",
        ),
    ] {
        let found = error(&text);
        assert!(found.contains(expected) && !found.contains("c4n4ry"), "{text}: {found}");
    }
}

#[test]
fn fields_as_deep_as_a_bundle_can_hold_are_read_back_and_deeper_ones_are_refused() {
    let nested = |depth: usize| (0..depth).fold(Json::Null, |value, _| Json::Array(vec![value]));
    let (mut deepest, variable) = (0, name(Kind::Variable, "a"));
    for depth in MAX_DEPTH - 20..=MAX_DEPTH {
        let payload = Payload::Fields(Fields::from_iter([("value", nested(depth))]));
        if Bundle::check(&variable, &payload).is_err() {
            break;
        }
        let record = Record {
            name: variable.clone(),
            content: Content::Payload(payload),
            note: None,
            left_out: Vec::new(),
            metadata: None,
        };
        let rules = ReadRules { dialect: Dialect::Vault, version: AirflowVersion::V3_3 };
        let bundle = Bundle { rules, records: vec![record], written: Vec::new() };
        assert_eq!(contents(&Bundle::parse(&bundle.to_text()).expect("a bundle")), contents(&bundle));
        deepest = depth;
    }
    assert!((MAX_DEPTH - 20..MAX_DEPTH).contains(&deepest), "{deepest}");
}

#[test]
fn document_states_the_rules_and_has_one_line_for_each_entry() {
    let metadata = Metadata {
        description: Some("What for?".to_owned()),
        tags: BTreeMap::from([("team".to_owned(), "data".to_owned())]),
    };
    let record = |kind, key, payload, metadata| Record {
        name: name(kind, key),
        content: Content::Payload(payload),
        note: None,
        left_out: Vec::new(),
        metadata,
    };
    let fields = Fields::from_iter([("value", Json::Number("1.50".into()))]);
    let bundle = Bundle {
        rules: ReadRules { dialect: Dialect::Vault, version: AirflowVersion::V3_3 },
        records: vec![
            record(Kind::Connection, "a", Payload::text("http://h"), None),
            record(Kind::Variable, "b", Payload::Fields(fields), metadata.boxed()),
        ],
        written: Vec::new(),
    };
    let expected = r#"{
  "schema": "airbridge.bundle/1",
  "reader": {"rules": "vault", "airflow_version": "3.3"},
  "entries": [
    {"entry": "conn:a", "text": "http://h"},
    {"entry": "var:b", "fields": {"value": 1.50}, "description": "What for?", "tags": {"team": "data"}}
  ]
}
"#;
    assert_eq!(bundle.to_text().expose(), expected);
}

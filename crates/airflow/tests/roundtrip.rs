//! Property tests: what is written reads back the same with every reader, and every loss is reported.

use std::sync::Arc;

use airbridge_airflow::file::{Format, Options};
use airbridge_airflow::{
    AirflowVersion, Comparison, Connection, Dialect, Encoded, Field, Kind, Loss, ReadRules, Reading, Request,
    Spelling, Unrepresentable, compare, encode_for, read, spell,
};
use airbridge_core::{Fields, Json, JsonStyle, Payload, SecretName};
use proptest::prelude::*;
use proptest::sample::select;

/// Pieces of strings that have a special meaning in some format.
const PIECES: [&str; 41] = [
    "~",
    "a",
    "Z",
    "é",
    "ß",
    "日",
    "😀",
    "İ",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\u{2028}",
    "\u{FEFF}",
    "%",
    "%2F",
    "%zz",
    "+",
    "/",
    "?",
    "#",
    "@",
    ":",
    "://",
    "[",
    "]",
    "&",
    "=",
    ";",
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "{{ x }}",
    "$X",
    "__extra__",
    "postgresql",
    "-",
    "\u{7F}",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(select(&PIECES[..]), 1..6).prop_map(|pieces| pieces.concat())
}

/// An absent field, an empty string, or a string.
fn field() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(Json::string("")),
        text().prop_map(Json::string),
        text().prop_map(Json::string)
    ]
}

/// An absent extra, or a JSON object in unusual notation.
fn extra() -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        text().prop_map(|text| Json::string(text).to_text(JsonStyle::LINE).expose().to_owned()),
        select(&["1.50", "1e5", "null", "[ 1,2 ]", "{\"x\":NaN}", "12345678901234567890123", "\"é\""][..])
            .prop_map(str::to_owned),
    ];
    prop_oneof![
        Just(Json::Null),
        prop::collection::vec((select(&["a", "b", "é", "__extra__", ""][..]), value), 0..4).prop_map(
            |members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                Json::string(format!("{{ {} }}", members.join(" ,")))
            }
        ),
    ]
}

/// A connection whose fields every reader can hold.
fn connection() -> impl Strategy<Value = Connection> {
    let password = prop_oneof![Just(Json::Null), text().prop_map(Json::string)];
    let port =
        prop_oneof![Just(Json::Null), (0..=65_535_i64).prop_map(Json::integer), Just(Json::integer(0))];
    ("[a-z][a-z0-9_+.]{0,5}", field(), field(), field(), field(), password, port, extra()).prop_map(
        |(conn_type, description, host, schema, login, password, port, extra)| {
            let conn_type = Json::string(conn_type);
            Connection { conn_type, description, host, schema, login, password, port, extra }
        },
    )
}

fn dialects() -> [Dialect; 6] {
    [
        Dialect::Text,
        Dialect::SecretsManager { extra_conn_words: Vec::new() },
        Dialect::Vault,
        Dialect::File,
        Dialect::EnvFile,
        Dialect::Astro,
    ]
}

const VERSIONS: [AirflowVersion; 2] = [AirflowVersion::V2_11, AirflowVersion::V3_3];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spelled_connection_reads_back_the_same_with_every_reader(connection in connection()) {
        let loses = Unrepresentable::default();
        let meant = Reading::Connection { connection: Arc::new(connection.clone()), loses };
        for dialect in dialects() {
            for version in VERSIONS {
                let payloads = spell(&dialect, version, &connection, Spelling::Keep);
                prop_assert!(!payloads.is_empty(), "{dialect:?} has no format");
                for payload in payloads {
                    for reader in [version.task_reader(), version.core_reader()] {
                        let got = read(&dialect, reader, Kind::Connection, &payload);
                        let comparison = compare(&meant, &got);
                        prop_assert_eq!(comparison, Comparison::Same, "{:?} by {:?}", &dialect, reader);
                    }
                }
            }
        }
    }

    #[test]
    fn uri_of_a_connection_is_read_alike_by_every_tool_that_reads_env_files(connection in connection()) {
        let document = Format::Dotenv.document(Options::default());
        let name = SecretName::new("AIRFLOW_CONN_A");
        for payload in spell(&Dialect::Text, AirflowVersion::V3_3, &connection, Spelling::Uri) {
            prop_assert!(document.check(&name, &payload).is_ok());
        }
    }

    #[test]
    fn connection_is_unchanged_except_in_a_uri_and_in_secrets_manager(connection in connection()) {
        for (dialect, wanted) in [
            (Dialect::Text, Spelling::Json),
            (Dialect::Vault, Spelling::Fields),
            (Dialect::File, Spelling::Fields),
        ] {
            for version in VERSIONS {
                let payload = spell(&dialect, version, &connection, wanted).remove(0);
                let got = read(&dialect, version.task_reader(), Kind::Connection, &payload);
                let Reading::Connection { connection: got, .. } = got else {
                    return Err(TestCaseError::fail("no connection"));
                };
                prop_assert!(*got == connection, "{dialect:?} for {version:?}");
            }
        }
    }
}

/// A payload of any kind. Most of them are readable in some dialect.
fn payload() -> impl Strategy<Value = Payload> {
    let names = select(
        &[
            "conn_type",
            "description",
            "host",
            "schema",
            "login",
            "password",
            "port",
            "extra",
            "user",
            "key",
            "uri",
        ][..],
    );
    let value = prop_oneof![
        field(),
        field(),
        extra(),
        select(&["t", "my-type", "postgresql", "A_b", "5432", "0", "http://X:1", "t://H", ""][..])
            .prop_map(Json::string),
        select(&[0, 1, 5432, 70_000][..]).prop_map(Json::integer),
        any::<bool>().prop_map(Json::Bool),
        Just(Json::Object(Fields::new())),
        Just(Json::Array(vec![Json::integer(1)])),
    ];
    let fields = prop::collection::vec((names, value), 0..7).prop_map(Fields::from_iter);
    let uri = ("(t|my-type|postgresql|A)", "(://|:/|:)", prop::collection::vec(select(&PIECES[..]), 0..8))
        .prop_map(|(scheme, separator, pieces)| format!("{scheme}{separator}{}", pieces.concat()));
    prop_oneof![
        fields.clone().prop_map(Payload::Fields),
        fields.prop_map(|fields| Payload::Text(Json::Object(fields).to_text(JsonStyle::LINE))),
        uri.prop_map(Payload::text),
        select(&["t://u:p@H:1/s?a=1", "t://h/?__extra__=", "hello", "t://@h:0", "t://u:@h"][..])
            .prop_map(Payload::text),
    ]
}

fn side() -> impl Strategy<Value = ReadRules> {
    (select(dialects().to_vec()), select(&VERSIONS[..]))
        .prop_map(|(dialect, version)| ReadRules { dialect, version })
}

fn spelling() -> impl Strategy<Value = Spelling> {
    select(&[Spelling::Keep, Spelling::Keep, Spelling::Json, Spelling::Uri, Spelling::Fields][..])
}

fn read_at(side: &ReadRules, payload: &Payload) -> Reading {
    read(&side.dialect, side.version.task_reader(), Kind::Connection, payload)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn every_loss_is_reported(payload in payload(), from in side(), to in side(), spelling in spelling()) {
        let reading = read_at(&from, &payload);
        let kind = Kind::Connection;
        let request = Request { kind, payload: Some(&payload), reading: &reading, to: &to, spelling, fits: &|_| Ok(()) };
        match (encode_for(&request), &reading) {
            (Ok(encoded), Reading::Connection { connection, .. }) => {
                prop_assert_eq!(encoded.verbatim && encoded.payload != payload, false);
                let Reading::Connection { connection: copy, .. } = read_at(&to, &encoded.payload) else {
                    return Err(TestCaseError::fail("the copy is not readable"));
                };
                for field in Field::ALL {
                    prop_assert!(is_kept_or_reported(field, connection, &copy, &encoded), "{}", field.name());
                }
            }
            (Ok(_), _) => prop_assert!(false, "an unreadable entry was encoded"),
            (Err(cannot), Reading::Connection { .. }) => {
                prop_assert!(["loss", "value-format"].contains(&cannot.reason), "{}", cannot.message);
                prop_assert!(from != to || spelling != Spelling::Keep, "a copy to the same dialect was rejected");
            }
            (Err(cannot), _) => prop_assert_eq!(cannot.reason, "unreadable"),
        }
    }

    #[test]
    fn target_with_the_same_rules_gets_the_same_bytes(payload in payload(), side in side()) {
        let reading = read_at(&side, &payload);
        prop_assume!(matches!(reading, Reading::Connection { .. }));
        let (kind, spelling) = (Kind::Connection, Spelling::Keep);
        let request = Request { kind, payload: Some(&payload), reading: &reading, to: &side, spelling, fits: &|_| Ok(()) };
        let expected = Encoded { payload: payload.clone(), verbatim: true, losses: Vec::new() };
        prop_assert_eq!(encode_for(&request).unwrap(), expected);
    }
}

fn is_kept_or_reported(field: Field, from: &Connection, to: &Connection, encoded: &Encoded) -> bool {
    let (a, b) = (from.get(field), to.get(field));
    let reported = |loss| encoded.losses.contains(&loss);
    let is_empty = |value: &Json| value.is_null() || value.as_str() == Some("");
    let is_number = |value: &Json| matches!(value, Json::Number(_) | Json::Bool(_));
    let absent_vs_empty = || reported(Loss::AbsentVsEmpty) && is_empty(a) && is_empty(b);
    let retyped = || {
        let texts = from.as_strings().into_owned().normalised();
        reported(Loss::FieldType) && is_number(a) && texts.get(field) == b
    };
    a == b
        || match field {
            Field::ConnType => {
                let respelled =
                    || reported(Loss::ConnTypeSpelling) && from.clone().normalised().conn_type == b.clone();
                respelled() || absent_vs_empty() || retyped()
            }
            Field::Description => reported(Loss::Description) || is_empty(a),
            Field::Host | Field::Schema | Field::Login | Field::Password => absent_vs_empty() || retyped(),
            Field::Port => {
                (a.as_str().is_some() && matches!(b, Json::Number(_))) || is_empty(a) && is_empty(b)
            }
            Field::Extra => !a.is_truthy() && !b.is_truthy(),
        }
}

//! The suite on the servers of both Airflows. Version 1 shows no connection whole, so the suite has only its variables.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::time::Duration;

use airbridge_backend_airflow_api::{ApiVersion, Settings, open};
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, CANARY, Subject, run, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Json, Limits, Metadata, Payload, Rates, SecretName, SecretText, Undo,
};
use common::{PASSWORD, Server, USER, unique};
use tokio::sync::Mutex;

/// The suite deletes entries, which a listing of another test at the same server would notice.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

const CONNECTIONS: &str = "connections/";
const VARIABLES: &str = "variables/";
/// What the suite can have: of connections, version 1 shows no password.
const ROOTS: [(ApiVersion, &str); 3] =
    [(ApiVersion::V1, VARIABLES), (ApiVersion::V2, VARIABLES), (ApiVersion::V2, CONNECTIONS)];

fn fields(fields: &[(&'static str, Json)]) -> Payload {
    Payload::Fields(fields.iter().map(|(name, value)| (*name, value.clone())).collect::<Fields>())
}

fn variable(text: &str) -> Payload {
    fields(&[("value", Json::string(text))])
}

/// A connection that version 2 shows as it is: without a password, and with the extra in Python's spelling.
fn connection(text: &str) -> Payload {
    let text = || Json::string(text);
    fields(&[
        ("conn_type", Json::string("generic")),
        ("description", text()),
        ("host", text()),
        ("schema", Json::string("")),
        ("login", text()),
        ("port", Json::integer(5432)),
        ("extra", Json::string("{\"a\": 1}")),
    ])
}

/// Texts that this version shows as they are. Version 2 writes JSON again.
fn shown(version: ApiVersion) -> Vec<String> {
    let is_shown = |text: &String| version == ApiVersion::V1 || Json::parse(text).is_err();
    let texts: Vec<String> =
        texts().into_iter().filter(is_shown).filter(|text| !text.contains('\0')).collect();
    assert!(texts.len() > 5);
    texts
}

fn payloads(version: ApiVersion, root: &str) -> Vec<Payload> {
    let texts = shown(version);
    if root == VARIABLES {
        let described =
            fields(&[("value", Json::string("")), ("description", Json::string("what it is for"))]);
        texts.iter().map(|text| variable(text)).chain([described]).collect()
    } else {
        let bare = fields(&[("conn_type", Json::string(""))]);
        let short = texts.iter().filter(|text| text.chars().count() <= 500);
        short.map(|text| connection(text)).chain([bare]).collect()
    }
}

/// A store at `url` with names of its own at the server.
async fn subject(version: ApiVersion, root: &str, settings: Settings, url: &str) -> Subject {
    let is_variable = root == VARIABLES;
    let (separator, names): (_, &[&str]) = if is_variable {
        ("/", &["a/b", "b.c", "d-e", "f g", "ü", "a%b_c'd\"e`f", "?", "#", "\\", "Upper", "upper"])
    } else {
        (".", &["a..b", "d-e", "ü", "日本", "Ⅷ", "_", "Upper", "upper"])
    };
    let name = |id: &str| SecretName::new(format!("{root}{id}"));
    let fitting = if is_variable { variable("x") } else { connection("x") };
    let mut unfit = vec![
        ("config/a".into(), fitting.clone(), "name-invalid"),
        (name(""), fitting.clone(), "name-invalid"),
        (name(".."), fitting.clone(), "name-invalid"),
        (name("a/../b"), fitting.clone(), "name-invalid"),
        (name("a\0b"), fitting.clone(), "name-invalid"),
        (name("a\nb"), fitting, "name-invalid"),
        (name("a"), Payload::text("x"), "shape"),
        (name("a"), fields(&[("conn_uri", Json::string("x"))]), "shape"),
        (name("a"), fields(&[("value", Json::Array(vec![])), ("conn_type", Json::Array(vec![]))]), "shape"),
        (name("a"), fields(&[]), "value-invalid"),
    ];
    if !is_variable {
        let with =
            |field, value: &str| fields(&[("conn_type", Json::string("x")), (field, Json::string(value))]);
        unfit.extend([
            (name("a b"), connection("x"), "name-invalid"),
            (name("a"), with("password", ""), "value-empty"),
            (name("a"), with("host", &"h".repeat(501)), "value-too-large"),
            (name("a"), with("extra", ""), "value-empty"),
            (name("a"), with("extra", "text"), "value-invalid"),
            (name("a"), with("extra", "[]"), "value-invalid"),
        ]);
    }
    Subject {
        expected: Descriptor {
            backend: "airflow-api",
            place: format!("airflow-api:{url}"),
            actor: Some(USER.to_owned()),
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits {
                read_batch: 1,
                write_batch: if version == ApiVersion::V2 { 50 } else { 1 },
                look_batch: 0,
                concurrency: 4,
            },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &["password"],
            undo: Undo::NONE,
        },
        prefix: format!("{root}{}{separator}", unique("suite")),
        separator,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        payloads: payloads(version, root),
        unfit,
        longest_name: Bound::At(root.len() + if is_variable { 250 } else { 200 }),
        largest_value: Bound::Untested("the API has no limit of its own"),
        sized: |bytes| variable(&CANARY.chars().cycle().take(bytes).collect::<String>()),
        binary: Binary::Impossible("the API is JSON"),
        secrets: vec![SecretText::new(PASSWORD)],
        existing: vec![],
        page: None,
        deletes: true,
        metadata: Metadata::default(),
        store: open(settings).await.unwrap(),
    }
}

#[tokio::test]
async fn both_versions_conform() {
    let _alone = ONE_AT_A_TIME.lock().await;
    for (version, root) in ROOTS {
        let server = Server::new(version);
        let url = server.url.clone();
        run(subject(version, root, server.settings(), &url).await).await;
    }
}

fn changes(request: &WireRequest) -> bool {
    request.method != "GET" && !request.path.contains("/auth/")
}

async fn behind_a_wire(version: ApiVersion, root: &str) -> (Wire, Subject) {
    let server = Server::new(version);
    let wire = Wire::start(&server.url).await;
    let mut settings = Settings { url: Some(wire.url()), ..server.settings() };
    settings.http.timeout = Some(Duration::from_secs(2));
    let url = wire.url();
    let subject = subject(version, root, settings, &url).await;
    (wire, subject)
}

#[tokio::test]
async fn faults_on_the_wire_are_classified() {
    let _alone = ONE_AT_A_TIME.lock().await;
    for (version, root) in ROOTS {
        let (wire, subject) = behind_a_wire(version, root).await;
        wire::run(&wire, subject, changes).await;
    }
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let _alone = ONE_AT_A_TIME.lock().await;
    for (version, root) in ROOTS {
        let (wire, subject) = behind_a_wire(version, root).await;
        wire::run_hostile(&wire, subject, changes).await;
    }
}

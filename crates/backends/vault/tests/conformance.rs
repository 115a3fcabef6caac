//! The conformance suite on real servers: both versions of the engine, one mount and all mounts, a namespace, TLS, and
//! an older server.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::time::Duration;

use airbridge_backend_vault::{Settings, open};
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, CANARY, Subject, described, run, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Json, Limits, Metadata, Payload, Rates, SecretName, Undo,
};
use serde_json::json;

use common::{Server, fields, server, unique, value};

const ENDINGS: [&str; 12] = [
    "with space",
    " and around ",
    "ümlaut/e\u{301}/日本語/🔑",
    "%2F?query#fragment&a=b+c;d",
    "dots./.hidden",
    "back\\slash",
    "data/metadata",
    "~-._!$'()*,:@[]{}|^`\"<>",
    "a/b/c/d/e/f",
    "a/b/c",
    "CASE",
    "case",
];

fn descriptor(place: String, atomic_write: bool) -> Descriptor {
    Descriptor {
        backend: "vault",
        place,
        actor: Some("token (policies root)".to_owned()),
        capabilities: Capabilities {
            write: true,
            atomic_write,
            versions: atomic_write,
            metadata: atomic_write,
            lists_by_prefix: true,
        },
        limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 32 },
        rates: Rates::default(),
        read_lag: Duration::from_secs(10),
        unremovable: &[],
        undo: Undo {
            former_versions: atomic_write,
            restores: false,
            after_delete: atomic_write.then_some("deleted for good, with all its versions"),
        },
    }
}

/// Strings as Airflow stores them, and fields of every type.
fn payloads(version: u8) -> Vec<Payload> {
    let mut payloads: Vec<_> = texts().iter().map(|text| value(text)).collect();
    payloads.push(fields(
        r#"{"conn_type": "postgres", "port": 5432, "extra": {"a": [1, -2.5, true, null, {}, []]}, "": "", "ü": "é"}"#,
    ));
    payloads.push(fields(r#"{"value": null}"#));
    match version {
        // Version 1 stores every digit, but no secret without fields.
        1 => payloads.push(fields(r#"{"n": 12345678901234567890}"#)),
        _ => payloads.push(fields("{}")),
    }
    payloads
}

/// One field that makes the secret so many bytes of JSON: `{"v": "…"}` is 9 bytes without the string.
fn sized(bytes: usize) -> Payload {
    let text: String = CANARY.chars().cycle().take(bytes - 9).collect();
    Payload::Fields(Fields::from_iter([("v", Json::string(text))]))
}

/// A token of its own: the operator's is `root`, which is also a policy, and the suite searches for the token.
async fn with_own_token(server: &Server, settings: Settings) -> Settings {
    let token = server.token(json!({"policies": ["root"]})).await;
    Settings { token: Some(token.into()), ..settings }
}

async fn subject(settings: Settings, place: String, version: u8, prefix: &str) -> Subject {
    let name = |name: &str| SecretName::new(format!("{prefix}{name}"));
    let large = Payload::Fields(Fields::from_iter([("v", Json::string(CANARY.repeat(100_000)))]));
    let mut unfit = vec![
        (name("a"), Payload::text(CANARY), "shape"),
        (name("a//b"), value(CANARY), "name-invalid"),
        (name("/a"), value(CANARY), "name-invalid"),
        (name("a/"), value(CANARY), "name-invalid"),
        (name("a/../b"), value(CANARY), "name-invalid"),
        (name("a\nb"), value(CANARY), "name-invalid"),
        (name("a\u{200b}"), value(CANARY), "name-invalid"),
        (name("a"), large, "value-too-large"),
        (name("a"), fields(r#"{"n": NaN}"#), "value-invalid"),
    ];
    let mut names = ENDINGS.map(str::to_owned).to_vec();
    if version == 1 {
        unfit.push((name("a"), fields("{}"), "value-empty"));
        unfit.push((name("a..b"), value(CANARY), "name-invalid"));
    } else {
        unfit.push((name("a"), fields(r#"{"n": 12345678901234567890}"#), "value-invalid"));
        names.push("a..b/...".to_owned());
    }
    let secrets = settings.token.iter().cloned().collect();
    Subject {
        store: open(settings).await.unwrap(),
        expected: descriptor(place, version == 2),
        prefix: prefix.to_owned(),
        separator: "/",
        names,
        payloads: payloads(version),
        unfit,
        longest_name: Bound::Untested("the length of a path is not limited"),
        // Integrated storage takes 1 MiB an entry; the adapter leaves 8 KiB for what the server adds.
        largest_value: Bound::At(1_048_576 - 8_192),
        sized,
        binary: Binary::Impossible("fields are JSON, which is UTF-8"),
        secrets,
        existing: vec![],
        page: None,
        deletes: true,
        metadata: if version == 2 { described() } else { Metadata::default() },
    }
}

#[tokio::test]
async fn version_2_conforms() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let place = format!("vault:{}/{mount}", server.url);
    run(subject(with_own_token(&server, server.settings(&mount)).await, place, 2, "").await).await;
    server.unmount(&mount).await;
}

#[tokio::test]
async fn version_1_conforms() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(1).await;
    let place = format!("vault:{}/{mount}", server.url);
    run(subject(with_own_token(&server, server.settings(&mount)).await, place, 1, "airflow/").await).await;
    server.unmount(&mount).await;
}

#[tokio::test]
async fn all_mounts_in_a_namespace_conform() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let namespace = unique("team");
    server.post(&format!("sys/namespaces/{namespace}"), json!({})).await;
    // Two mounts whose names start alike, so that confusing them would fail a test.
    let inside = server.inside(&namespace);
    for mount in ["air", "airy"] {
        inside.post(&format!("sys/mounts/{mount}"), json!({"type": "kv", "options": {"version": "2"}})).await;
    }
    let place = format!("vault:{} (namespace {namespace})", server.url);
    run(subject(with_own_token(&server, inside.settings("")).await, place, 2, "air/").await).await;
    for mount in ["air", "airy"] {
        inside.unmount(mount).await;
    }
    server.delete(&format!("sys/namespaces/{namespace}")).await;
}

#[tokio::test]
async fn older_server_conforms() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO_OLD");
    let mount = server.mount(2).await;
    let place = format!("vault:{}/{mount}", server.url);
    run(subject(with_own_token(&server, server.settings(&mount)).await, place, 2, "").await).await;
    server.unmount(&mount).await;
}

#[tokio::test]
async fn mount_with_a_slash_over_tls_conforms() {
    let ca_file = server("AIRBRIDGE_TEST_OPENBAO_TLS_CA");
    let server = Server::tls("AIRBRIDGE_TEST_OPENBAO_TLS", &ca_file);
    let mount = format!("air/{}", server.mount(2).await);
    server.post(&format!("sys/mounts/{mount}"), json!({"type": "kv", "options": {"version": "2"}})).await;
    let place = format!("vault:{}/{mount}", server.url);
    let settings = Settings { ca_file: Some(ca_file.into()), ..server.settings(&mount) };
    let settings = with_own_token(&server, settings).await;
    run(subject(settings, place, 2, "").await).await;
    server.unmount(&mount).await;
    server.unmount(mount.trim_start_matches("air/")).await;
}

/// A store in a new mount, at a server that fails on cue.
async fn behind_a_wire(version: u8) -> (Wire, Subject) {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let wire = Wire::start(&server.url).await;
    let mount = server.mount(version).await;
    let place = format!("vault:{}/{mount}", wire.url());
    let timeout = Some(Duration::from_secs(2));
    let settings = Settings { url: Some(wire.url()), timeout, ..server.settings(&mount) };
    let subject = subject(with_own_token(&server, settings).await, place, version, "").await;
    (wire, subject)
}

fn changes(request: &WireRequest) -> bool {
    !matches!(request.method.as_str(), "GET" | "LIST") && !request.path.contains("/auth/")
}

#[tokio::test]
async fn faults_on_the_wire_are_classified() {
    for version in [1, 2] {
        let (wire, subject) = behind_a_wire(version).await;
        wire::run(&wire, subject, changes).await;
    }
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    for version in [1, 2] {
        let (wire, subject) = behind_a_wire(version).await;
        wire::run_hostile(&wire, subject, changes).await;
    }
}

//! The suite on the servers of both Airflows, which are only read.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::time::Duration;

use airbridge_backend_airflow_api::{ApiVersion, Settings, open};
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, CANARY, Subject, run};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Json, Limits, Metadata, Payload, Rates, SecretName, SecretText,
};
use common::{PASSWORD, Server, USER, unique};
use serde_json::json;

/// Texts that are not JSON, which version 2 of the API would change.
fn texts() -> Vec<String> {
    [
        " blanks ",
        "lines\r\nand\ttab\n",
        "é 日本 🔑",
        "'single' \"double\" \\n {{ ds }} $HOME %(x)s",
        "a=b&c=d",
    ]
    .iter()
    .map(|text| format!("{text}{CANARY}{text}"))
    .collect()
}

fn payload(text: &str, description: Option<&str>) -> Payload {
    let description = description.map(|text| ("description", Json::string(text)));
    Payload::Fields([("value", Json::string(text))].into_iter().chain(description).collect::<Fields>())
}

/// A store at `url` with variables of its own at the server.
async fn subject(server: &Server, settings: Settings, url: &str) -> Subject {
    let prefix = unique("suite");
    let mut existing = Vec::new();
    for (index, text) in texts().iter().enumerate() {
        let key = format!("{prefix}/{}", ["a", "b.c", "d-e", "f g", "ü"][index]);
        let description = (index == 0).then_some("what it is for");
        let mut entry = json!({ "key": key, "value": text });
        if let Some(description) = description {
            entry["description"] = description.into();
        }
        server.add("variables", &entry).await;
        existing.push((SecretName::new(format!("variables/{key}")), payload(text, description)));
    }
    let texts = texts();
    Subject {
        expected: Descriptor {
            backend: "airflow-api",
            place: format!("airflow-api:{url}"),
            actor: Some(USER.to_owned()),
            capabilities: Capabilities {
                write: false,
                atomic_write: false,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 8 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
        },
        prefix: format!("variables/{prefix}/"),
        separator: "/",
        names: vec![],
        payloads: texts.iter().map(|text| payload(text, None)).collect(),
        unfit: vec![
            ("config/a".into(), payload("x", None), "name-invalid"),
            ("variables/a".into(), Payload::text("x"), "shape"),
        ],
        longest_name: Bound::Untested("the store is only read"),
        largest_value: Bound::Untested("the store is only read"),
        sized: |_| payload("x", None),
        binary: Binary::Impossible("the API is JSON"),
        secrets: vec![SecretText::new(PASSWORD)],
        existing,
        page: None,
        deletes: false,
        metadata: Metadata::default(),
        store: open(settings).await.unwrap(),
    }
}

#[tokio::test]
async fn both_versions_conform() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let server = Server::new(version);
        let url = server.url.clone();
        run(subject(&server, server.settings(), &url).await).await;
    }
}

fn changes(_request: &WireRequest) -> bool {
    false
}

async fn behind_a_wire(version: ApiVersion) -> (Wire, Subject) {
    let server = Server::new(version);
    let wire = Wire::start(&server.url).await;
    let mut settings = Settings { url: Some(wire.url()), ..server.settings() };
    settings.http.timeout = Some(Duration::from_secs(2));
    let url = wire.url();
    let subject = subject(&server, settings, &url).await;
    (wire, subject)
}

#[tokio::test]
async fn faults_on_the_wire_are_classified() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let (wire, subject) = behind_a_wire(version).await;
        wire::run(&wire, subject, changes).await;
    }
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let (wire, subject) = behind_a_wire(version).await;
        wire::run_hostile(&wire, subject, changes).await;
    }
}

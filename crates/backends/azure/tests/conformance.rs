//! The conformance suite against the double.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

#[expect(dead_code, reason = "other test files use the rest")]
mod common;
mod double;

use std::time::Duration;

use airbridge_backend_azure::{Settings, open};
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Limits, Payload, Quota, Rates, SecretName, SecretText, Undo,
};
use double::Double;
use double::certificates::certificates;

async fn subject(settings: Settings, place: String, page: usize) -> Subject {
    let value = || Payload::text("x");
    let mut payloads: Vec<_> = texts().into_iter().map(Payload::text).collect();
    payloads.push(Payload::text(""));
    payloads.push(Payload::text("x".repeat(25_000)));
    Subject {
        store: open(settings).await.unwrap(),
        expected: Descriptor {
            backend: "azure",
            place,
            actor: Some(
                "application 11111111-2222-3333-4444-555555555555 (object id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee)"
                    .to_owned(),
            ),
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: true,
                metadata: true,
                lists_by_prefix: false,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 16 },
            rates: Rates {
                list: Some(Quota::exactly(400.0)),
                read: Some(Quota::exactly(400.0)),
                write: Some(Quota::exactly(30.0)),
                more_to_create: 0,
            },
            read_lag: Duration::from_secs(10),
            unremovable: &[],
            undo: Undo { former_versions: true, restores: true, after_delete: Some("kept for the vault's retention period; until then the name is reserved") },
        },
        prefix: "Suite-".to_owned(),
        separator: "-",
        names: ["-", "--", "CASE", "other-case", "a--b", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "versions"]
            .map(str::to_owned)
            .into(),
        payloads,
        unfit: vec![
            (SecretName::new(""), value(), "name-invalid"),
            (SecretName::new("a_b"), value(), "name-invalid"),
            (SecretName::new("a/b"), value(), "name-invalid"),
            (SecretName::new("n".repeat(128)), value(), "name-too-long"),
            (SecretName::new("a"), Payload::text("x".repeat(25_001)), "value-too-large"),
            (SecretName::new("a"), Payload::Fields(Fields::new()), "shape"),
        ],
        longest_name: Bound::At(127),
        largest_value: Bound::At(25_000),
        sized: text_of,
        binary: Binary::Impossible("the value of a secret is a JSON string"),
        secrets: vec![SecretText::new(double::identity::HEADER)],
        existing: vec![],
        page: Some(page),
        deletes: true,
        metadata: described(),
    }
}

async fn run_suite(double: &Double, page: usize) {
    run(subject(common::settings(double), double.place(), page).await).await;
}

/// A store on a double that fails on cue.
async fn behind_a_wire() -> (Wire, Subject) {
    let double = Double::start().await;
    let (acceptor, ca) = certificates(&["localhost"]);
    let wire = Wire::start_tls(&double.plain(), acceptor).await;
    let settings = Settings {
        vault_url: wire.url(),
        ca_file: Some(ca.path().to_owned()),
        timeout: Some(Duration::from_secs(2)),
        ..common::settings(&double)
    };
    let place = wire.url().replace("https://", "azure:");
    let subject = subject(settings, place, 25).await;
    (wire, subject)
}

fn changes(request: &WireRequest) -> bool {
    matches!(request.method.as_str(), "PUT" | "DELETE")
}

#[tokio::test]
async fn faults_on_the_wire_are_classified() {
    let (wire, subject) = behind_a_wire().await;
    wire::run(&wire, subject, changes).await;
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let (wire, subject) = behind_a_wire().await;
    wire::run_hostile(&wire, subject, changes).await;
}

#[tokio::test]
async fn double_passes_the_suite() {
    run_suite(&Double::start().await, 25).await;
}

#[tokio::test]
async fn double_with_empty_pages_passes_the_suite() {
    let double = Double::start().await;
    double.switch(|switches| switches.empty_pages = 2);
    run_suite(&double, 25).await;
}

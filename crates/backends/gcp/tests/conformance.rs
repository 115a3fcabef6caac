//! The conformance suite against the emulator and against the strict double, with global and regional secrets.

#![expect(clippy::expect_used, reason = "a failed step must end the test")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Limits, Metadata, Payload, Quota, Rates, SecretName, SecretText, Undo,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::double::{Behavior, Double, Fault};
use common::{project, server, service_account, settings, store};
use serde_json::json;

fn descriptor(place: String, actor: Option<String>) -> Descriptor {
    Descriptor {
        backend: "gcp",
        place,
        actor,
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 80 },
        rates: Rates {
            list: Some(Quota::exactly(10.0)),
            read: Some(Quota::exactly(1_500.0)),
            write: Some(Quota::exactly(10.0)),
            more_to_create: 1,
        },
        read_lag: Duration::from_secs(30),
        unremovable: &[],
        undo: Undo {
            former_versions: true,
            restores: false,
            after_delete: Some("deleted for good, with all its versions"),
        },
    }
}

async fn subject(
    settings: Settings,
    place: String,
    page: Option<usize>,
    metadata: Metadata,
    binary: Binary,
    secrets: Vec<SecretText>,
) -> Subject {
    let value = || Payload::text("x");
    // Only an emulator needs no credentials.
    let actor = (!secrets.is_empty()).then(|| "robot@of-key.iam.gserviceaccount.com".to_owned());
    Subject {
        store: store(settings).await,
        expected: descriptor(place, actor),
        prefix: "suite-".to_owned(),
        separator: "-",
        names: ["-_", "CASE", "case", "--", "_", "versions", "latest"].map(str::to_owned).into(),
        payloads: texts().into_iter().map(Payload::text).collect(),
        unfit: vec![
            (SecretName::new(""), value(), "name-invalid"),
            (SecretName::new("a/b"), value(), "name-invalid"),
            (SecretName::new("a.b"), value(), "name-invalid"),
            (SecretName::new("n".repeat(256)), value(), "name-too-long"),
            (SecretName::new("a"), Payload::text(""), "value-empty"),
            (SecretName::new("a"), Payload::text("é".repeat(32_769)), "value-too-large"),
            (SecretName::new("a"), Payload::Fields(Fields::new()), "shape"),
        ],
        longest_name: Bound::At(255),
        largest_value: Bound::At(65_536),
        sized: text_of,
        binary,
        secrets,
        existing: vec![],
        page,
        deletes: true,
        metadata,
    }
}

/// Plants bytes through the REST interface of a server.
fn through_rest(project: &str, url: &str) -> Binary {
    let secrets = format!("{url}/v1/projects/{project}/secrets");
    Binary::planted(move |name, bytes| {
        let secrets = secrets.clone();
        async move {
            let http = reqwest::Client::builder().no_proxy().build().expect("a client");
            let container = json!({ "replication": { "automatic": {} } });
            let version = json!({ "payload": { "data": STANDARD.encode(bytes) } });
            for (address, body) in [
                (format!("{secrets}?secretId={name}"), container),
                (format!("{secrets}/{name}:addVersion"), version),
            ] {
                let answer = http.post(address).json(&body).send().await.expect("the server answers");
                assert!(answer.status().is_success(), "{answer:?}");
            }
        }
    })
}

/// The settings with the key of a service account, and the secret part of the key.
fn authenticated(settings: Settings) -> (Settings, Vec<SecretText>) {
    let key = service_account();
    let pem = key["private_key"].as_str().and_then(|pem| pem.lines().nth(1)).expect("a PEM key");
    let secrets = vec![SecretText::new(pem)];
    (Settings { gcp_keyfile_dict: Some(key.to_string().into()), ..settings }, secrets)
}

/// Plants bytes in a double.
fn in_double(double: &Arc<Double>) -> Binary {
    let double = Arc::clone(double);
    Binary::planted(move |name, bytes| {
        double.make(name.as_str(), &[], Duration::ZERO);
        double.add(name.as_str(), &bytes);
        async {}
    })
}

#[tokio::test]
async fn drongo_passes_the_suite() {
    let (project, url) = (project(), server("AIRBRIDGE_TEST_DRONGO"));
    // Drongo lists everything on one page, and loses annotations, one of which is the description.
    let labelled = Metadata { description: None, ..described() };
    let place = format!("gcp:{project} ({url})");
    // Drongo does not require credentials, so there are no secrets to search for.
    let binary = through_rest(&project, &url);
    run(subject(settings(&project, &url), place, None, labelled, binary, vec![]).await).await;
}

#[tokio::test]
async fn double_with_lag_and_small_pages_passes_the_suite() {
    let behavior = Behavior { page: 40, lag: Duration::from_millis(200), location: None };
    let double = Arc::new(Double::with(behavior, |_| Fault::Nothing).await);
    let place = format!("gcp:acme ({})", double.url());
    let binary = in_double(&double);
    let (settings, secrets) = authenticated(settings("acme", &double.url()));
    run(subject(settings, place, Some(40), described(), binary, secrets).await).await;
}

#[tokio::test]
async fn regional_secrets_pass_the_suite() {
    let behavior = Behavior { page: 25_000, lag: Duration::ZERO, location: Some("europe-west1") };
    let double = Arc::new(Double::with(behavior, |_| Fault::Nothing).await);
    let regional = Settings { location: Some("europe-west1".to_owned()), ..settings("acme", &double.url()) };
    let place = format!("gcp:acme (europe-west1, {})", double.url());
    let binary = in_double(&double);
    let (settings, secrets) = authenticated(regional);
    run(subject(settings, place, None, described(), binary, secrets).await).await;
}

/// A store on a double that fails on cue.
async fn behind_a_wire() -> (Wire, Subject) {
    let double = Arc::new(Double::new().await);
    let wire = Wire::start(&double.url()).await;
    let place = format!("gcp:acme ({})", wire.url());
    let (settings, secrets) = authenticated(settings("acme", &wire.url()));
    let settings = Settings { timeout: Some(Duration::from_secs(2)), ..settings };
    let subject = subject(settings, place, None, described(), in_double(&double), secrets).await;
    (wire, subject)
}

/// A create sends two requests. The second makes the secret, so the faults meet that one.
fn changes(request: &WireRequest) -> bool {
    request.method == "DELETE" || request.path.contains("addVersion")
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

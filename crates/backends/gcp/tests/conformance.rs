//! The contract: on the emulator, and on the strict double, global and regional.

mod common;

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{Capabilities, Descriptor, Fields, Limits, Metadata, Payload, Quota, Rates, SecretName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::double::{Double, Fault, Manners};
use common::{project, server, settings, store};
use serde_json::json;

fn descriptor(place: String) -> Descriptor {
    Descriptor {
        backend: "gcp",
        place,
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        limits: Limits { read_batch: 1, write_batch: 1, concurrency: 80 },
        rates: Rates {
            list: Some(Quota::exactly(10.0)),
            read: Some(Quota::exactly(1_500.0)),
            write: Some(Quota::exactly(10.0)),
            more_to_create: 1,
        },
        read_lag: Duration::from_secs(30),
    }
}

async fn keeps_the_contract(
    settings: Settings,
    place: String,
    page: Option<usize>,
    metadata: Metadata,
    binary: Binary,
) {
    let value = || Payload::text("x");
    run(Subject {
        store: store(settings).await,
        expected: descriptor(place),
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
        // No server here asks for a token.
        secrets: vec![],
        existing: vec![],
        page,
        deletes: true,
        metadata,
    })
    .await;
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
async fn drongo_keeps_the_contract() {
    let (project, url) = (project(), server("AIRBRIDGE_TEST_DRONGO"));
    // It lists everything on one page, and loses annotations: a description is one.
    let labelled = Metadata { description: None, ..described() };
    let place = format!("gcp:{project} ({url})");
    let binary = through_rest(&project, &url);
    keeps_the_contract(settings(&project, &url), place, None, labelled, binary).await;
}

#[tokio::test]
async fn the_double_keeps_the_contract_late_and_page_by_page() {
    let manners = Manners { page: 40, lag: Duration::from_millis(200), location: None };
    let double = Arc::new(Double::with(manners, |_| Fault::Nothing).await);
    let place = format!("gcp:acme ({})", double.url());
    let binary = in_double(&double);
    keeps_the_contract(settings("acme", &double.url()), place, Some(40), described(), binary).await;
}

#[tokio::test]
async fn a_region_of_its_own_keeps_the_contract() {
    let manners = Manners { page: 25_000, lag: Duration::ZERO, location: Some("europe-west1") };
    let double = Arc::new(Double::with(manners, |_| Fault::Nothing).await);
    let regional = Settings { location: Some("europe-west1".to_owned()), ..settings("acme", &double.url()) };
    let place = format!("gcp:acme (europe-west1, {})", double.url());
    let binary = in_double(&double);
    keeps_the_contract(regional, place, None, described(), binary).await;
}

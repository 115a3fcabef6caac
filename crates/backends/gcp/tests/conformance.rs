//! The contract: on the emulator, and on the strict double, global and regional.

mod common;

use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_conformance::{Subject, described, run, texts};
use airbridge_core::{Capabilities, Descriptor, Fields, Limits, Metadata, Payload, Quota, Rates, SecretName};
use common::double::{Double, Fault, Manners};
use common::{project, server, settings, store};

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

async fn keeps_the_contract(settings: Settings, place: String, page: Option<usize>, metadata: Metadata) {
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
        existing: vec![],
        page,
        deletes: true,
        metadata,
    })
    .await;
}

#[tokio::test]
async fn drongo_keeps_the_contract() {
    let (project, url) = (project(), server("AIRBRIDGE_TEST_DRONGO"));
    // It lists everything on one page, and loses annotations: a description is one.
    let labelled = Metadata { description: None, ..described() };
    keeps_the_contract(settings(&project, &url), format!("gcp:{project} ({url})"), None, labelled).await;
}

#[tokio::test]
async fn the_double_keeps_the_contract_late_and_page_by_page() {
    let manners = Manners { page: 40, lag: Duration::from_millis(200), location: None };
    let double = Double::with(manners, |_| Fault::Nothing).await;
    let place = format!("gcp:acme ({})", double.url());
    keeps_the_contract(settings("acme", &double.url()), place, Some(40), described()).await;
}

#[tokio::test]
async fn a_region_of_its_own_keeps_the_contract() {
    let manners = Manners { page: 25_000, lag: Duration::ZERO, location: Some("europe-west1") };
    let double = Double::with(manners, |_| Fault::Nothing).await;
    let regional = Settings { location: Some("europe-west1".to_owned()), ..settings("acme", &double.url()) };
    let place = format!("gcp:acme (europe-west1, {})", double.url());
    keeps_the_contract(regional, place, None, described()).await;
}

//! The contract, on servers.

mod common;

use std::time::Duration;

use airbridge_backend_aws_testing::{REGION, Server, account};
use airbridge_conformance::{Subject, described, run, texts};
use airbridge_core::{Capabilities, Descriptor, Fields, Limits, Payload, Quota, Rates, SecretName};
use common::store;

async fn keeps_the_contract(server: Server) {
    let account = account();
    let value = || Payload::text("x");
    run(Subject {
        store: store(server, &account, REGION).await,
        expected: Descriptor {
            backend: "aws",
            place: format!("aws:{REGION} (account {account}, {})", server.url()),
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: true,
                metadata: true,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 20, write_batch: 1, concurrency: 16 },
            rates: Rates {
                list: Some(Quota::exactly(100.0)),
                read: Some(Quota::exactly(100.0)),
                write: Some(Quota::exactly(50.0)),
                more_to_create: 0,
            },
            read_lag: Duration::from_secs(5),
        },
        prefix: "suite/".to_owned(),
        separator: "/",
        names: ["/_+=.@-", "CASE", "case", "like-an-arn-AbCdEf", "/", "//a"].map(str::to_owned).into(),
        payloads: texts().into_iter().map(Payload::text).collect(),
        unfit: vec![
            (SecretName::new(""), value(), "name-invalid"),
            (SecretName::new("a b"), value(), "name-invalid"),
            (SecretName::new("rds!x"), value(), "name-invalid"),
            (SecretName::new("n".repeat(513)), value(), "name-too-long"),
            (SecretName::new("a"), Payload::text(""), "value-empty"),
            (SecretName::new("a"), Payload::text("é".repeat(32_769)), "value-too-large"),
            (SecretName::new("a"), Payload::Fields(Fields::new()), "shape"),
        ],
        existing: vec![],
        page: Some(100),
        deletes: true,
        metadata: described(),
    })
    .await;
}

#[tokio::test]
async fn moto_keeps_the_contract() {
    keeps_the_contract(Server::Moto).await;
}

#[tokio::test]
async fn ministack_keeps_the_contract() {
    keeps_the_contract(Server::Ministack).await;
}

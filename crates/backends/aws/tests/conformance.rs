//! The contract, on servers.

mod common;

use std::time::Duration;

use airbridge_backend_aws_testing::{REGION, SECRET_KEY, Server, account};
use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Limits, Payload, Quota, Rates, SecretName, SecretText,
};
use aws_sdk_secretsmanager::primitives::Blob;
use common::store;

async fn keeps_the_contract(server: Server) {
    let account = account();
    let value = || Payload::text("x");
    let witness = common::witness(server, &account, REGION).await;
    run(Subject {
        store: store(server, &account, REGION).await,
        expected: Descriptor {
            backend: "aws",
            place: format!("aws:{REGION} (account {account}, {})", server.url()),
            actor: server.actor(),
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: true,
                metadata: true,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 20, write_batch: 1, look_batch: 20, concurrency: 16 },
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
        longest_name: Bound::At(512),
        largest_value: Bound::At(65_536),
        sized: text_of,
        binary: Binary::planted(move |name, bytes| {
            let witness = witness.clone();
            async move {
                let bytes = Blob::new(bytes);
                let made = witness.create_secret().name(name.as_str()).secret_binary(bytes).send().await;
                assert!(made.is_ok(), "{made:?}");
            }
        }),
        secrets: vec![SecretText::new(SECRET_KEY)],
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

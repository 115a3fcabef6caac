//! The contract, on servers.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::time::Duration;

use airbridge_backend_aws::{Settings, open};
use airbridge_backend_aws_common::HttpOptions;
use airbridge_backend_aws_testing::{REGION, SECRET_KEY, Server, account};
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Limits, Payload, Quota, Rates, SecretName, SecretText, Undo,
};
use aws_sdk_secretsmanager::primitives::Blob;

/// A store of a new account at `url`, which leads to the server.
async fn subject(server: Server, url: String) -> Subject {
    let account = account();
    let value = || Payload::text("x");
    let witness = common::witness(server, &account, REGION).await;
    let place = format!("aws:{REGION} (account {account}, {url})");
    let http = HttpOptions { timeout: Some(Duration::from_secs(2)), ..HttpOptions::default() };
    let sign_in = airbridge_backend_aws_common::Settings {
        endpoint_url: Some(url),
        http,
        ..server.sign_in(&account, REGION)
    };
    Subject {
        store: open(Settings { sign_in, ..Settings::default() }).await.expect("the store opens"),
        expected: Descriptor {
            backend: "aws",
            place,
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
            unremovable: &[],
            undo: Undo {
                former_versions: true,
                restores: true,
                after_delete: Some("kept for 30 days; until then the name is reserved"),
            },
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
    }
}

#[tokio::test]
async fn moto_keeps_the_contract() {
    run(subject(Server::Moto, Server::Moto.url()).await).await;
}

#[tokio::test]
async fn ministack_keeps_the_contract() {
    run(subject(Server::Ministack, Server::Ministack.url()).await).await;
}

fn changes(request: &WireRequest) -> bool {
    ["CreateSecret", "PutSecretValue", "DeleteSecret"].iter().any(|call| request.target.ends_with(call))
}

#[tokio::test]
async fn faults_on_the_wire_are_classified() {
    let wire = Wire::start(&Server::Moto.url()).await;
    wire::run(&wire, subject(Server::Moto, wire.url()).await, changes).await;
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let wire = Wire::start(&Server::Moto.url()).await;
    wire::run_hostile(&wire, subject(Server::Moto, wire.url()).await, changes).await;
}

//! The contract, on servers.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::time::Duration;

use airbridge_backend_aws_ssm::{Settings, open};
use airbridge_backend_aws_testing::{REGION, SECRET_KEY, Server, account};
use airbridge_conformance::wire::{self, Wire, WireRequest};
use airbridge_conformance::{Binary, Bound, Subject, described, run, text_of, texts};
use airbridge_core::{
    Capabilities, Descriptor, Fields, Limits, Payload, Quota, Rates, SecretName, SecretText, Undo,
};
use common::settings;

/// A store of a new account at `url`, which leads to the server.
async fn subject(server: Server, url: String) -> Subject {
    let account = account();
    let value = || Payload::text("x");
    let place = format!("aws-ssm:{REGION} (account {account}, {url})");
    let mut settings = Settings { metadata: true, ..settings(server, &account, REGION) };
    settings.sign_in.endpoint_url = Some(url);
    settings.sign_in.http.timeout = Some(Duration::from_secs(2));
    // The service takes {{ … }} for the name of another parameter; all else comes back byte for byte.
    let payloads = texts().into_iter().map(|text| text.replace("}}", "} }"));
    Subject {
        store: open(settings).await.expect("the store opens"),
        expected: Descriptor {
            backend: "aws-ssm",
            place,
            actor: server.actor(),
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: true,
                metadata: true,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 10, write_batch: 1, look_batch: 10, concurrency: 8 },
            rates: Rates {
                list: Some(Quota::exactly(3.0)),
                read: Some(Quota::exactly(40.0)),
                write: Some(Quota::at_least(3.0)),
                more_to_create: 0,
            },
            read_lag: Duration::from_secs(5),
            unremovable: &[],
            undo: Undo {
                former_versions: true,
                restores: false,
                after_delete: Some(
                    "deleted for good with its history; the name is free again after 30 seconds",
                ),
            },
        },
        prefix: "/suite/".to_owned(),
        separator: "/",
        names: ["/a.b_-", "CASE", "case", "like-an-arn-AbCdEf", "/aws/ssm", "/1/2/3/4/5/6/7/8/9/10/11/12/13"]
            .map(str::to_owned)
            .into(),
        payloads: payloads.map(Payload::text).collect(),
        unfit: vec![
            (SecretName::new(""), value(), "name-invalid"),
            (SecretName::new("/a b"), value(), "name-invalid"),
            (SecretName::new("/a:1"), value(), "name-invalid"),
            (SecretName::new("a/b"), value(), "name-invalid"),
            (SecretName::new("a"), value(), "name-invalid"),
            (SecretName::new("/a//b"), value(), "name-invalid"),
            (SecretName::new("/aws/x"), value(), "name-invalid"),
            (SecretName::new("/l".repeat(16)), value(), "name-invalid"),
            (SecretName::new(format!("/{}", "n".repeat(967))), value(), "name-too-long"),
            (SecretName::new("/a"), Payload::text(""), "value-empty"),
            (SecretName::new("/a"), Payload::text("é".repeat(2_049)), "value-too-large"),
            (SecretName::new("/a"), Payload::text("{{ ds }}"), "value-invalid"),
            (SecretName::new("/a"), Payload::Fields(Fields::new()), "shape"),
        ],
        longest_name: Bound::At(1_011 - "arn:aws:ssm:us-east-1:000000000000:parameter".len()),
        largest_value: Bound::At(4_096),
        sized: text_of,
        binary: Binary::Impossible("the value of a parameter is a string"),
        secrets: vec![SecretText::new(SECRET_KEY)],
        existing: vec![],
        page: Some(10),
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
    ["PutParameter", "DeleteParameter"].iter().any(|call| request.target.ends_with(call))
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

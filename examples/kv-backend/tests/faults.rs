//! What faults of the server become.

mod support;

use airbridge_conformance::wire::{self, Wire, WireFault};
use airbridge_core::{ErrorKind, NamePrefix};
use support::{Server, subject};

#[tokio::test]
async fn faults_become_the_documented_kinds() {
    let server = Server::start();
    let wire = Wire::start(&server.url).await;
    let subject = subject(wire.url()).await;
    wire::run(&wire, subject, |request| matches!(request.method.as_str(), "PUT" | "DELETE")).await;
}

#[tokio::test]
async fn hostile_answers_are_errors() {
    let server = Server::start();
    let wire = Wire::start(&server.url).await;
    let subject = subject(wire.url()).await;
    wire::run_hostile(&wire, subject, |request| matches!(request.method.as_str(), "PUT" | "DELETE")).await;
}

#[tokio::test]
async fn refused_token_and_foreign_answers_become_errors_of_the_whole_place() {
    let server = Server::start();
    let wire = Wire::start(&server.url).await;
    let store = subject(wire.url()).await.store;
    for (status, kind) in [
        (302, ErrorKind::Config),
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::Config),
        (418, ErrorKind::Unexpected),
    ] {
        wire.fail(move |_| WireFault::answer(status));
        let error = store.list_page(&NamePrefix::new(""), None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {error}");
        assert!(error.hint().is_some(), "{status}: {error}");
    }
}

//! The server that fails on cue, and what the suite demands of an adapter behind it.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod server;
mod store;

use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::wire::{self, Wire, WireFault, WireRequest};
use airbridge_conformance::{Binary, Bound, Subject, text_of, texts};
use airbridge_core::{Metadata, NamePrefix, Payload, SecretName, SecretStore};
use store::{Defect, HttpStore};

fn subject(url: String, defect: Defect) -> Subject {
    let store = Arc::new(HttpStore::open(url.clone(), defect));
    Subject {
        expected: store.descriptor().clone(),
        store,
        prefix: "suite-".to_owned(),
        separator: "-",
        names: vec!["_".to_owned()],
        payloads: texts().into_iter().map(Payload::text).collect(),
        unfit: vec![(SecretName::new(".."), Payload::text("x"), "name-invalid")],
        longest_name: Bound::At(100),
        largest_value: Bound::At(10_000),
        sized: text_of,
        binary: Binary::planted(move |name, bytes| {
            let put = reqwest::Client::new().put(format!("{url}/{name}")).body(bytes).send();
            async move { assert!(put.await.unwrap().status().is_success()) }
        }),
        secrets: vec![],
        existing: vec![],
        page: None,
        deletes: true,
        metadata: Metadata::default(),
    }
}

/// A suite that a defect must fail.
#[derive(Clone, Copy)]
enum Suite {
    Faults,
    Hostile,
}

/// The message with which the suite fails, `None` if it passes.
async fn failure(suite: Suite, defect: Defect) -> Option<String> {
    let wire = Wire::start(&server::start().await).await;
    let subject = subject(wire.url(), defect);
    let changes = |request: &WireRequest| request.method != "GET";
    let run = async move {
        match suite {
            Suite::Faults => wire::run(&wire, subject, changes).await,
            Suite::Hostile => wire::run_hostile(&wire, subject, changes).await,
        }
    };
    let panic = tokio::spawn(run).await.err()?.into_panic();
    panic.downcast_ref().cloned()
}

#[tokio::test]
async fn adapter_behind_a_wire_without_faults_passes_the_suite() {
    let wire = Wire::start(&server::start().await).await;
    airbridge_conformance::run(subject(wire.url(), Defect::None)).await;
}

#[tokio::test]
async fn each_defect_fails_the_case_of_its_promise() {
    for (defect, case, message) in [
        (Defect::ThrottlingIsUnexpected, 85, "became Unexpected"),
        (Defect::IgnoresRetryAfter, 85, "asked to wait 7s, the error says None"),
        (Defect::ServerErrorOnWriteIsUnavailable, 86, "that met Answer { status: 500"),
        (Defect::CutOnWriteIsUnavailable, 86, "that met CutBefore became Unavailable"),
        (Defect::RepeatsByItself, 85, "2 requests met the fault"),
        (Defect::ShowsTheAnswer, 85, "an error shows a payload"),
        (Defect::ErrorsWithoutNames, 86, "carries the name None"),
    ] {
        let failed = failure(Suite::Faults, defect).await;
        let expected = |found: &String| {
            found.starts_with(&format!("conformance case {case} failed for kv:")) && found.contains(message)
        };
        assert!(failed.as_ref().is_some_and(expected), "{defect:?}: {failed:#?}");
    }
    assert_eq!(failure(Suite::Faults, Defect::None).await, None);
}

#[tokio::test]
async fn each_defect_fails_the_case_of_its_hostile_answer() {
    for (defect, case, message) in [
        (Defect::FollowsRedirects, 87, "a list was sent to the other address"),
        (Defect::ReadsEverything, 87, "that met Endless { announced: true } became Unavailable"),
        (Defect::TakesAnythingForAList, 87, "a list met Page and succeeded"),
        (Defect::TakesAnythingForAValue, 87, "a read met Page and succeeded"),
        (Defect::TakesAnythingForSuccess, 88, "a create met Page and succeeded"),
        (Defect::DecidesBeforeTheEnd, 87, "that met CutAnswer(400) became Unexpected"),
        (Defect::ShowsTheAnswer, 89, "shows a payload"),
        (Defect::QuotesInBase64, 89, "shows the value in base64"),
        (Defect::ErrorsWithoutNames, 88, "carries the name None"),
    ] {
        let failed = failure(Suite::Hostile, defect).await;
        let expected = |found: &String| {
            found.starts_with(&format!("conformance case {case} failed for kv:")) && found.contains(message)
        };
        assert!(failed.as_ref().is_some_and(expected), "{defect:?}: {failed:#?}");
    }
    assert_eq!(failure(Suite::Hostile, Defect::None).await, None);
}

#[tokio::test]
async fn store_that_waits_for_long_hangs_at_a_slow_answer() {
    tokio::time::pause();
    let failed = failure(Suite::Hostile, Defect::WaitsForLong).await;
    assert!(
        failed.as_ref().is_some_and(|failed| failed.contains("a list did not end within 60s")),
        "{failed:?}"
    );
}

#[tokio::test]
async fn wire_records_requests_and_can_stay_silent() {
    let wire = Wire::start(&server::start().await).await;
    let store = HttpStore::open(wire.url(), Defect::None);
    wire.fail(|request| if request.number == 0 { WireFault::Silence } else { WireFault::Nothing });
    let everything = NamePrefix::new("");
    let list = store.list_page(&everything, None);
    assert!(tokio::time::timeout(Duration::from_millis(200), list).await.is_err());
    assert!(store.list_page(&everything, None).await.is_ok());
    let requests: Vec<_> =
        wire.requests().into_iter().map(|request| (request.method, request.path)).collect();
    assert_eq!(requests, [("GET".to_owned(), "/kv".to_owned()), ("GET".to_owned(), "/kv".to_owned())]);
}

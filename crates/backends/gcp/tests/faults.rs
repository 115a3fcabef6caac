//! Throttling and faults behind [`RetryingStore`]: no write is lost, and none is executed twice.

#![expect(clippy::expect_used, reason = "a failed step must end the test")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_core::{ErrorKind, RateLimits, RetryingStore, SecretStore};
use common::double::reply::refusal;
use common::double::{Behavior, Call, Double, Fault};
use common::{create, holds, made, read, replace, settings, store, write};
use futures::future::join_all;
use serde_json::{Value, json};

/// The store with retries and with a write rate that never waits.
fn retrying(store: Arc<dyn SecretStore>) -> RetryingStore {
    RetryingStore::new(store, RateLimits { write: Some(10_000.0), ..RateLimits::default() })
}

fn throttled(details: &Value) -> Fault {
    Fault::Before(refusal(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Write requests'",
        details,
    ))
}

fn failed() -> Fault {
    Fault::After(refusal(500, "INTERNAL", "Internal error encountered.", &json!([])))
}

/// Creates `count` secrets at once, and checks that each has exactly one version.
async fn create_all(double: &Double, count: usize) {
    let store = retrying(double.store().await);
    let ids: Vec<_> = (0..count).map(|index| format!("a-{index}")).collect();
    let outcomes = join_all(ids.iter().map(|id| write(&store, id, create(id)))).await;
    for (id, outcome) in ids.iter().zip(outcomes) {
        assert_eq!(outcome, Ok(made("1")), "{id}");
        assert_eq!(double.versions(id), [id.as_bytes()], "{id}");
    }
}

/// The first call of kind `what` for each secret fails.
fn first_of(
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    what: &'static str,
) -> impl Fn(&Call) -> Fault {
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    move |call| {
        let first = call.what == what
            && seen.lock().expect("no panic meanwhile").insert((call.what.clone(), call.id.clone()));
        if first { fault() } else { Fault::Nothing }
    }
}

#[tokio::test]
async fn throttled_creates_are_executed_once() {
    let double = Double::failing(first_of(|| throttled(&json!([])), "POST secret")).await;
    create_all(&double, 10).await;
}

#[tokio::test]
async fn creates_throttled_between_their_requests_continue_with_the_second() {
    let double = Double::failing(first_of(|| throttled(&json!([])), "POST addVersion")).await;
    create_all(&double, 10).await;
    assert_eq!((double.count("POST secret"), double.count("POST addVersion")), (10, 20));
    assert_eq!(double.count("GET secret") + double.count("GET access"), 0);
}

#[tokio::test]
async fn delay_in_the_response_is_passed_on() {
    let info = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]);
    let double = Double::failing(move |_| throttled(&info)).await;
    let error = read(&*double.store().await, "a").await.expect_err("throttled");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1_500)));
}

#[tokio::test]
async fn delay_in_the_header_is_used_if_the_response_has_none() {
    let answer = || {
        let Fault::Before(answer) = throttled(&json!([])) else { return Fault::Nothing };
        Fault::Before(answer.insert_header("retry-after", "7"))
    };
    let double = Double::failing(move |_| answer()).await;
    let error = read(&*double.store().await, "a").await.expect_err("throttled");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn containers_of_failed_creates_are_completed() {
    let double = Double::failing(first_of(failed, "POST secret")).await;
    create_all(&double, 10).await;
    assert_eq!(double.count("POST secret"), 20);
}

#[tokio::test]
async fn create_waits_for_a_container_that_is_not_visible_yet() {
    let hidden = || Fault::Before(refusal(404, "NOT_FOUND", "Secret not found.", &json!([])));
    // Hidden from the read that checks the uncertain write, and from the second create, which finds that the name exists.
    let (fails, hides, hides_again) =
        (first_of(failed, "POST secret"), first_of(hidden, "GET secret"), first_of(hidden, "GET secret"));
    let double = Double::failing(move |call| match (fails(call), hides(call)) {
        (Fault::Nothing, Fault::Nothing) => hides_again(call),
        (Fault::Nothing, hidden) => hidden,
        (failed, _) => failed,
    })
    .await;
    create_all(&double, 3).await;
    assert!(double.count("GET secret") >= 9, "{:?}", double.calls());
}

#[tokio::test]
async fn version_added_by_a_failed_call_is_not_added_again() {
    let double = Double::failing(first_of(failed, "POST addVersion")).await;
    create_all(&double, 10).await;
    assert_eq!(double.count("POST addVersion"), 10);
}

#[tokio::test]
async fn version_with_a_lost_response_is_not_added_again_while_latest_lags() {
    let behavior = Behavior { page: 25_000, lag: Duration::from_secs(1), location: None };
    let lost = first_of(|| Fault::Lost, "POST addVersion");
    let double = Double::with(behavior, lost).await;
    let hasty = Settings { timeout: Some(Duration::from_millis(700)), ..settings("acme", &double.url()) };
    let store = retrying(store(hasty).await);
    assert_eq!(write(&store, "a", create("one")).await, Ok(made("1")));
    assert_eq!(write(&store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.versions("a"), [b"one", b"two"]);
}

#[tokio::test]
async fn replace_that_failed_after_its_execution_is_not_repeated() {
    let behavior = Behavior { page: 25_000, lag: Duration::from_millis(300), location: None };
    let fails_second = |call: &Call| match (call.what.as_str(), call.number) {
        ("POST addVersion", 1) => failed(),
        _ => Fault::Nothing,
    };
    let double = Double::with(behavior, fails_second).await;
    let store = retrying(double.store().await);
    assert_eq!(write(&store, "a", create("one")).await, Ok(made("1")));
    // `latest` still shows version 1 when the uncertain write is checked.
    assert_eq!(write(&store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.versions("a"), [b"one", b"two"]);
}

#[tokio::test]
async fn replace_that_failed_before_its_execution_is_repeated() {
    let fails = |call: &Call| match (call.what.as_str(), call.number) {
        ("POST addVersion", 1) => {
            Fault::Before(refusal(503, "UNAVAILABLE", "The service is currently unavailable.", &json!([])))
        }
        _ => Fault::Nothing,
    };
    let double = Double::failing(fails).await;
    let store = retrying(double.store().await);
    assert_eq!(write(&store, "a", create("one")).await, Ok(made("1")));
    assert_eq!(write(&store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.versions("a"), [b"one", b"two"]);
}

#[tokio::test]
async fn failed_reads_are_repeated() {
    let double = Double::failing(|call| match call.number {
        0 => Fault::Before(refusal(503, "UNAVAILABLE", "no", &json!([]))),
        1 => throttled(&json!([])),
        _ => Fault::Nothing,
    })
    .await;
    double.make("a", &[], Duration::ZERO);
    double.add("a", b"x");
    assert_eq!(read(&retrying(double.store().await), "a").await, Ok(holds("x", "1")));
    assert_eq!(double.count("GET access"), 3);
}

//! A service under load, through the pace that stands in front of every store: nothing is lost and nothing doubled.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_core::{ErrorKind, RateLimits, RetryingStore, SecretStore};
use common::double::reply::refusal;
use common::double::{Call, Double, Fault, Manners};
use common::{create, holds, made, read, replace, settings, store, write};
use futures::future::join_all;
use serde_json::{Value, json};

/// As fast as it goes: what is tested is what is repeated.
fn paced(store: Arc<dyn SecretStore>) -> RetryingStore {
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

/// Creates `count` secrets at once; each must end with exactly one version.
async fn all_land(double: &Double, count: usize) {
    let store = paced(double.store().await);
    let ids: Vec<_> = (0..count).map(|index| format!("a-{index}")).collect();
    let outcomes = join_all(ids.iter().map(|id| write(&store, id, create(id)))).await;
    for (id, outcome) in ids.iter().zip(outcomes) {
        assert_eq!(outcome, Ok(made("1")), "{id}");
        assert_eq!(double.versions(id), [id.as_bytes()], "{id}");
    }
}

/// Each kind of call fails the first time that it is made for a secret.
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
async fn throttled_creates_land_once() {
    let double = Double::failing(first_of(|| throttled(&json!([])), "POST secret")).await;
    all_land(&double, 10).await;
}

#[tokio::test]
async fn creates_throttled_between_their_calls_land_once_and_go_on_where_they_were() {
    let double = Double::failing(first_of(|| throttled(&json!([])), "POST addVersion")).await;
    all_land(&double, 10).await;
    assert_eq!((double.count("POST secret"), double.count("POST addVersion")), (10, 20));
    assert_eq!(double.count("GET secret") + double.count("GET access"), 0);
}

#[tokio::test]
async fn the_delay_that_the_service_asks_for_is_passed_on() {
    let info = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]);
    let double = Double::failing(move |_| throttled(&info)).await;
    let error = read(&*double.store().await, "a").await.expect_err("throttled");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1_500)));
}

#[tokio::test]
async fn the_header_counts_where_the_answer_names_no_delay() {
    let answer = || {
        let Fault::Before(answer) = throttled(&json!([])) else { return Fault::Nothing };
        Fault::Before(answer.insert_header("retry-after", "7"))
    };
    let double = Double::failing(move |_| answer()).await;
    let error = read(&*double.store().await, "a").await.expect_err("throttled");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn containers_made_by_calls_that_failed_are_completed() {
    let double = Double::failing(first_of(failed, "POST secret")).await;
    all_land(&double, 10).await;
    assert_eq!(double.count("POST secret"), 20);
}

#[tokio::test]
async fn a_container_that_is_not_shown_yet_is_waited_for() {
    let hidden = || Fault::Before(refusal(404, "NOT_FOUND", "Secret not found.", &json!([])));
    // From the read that settles the lost answer, and from the second create, which the name's being taken refuses.
    let (fails, hides, hides_again) =
        (first_of(failed, "POST secret"), first_of(hidden, "GET secret"), first_of(hidden, "GET secret"));
    let double = Double::failing(move |call| match (fails(call), hides(call)) {
        (Fault::Nothing, Fault::Nothing) => hides_again(call),
        (Fault::Nothing, hidden) => hidden,
        (failed, _) => failed,
    })
    .await;
    all_land(&double, 3).await;
    assert!(double.count("GET secret") >= 9, "{:?}", double.calls());
}

#[tokio::test]
async fn versions_added_by_calls_that_failed_are_found_and_not_added_again() {
    let double = Double::failing(first_of(failed, "POST addVersion")).await;
    all_land(&double, 10).await;
    assert_eq!(double.count("POST addVersion"), 10);
}

#[tokio::test]
async fn versions_whose_answer_is_lost_are_not_added_again_while_latest_lags() {
    let manners = Manners { page: 25_000, lag: Duration::from_secs(1), location: None };
    let lost = first_of(|| Fault::Lost, "POST addVersion");
    let double = Double::with(manners, lost).await;
    let hasty = Settings { timeout: Some(Duration::from_millis(700)), ..settings("acme", &double.url()) };
    let store = paced(store(hasty).await);
    assert_eq!(write(&store, "a", create("one")).await, Ok(made("1")));
    assert_eq!(write(&store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.versions("a"), [b"one", b"two"]);
}

#[tokio::test]
async fn a_replace_that_failed_after_it_happened_is_found_and_not_added_again() {
    let manners = Manners { page: 25_000, lag: Duration::from_millis(300), location: None };
    let fails_second = |call: &Call| match (call.what.as_str(), call.number) {
        ("POST addVersion", 1) => failed(),
        _ => Fault::Nothing,
    };
    let double = Double::with(manners, fails_second).await;
    let store = paced(double.store().await);
    assert_eq!(write(&store, "a", create("one")).await, Ok(made("1")));
    // `latest` still shows version 1 when the doubt is settled.
    assert_eq!(write(&store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.versions("a"), [b"one", b"two"]);
}

#[tokio::test]
async fn a_replace_that_failed_before_it_happened_is_made_again() {
    let fails = |call: &Call| match (call.what.as_str(), call.number) {
        ("POST addVersion", 1) => {
            Fault::Before(refusal(503, "UNAVAILABLE", "The service is currently unavailable.", &json!([])))
        }
        _ => Fault::Nothing,
    };
    let double = Double::failing(fails).await;
    let store = paced(double.store().await);
    assert_eq!(write(&store, "a", create("one")).await, Ok(made("1")));
    assert_eq!(write(&store, "a", replace("two", "1")).await, Ok(made("2")));
    assert_eq!(double.versions("a"), [b"one", b"two"]);
}

#[tokio::test]
async fn reads_are_repeated() {
    let double = Double::failing(|call| match call.number {
        0 => Fault::Before(refusal(503, "UNAVAILABLE", "no", &json!([]))),
        1 => throttled(&json!([])),
        _ => Fault::Nothing,
    })
    .await;
    double.make("a", &[], Duration::ZERO);
    double.add("a", b"x");
    assert_eq!(read(&paced(double.store().await), "a").await, Ok(holds("x", "1")));
    assert_eq!(double.count("GET access"), 3);
}

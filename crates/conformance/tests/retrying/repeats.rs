//! Which calls and items are retried, and how often.

use std::time::Duration;

use airbridge_conformance::{Call, Fault};
use airbridge_core::{
    Error, ErrorKind, NamePrefix, Operation, RateLimits, SecretName, SecretStore, SecretStoreExt,
};
use tokio::time::Instant;

use crate::{create, held, kind, reads, seconds, secs, stack, stack_with};

/// Fails the first `times` calls of each operation.
fn first(times: usize, fault: Fault) -> impl Fn(&Call) -> Fault + Send + Sync + 'static {
    move |call| if call.number < times { fault.clone() } else { Fault::Nothing }
}

#[tokio::test(start_paused = true)]
async fn unavailable_service_gets_eight_attempts() {
    let lucky = stack(first(7, Fault::before(ErrorKind::Unavailable)));
    let start = Instant::now();
    assert!(lucky.retrying.list_page(&NamePrefix::new(""), None).await.unwrap().headers.is_empty());
    assert_eq!(lucky.faulty.count(Operation::List), 8);
    // Delays of 0.1 s, doubled each time, with a jitter of up to half: 6.35 s to 12.7 s in total.
    assert!((6.3..12.8).contains(&seconds(start)), "{}", seconds(start));

    let unlucky = stack(first(8, Fault::before(ErrorKind::Unavailable)));
    let outcome = unlucky.retrying.list_page(&NamePrefix::new(""), None).await;
    assert_eq!(kind(&outcome), Some(ErrorKind::Unavailable));
    assert_eq!(unlucky.faulty.count(Operation::List), 8);
    assert_eq!(unlucky.retrying.call_counts().list.repeats, 7);
}

#[tokio::test(start_paused = true)]
async fn unreachable_service_gets_three_attempts() {
    let stack = stack(first(9, Fault::before(ErrorKind::Unreachable)));
    let start = Instant::now();
    assert_eq!(kind(&stack.retrying.read_batch(&reads(&["a"])).await), Some(ErrorKind::Unreachable));
    assert_eq!(stack.faulty.count(Operation::Read), 3);
    assert!(seconds(start) < 1.0, "{}", seconds(start));
}

#[tokio::test(start_paused = true)]
async fn lost_answer_to_a_read_or_list_is_retried() {
    let stack = stack(first(2, Fault::after(ErrorKind::AnswerLost)));
    stack.given(&["a"]).await;
    assert_eq!(stack.retrying.list_all(&NamePrefix::new(""), &|_| ()).await.unwrap().len(), 1);
    assert!(stack.retrying.read_batch(&reads(&["a"])).await.unwrap()[0].as_ref().unwrap().is_some());
    assert_eq!((stack.faulty.count(Operation::List), stack.faulty.count(Operation::Read)), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn other_errors_are_final() {
    for final_kind in [
        ErrorKind::Unauthenticated,
        ErrorKind::Config,
        ErrorKind::PermissionDenied,
        ErrorKind::InvalidName,
        ErrorKind::InvalidPayload,
        ErrorKind::NotFound,
        ErrorKind::AlreadyExists,
        ErrorKind::VersionMismatch,
        ErrorKind::NameReserved,
        ErrorKind::QuotaExceeded,
        ErrorKind::Unsupported,
        ErrorKind::Unexpected,
    ] {
        let stack = stack(move |_| Fault::before(final_kind));
        let start = Instant::now();
        assert_eq!(kind(&stack.retrying.list_page(&NamePrefix::new(""), None).await), Some(final_kind));
        assert_eq!(kind(&stack.retrying.read_batch(&reads(&["a"])).await), Some(final_kind));
        assert_eq!(kind(&stack.retrying.write_batch(&[create("a", "1")]).await), Some(final_kind));
        assert_eq!(stack.faulty.calls().len(), 3, "{final_kind:?}");
        assert_eq!(start.elapsed(), Duration::ZERO, "{final_kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_calls_are_retried_until_the_throttle_timeout() {
    let rate_limits = RateLimits { throttle_timeout: secs(300), ..RateLimits::default() };
    let stack = stack_with(rate_limits, |_| (), |_| Fault::throttled(None));
    let start = Instant::now();
    assert_eq!(kind(&stack.retrying.read_batch(&reads(&["a"])).await), Some(ErrorKind::RateLimited));
    assert!((270.0..=300.0).contains(&seconds(start)), "{}", seconds(start));
    // Once the delays have grown, each is 10 to 20 s.
    assert!((20..60).contains(&stack.faulty.count(Operation::Read)), "{:?}", stack.retrying.call_counts());
}

#[tokio::test(start_paused = true)]
async fn throttle_timeout_restarts_while_other_calls_succeed() {
    let start = Instant::now();
    let stack = stack_with(
        RateLimits { throttle_timeout: secs(60), ..RateLimits::default() },
        |_| (),
        move |call| {
            let hard = call.names.contains(&SecretName::new("hard"));
            if hard && seconds(start) < 400.0 { Fault::throttled(None) } else { Fault::Nothing }
        },
    );
    let retrying = stack.retrying.clone();
    let hard = tokio::spawn(async move { retrying.read_batch(&reads(&["hard"])).await });
    while !hard.is_finished() {
        assert!(stack.retrying.read_batch(&reads(&["easy"])).await.is_ok());
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    assert_eq!(hard.await.unwrap().unwrap(), [Ok(None)]);
    assert!(seconds(start) >= 400.0);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_up_to_a_minute() {
    for (asked, waited) in [(7, 7.0..7.2), (3600, 60.0..60.2)] {
        for fault in [
            Fault::throttled(secs(asked)),
            Fault::Before(
                Error::new(ErrorKind::Unavailable, Operation::Read, "busy").with_retry_after(secs(asked)),
            ),
        ] {
            let stack = stack(first(1, fault));
            let start = Instant::now();
            assert!(stack.retrying.read_batch(&reads(&["a"])).await.is_ok());
            assert!(waited.contains(&seconds(start)), "{asked}: {}", seconds(start));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_items_with_temporary_faults_are_retried() {
    let stack = stack(|call| match (call.operation, call.number) {
        (Operation::Read, 0) => Fault::Items(vec![
            (0, Fault::before(ErrorKind::Unavailable)),
            (1, Fault::before(ErrorKind::PermissionDenied)),
            (3, Fault::throttled(None)),
        ]),
        (Operation::Read, 1) => Fault::Items(vec![(1, Fault::after(ErrorKind::AnswerLost))]),
        (Operation::Write, 0) => Fault::Items(vec![
            (0, Fault::before(ErrorKind::QuotaExceeded)),
            (2, Fault::before(ErrorKind::Unavailable)),
        ]),
        _ => Fault::Nothing,
    });
    stack.given(&["a", "b", "c", "d"]).await;

    let outcomes = stack.retrying.read_batch(&reads(&["a", "b", "c", "d", "e"])).await.unwrap();
    assert_eq!(stack.names(Operation::Read), ["a b c d e", "a d", "d"]);
    let found: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().map(Option::is_some).map_err(Error::kind)).collect();
    assert_eq!(found, [Ok(true), Err(ErrorKind::PermissionDenied), Ok(true), Ok(true), Ok(false)]);

    let outcomes =
        stack.retrying.write_batch(&["p", "q", "r", "a"].map(|name| create(name, "new"))).await.unwrap();
    assert_eq!(stack.names(Operation::Write), ["p q r a", "r"]);
    let kinds: Vec<_> = outcomes.iter().map(kind).collect();
    assert_eq!(kinds, [Some(ErrorKind::QuotaExceeded), None, None, Some(ErrorKind::AlreadyExists)]);
    assert_eq!(stack.holds("r").await, held("new", "1"));
}

#[tokio::test(start_paused = true)]
async fn batch_that_failed_in_part_does_not_fail_as_a_whole_later() {
    let stack = stack(|call| match call.number {
        0 => Fault::Items(vec![(1, Fault::before(ErrorKind::Unavailable))]),
        _ => Fault::before(ErrorKind::Unauthenticated),
    });
    let outcomes = stack.retrying.read_batch(&reads(&["a", "b"])).await.unwrap();
    assert_eq!(outcomes[0], Ok(None));
    assert_eq!(kind(&outcomes[1]), Some(ErrorKind::Unauthenticated));
}

#[tokio::test(start_paused = true)]
async fn every_write_happens_once_with_one_call_in_five_throttled() {
    let stack = stack(|call| if call.number % 5 == 3 { Fault::throttled(None) } else { Fault::Nothing });
    let names: Vec<String> = (0..500).map(|index| format!("{index:03}")).collect();
    let changes: Vec<_> = names.iter().map(|name| create(name, name)).collect();
    let start = Instant::now();
    let outcomes = futures::future::join_all(changes.iter().map(|change| stack.write(change.clone()))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    for name in &names {
        assert_eq!(stack.holds(name).await, held(name, "1"));
    }
    let stats = stack.retrying.call_counts().write;
    assert_eq!((stats.calls - stats.throttled, stats.repeats), (500, stats.throttled));
    assert_eq!(u64::try_from(stack.faulty.count(Operation::Write)), Ok(stats.calls));
    assert!(seconds(start) < 120.0, "the rate collapsed: {} s", seconds(start));
}

#[tokio::test(start_paused = true)]
async fn missing_outcome_is_an_error() {
    let stack = stack(|_| Fault::Short);
    assert_eq!(kind(&stack.retrying.read_batch(&reads(&["a", "b"])).await), Some(ErrorKind::Unexpected));
    assert_eq!(kind(&stack.retrying.write_batch(&[create("a", "1")]).await), Some(ErrorKind::Unexpected));
}

#[tokio::test(start_paused = true)]
async fn empty_batch_makes_no_call() {
    let stack = stack(|_| Fault::Nothing);
    assert_eq!(stack.retrying.read_batch(&[]).await, Ok(vec![]));
    assert_eq!(stack.retrying.write_batch(&[]).await, Ok(vec![]));
    assert_eq!(stack.faulty.calls(), []);
}

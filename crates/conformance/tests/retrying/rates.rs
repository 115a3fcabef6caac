//! The rate of calls, and the number in flight.

use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::Fault;
use airbridge_core::{NamePrefix, Operation, Quota, RateLimits, SecretStore};
use futures::future::join_all;
use tokio::time::Instant;

use crate::{Stack, create, reads, seconds, secs, stack_with};

/// The time that this many concurrent reads take.
async fn time_of_reads(stack: &Stack, count: usize) -> f64 {
    let start = Instant::now();
    let wanted = reads(&["a"]);
    for outcome in join_all((0..count).map(|_| stack.retrying.read_batch(&wanted))).await {
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    seconds(start)
}

#[tokio::test(start_paused = true)]
async fn published_rate_is_used_to_four_fifths() {
    let stack = stack_with(
        RateLimits::default(),
        |descriptor| descriptor.rates.read = Some(Quota::exactly(100.0)),
        |_| Fault::Nothing,
    );
    let time = time_of_reads(&stack, 800).await;
    assert!((9.8..=10.0).contains(&time), "800 at 80/s took {time} s");
    // Each operation has its own rate, and writes have none.
    let start = Instant::now();
    let all = NamePrefix::new("");
    join_all((0..800).map(|_| stack.retrying.list_page(&all, None))).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn rate_of_the_user_is_used_exactly() {
    let rate_limits = RateLimits { read: Some(5.0), write: Some(5.0), ..RateLimits::default() };
    let stack = stack_with(
        rate_limits,
        |descriptor| descriptor.rates.read = Some(Quota::exactly(100.0)),
        |_| Fault::Nothing,
    );
    let time = time_of_reads(&stack, 51).await;
    assert!((9.9..=10.1).contains(&time), "51 at 5/s took {time} s");
    let start = Instant::now();
    for index in 0..11 {
        assert!(stack.write(create(&index.to_string(), "1")).await.is_ok());
    }
    assert!((1.9..=2.1).contains(&seconds(start)), "writes took {} s", seconds(start));
}

#[tokio::test(start_paused = true)]
async fn rate_that_is_not_positive_is_ignored() {
    for rate in [0.0, -1.0, f64::NAN] {
        let rate_limits = RateLimits { read: Some(rate), ..RateLimits::default() };
        let stack = stack_with(
            rate_limits,
            |descriptor| descriptor.rates.read = Some(Quota::exactly(10.0)),
            |_| Fault::Nothing,
        );
        let time = time_of_reads(&stack, 17).await;
        assert!((1.8..=2.1).contains(&time), "{rate}: 17 at 8/s took {time} s");
    }
}

#[tokio::test(start_paused = true)]
async fn burst_of_throttled_calls_halves_the_rate_once() {
    let slow = Duration::from_millis(200);
    let rate_limits = RateLimits { read: Some(100.0), ..RateLimits::default() };
    let stack = throttling(rate_limits, slow, |start| (1.0..1.2).contains(&start));
    time_of_reads(&stack, 1000).await;
    // In the second after the fault the rate is 50/s, rising by 5/s with each success, and not 100/2^20.
    let just_after = starts(&stack).iter().filter(|start| (1.3..1.6).contains(*start)).count();
    assert!((8..=30).contains(&just_after), "{just_after} calls in 0.3 s");
}

#[tokio::test(start_paused = true)]
async fn rate_recovers_to_its_old_value_and_no_further() {
    let rate_limits = RateLimits { read: Some(100.0), ..RateLimits::default() };
    let stack = throttling(rate_limits, Duration::ZERO, |start| (1.0..1.05).contains(&start));
    time_of_reads(&stack, 1000).await;
    let starts = starts(&stack);
    let in_second =
        |second: f64| starts.iter().filter(|start| (second..second + 1.0).contains(*start)).count();
    assert!(in_second(1.0) < 95, "{} calls in the second of the fault", in_second(1.0));
    for second in [4.0, 5.0, 6.0, 7.0] {
        assert!((98..=102).contains(&in_second(second)), "{} calls in second {second}", in_second(second));
    }
}

#[tokio::test(start_paused = true)]
async fn long_throttling_reduces_the_rate_to_one_per_second_and_it_recovers() {
    let stack = throttling(RateLimits::default(), Duration::ZERO, |start| (0.0..60.0).contains(&start));
    time_of_reads(&stack, 200).await;
    let starts = starts(&stack);
    let late = starts.iter().filter(|start| (50.0..60.0).contains(*start)).count();
    assert!((8..=11).contains(&late), "{late} calls in 10 s");
    assert!(starts.last().is_some_and(|end| *end < 150.0), "{:?}", starts.last());
}

#[tokio::test(start_paused = true)]
async fn unlimited_rate_is_set_by_the_first_throttling() {
    let stack =
        throttling(RateLimits::default(), Duration::from_millis(100), |start| (2.0..2.1).contains(&start));
    // 16 in flight at 0.1 s each: 160/s, and half of that after the fault.
    time_of_reads(&stack, 1000).await;
    let starts = starts(&stack);
    let between = |from: f64, to: f64| starts.iter().filter(|start| (from..to).contains(*start)).count();
    assert!((155..=176).contains(&between(1.0, 2.0)), "{} calls a second before", between(1.0, 2.0));
    // Until the first of them succeed, and the rate rises again.
    assert!((7..=9).contains(&between(2.105, 2.205)), "{} calls in 0.1 s after", between(2.105, 2.205));
}

#[tokio::test(start_paused = true)]
async fn retry_after_pauses_one_operation_and_no_other() {
    // There is a single permit, which a waiting call must not keep.
    let rate_limits = RateLimits { concurrency: Some(1), ..RateLimits::default() };
    let stack = stack_with(
        rate_limits,
        |_| (),
        |call| match (call.operation, call.number) {
            (Operation::Read, 0) => Fault::throttled(secs(30)),
            _ => Fault::Nothing,
        },
    );
    let start = Instant::now();
    let read = |name| {
        let retrying = stack.retrying.clone();
        tokio::spawn(async move { retrying.read_batch(&reads(&[name])).await.map(|_| seconds(start)) })
    };
    let first = read("a");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = read("b");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(stack.write(create("a", "1")).await.is_ok());
    assert!(seconds(start) < 2.1, "writing waited for reading: {} s", seconds(start));
    for read in [first, second] {
        let done = read.await.unwrap().unwrap();
        assert!((30.0..32.0).contains(&done), "a read was over after {done} s");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_stay_within_the_limit() {
    for (rate_limits, most) in [(None, 16), (Some(3), 3), (Some(0), 1)] {
        let rate_limits = RateLimits { concurrency: rate_limits, ..RateLimits::default() };
        let stack = throttling(rate_limits, Duration::from_millis(100), |_| false);
        assert_eq!(stack.retrying.descriptor().limits.concurrency, most);
        time_of_reads(&stack, 64).await;
        assert_eq!(stack.faulty.most_in_flight(), most);
    }
}

#[tokio::test(start_paused = true)]
async fn high_rate_of_the_user_permits_more_calls_in_flight() {
    for (rate, concurrency, most) in
        [(320.0, None, 16), (1000.0, None, 50), (9000.0, None, 64), (1000.0, Some(3), 3)]
    {
        let rate_limits = RateLimits { write: Some(rate), concurrency, ..RateLimits::default() };
        let stack = throttling(rate_limits, Duration::from_millis(100), |_| false);
        assert_eq!(stack.retrying.descriptor().limits.concurrency, most, "{rate}");
    }
}

/// A store with `latency` per call that throttles the calls at times for which `throttles` returns true, in seconds.
fn throttling(
    rate_limits: RateLimits,
    latency: Duration,
    throttles: impl Fn(f64) -> bool + Send + Sync + 'static,
) -> Stack {
    let start = Instant::now();
    let cue = move |at: Instant| throttles((at - start).as_secs_f64());
    let memory = Arc::new(airbridge_core::MemoryStore::new("memory", std::num::NonZeroUsize::MIN));
    let faulty = airbridge_conformance::Faulty::new(memory.clone(), move |call| {
        if cue(call.at) { Fault::throttled(None) } else { Fault::Nothing }
    });
    let faulty = Arc::new(faulty.slow(latency));
    Stack {
        retrying: Arc::new(airbridge_core::RetryingStore::new(faulty.clone(), rate_limits)),
        faulty,
        memory,
    }
}

/// The time of each call, in seconds since the first.
fn starts(stack: &Stack) -> Vec<f64> {
    let calls = stack.faulty.calls();
    calls.iter().map(|call| (call.at - calls[0].at).as_secs_f64()).collect()
}

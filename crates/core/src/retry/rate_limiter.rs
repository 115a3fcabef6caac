//! When the next call of one operation may be made.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::counts::OperationCounts;
use super::rate::Rate;
use super::retry_policy::{LONGEST, Passing};
use crate::{ErrorKind, Operation, Quota, Result};

/// The calls of one operation, which have a rate of their own.
#[derive(Debug)]
pub(super) struct RateLimiter {
    operation: Operation,
    /// The next call holds this lock while it waits for its time. The others queue for the lock in order of arrival.
    gate: tokio::sync::Mutex<()>,
    rate: Mutex<Rate>,
    calls: AtomicU64,
    repeats: AtomicU64,
    throttled: AtomicU64,
}

impl RateLimiter {
    /// A limiter for at most `quota`; with `None` it is unlimited until the service throttles.
    pub(super) fn new(operation: Operation, quota: Option<Quota>) -> Self {
        Self {
            operation,
            gate: tokio::sync::Mutex::new(()),
            rate: Mutex::new(Rate::new(quota)),
            calls: AtomicU64::new(0),
            repeats: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.operation
    }

    /// Waits until a request that counts as `calls` calls may be made, and returns its permit.
    pub(super) async fn turn<'a>(&self, calls: u32, permits: &'a Semaphore) -> Option<SemaphorePermit<'a>> {
        let _gate = self.gate.lock().await;
        loop {
            // The semaphore is never closed. Without a permit the call would exceed the limit of calls in flight.
            let permit = permits.acquire().await.ok();
            // The rate comes last, because it may have changed while this call waited.
            let Some(time) = self.not_before(calls) else {
                self.calls.fetch_add(1, Ordering::Relaxed);
                return permit;
            };
            // A call that waits for its time must not block the other operations.
            drop(permit);
            sleep_until(time).await;
        }
    }

    /// Counts the call, or returns the time at which to try again.
    fn not_before(&self, calls: u32) -> Option<Instant> {
        self.rate().take(calls, Instant::now()).err()
    }

    /// Adapts the rate to the outcome of a call that was made at `sent`.
    pub(super) fn learn<T>(&self, sent: Instant, outcomes: &Result<Vec<Result<T>>>) {
        let now = Instant::now();
        let errors: Vec<_> = match outcomes {
            Ok(outcomes) => outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect(),
            Err(error) => vec![error],
        };
        let passing: Vec<_> = errors.iter().filter(|error| Passing::of(error.kind()).is_some()).collect();
        let answered = passing.len() < outcomes.as_ref().map_or(1, Vec::len);
        let mut rate = self.rate();
        if answered {
            rate.answered(now);
        }
        if passing.iter().any(|error| error.kind() == ErrorKind::RateLimited) {
            self.throttled.fetch_add(1, Ordering::Relaxed);
            rate.halve(sent, now);
        } else if answered {
            rate.climb();
        }
        if let Some(asked) = passing.iter().filter_map(|error| error.retry_after()).max() {
            rate.pause(now + asked.min(LONGEST));
        }
    }

    /// When the last call succeeded.
    pub(super) fn answered(&self) -> Option<Instant> {
        self.rate().last_answer()
    }

    /// Counts a retry.
    pub(super) fn repeats(&self) {
        self.repeats.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> OperationCounts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        OperationCounts {
            calls: load(&self.calls),
            repeats: load(&self.repeats),
            throttled: load(&self.throttled),
        }
    }

    fn rate(&self) -> MutexGuard<'_, Rate> {
        // Every state of a rate is valid, so a poisoned lock is too.
        self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

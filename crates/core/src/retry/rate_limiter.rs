//! When the next call of one class may go out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::OperationCounts;
use super::rate::Rate;
use super::retry_policy::{LONGEST, Passing};
use crate::{ErrorKind, Operation, Quota, Result};

/// A class of calls with a rate of its own.
#[derive(Debug)]
pub(super) struct RateLimiter {
    operation: Operation,
    /// Whoever is next waits here for its time; the others queue behind it, first come, first served.
    gate: tokio::sync::Mutex<()>,
    rate: Mutex<Rate>,
    calls: AtomicU64,
    repeats: AtomicU64,
    throttled: AtomicU64,
}

impl RateLimiter {
    /// At most `quota`; `None` for as many calls as come, until the service throttles.
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

    /// Returns when something that takes `calls` calls may go out, with its permit.
    pub(super) async fn turn<'a>(&self, calls: u32, permits: &'a Semaphore) -> Option<SemaphorePermit<'a>> {
        let _gate = self.gate.lock().await;
        loop {
            // The semaphore is never closed; without a permit the call would only be less polite.
            let permit = permits.acquire().await.ok();
            // Asked last, for the rate may have changed meanwhile.
            let Some(time) = self.not_before(calls) else {
                self.calls.fetch_add(1, Ordering::Relaxed);
                return permit;
            };
            // A call that waits for its time must not hold up the other classes.
            drop(permit);
            sleep_until(time).await;
        }
    }

    /// Lets it out, or says when to ask again.
    fn not_before(&self, calls: u32) -> Option<Instant> {
        self.rate().take(calls, Instant::now()).err()
    }

    /// Draws the lesson from the outcome of a call that went out at `sent`.
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

    /// When the last call got through.
    pub(super) fn answered(&self) -> Option<Instant> {
        self.rate().last_answer()
    }

    /// Counts a call that goes out again.
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
        // Every state of a rate is a valid one.
        self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

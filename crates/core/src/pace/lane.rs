//! When the next call of one class may go out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::Tally;
use super::patience::{LONGEST, Passing};
use crate::{ErrorKind, Operation, Result};

/// A class of calls with a rate of its own.
#[derive(Debug)]
pub(super) struct Lane {
    operation: Operation,
    /// Whoever is next waits here for its time; the others queue behind it, first come, first served.
    gate: tokio::sync::Mutex<()>,
    rate: Mutex<Rate>,
    calls: AtomicU64,
    repeats: AtomicU64,
    throttled: AtomicU64,
}

impl Lane {
    /// At most `rate` calls a second; `None` for as many as come, until the service throttles.
    pub(super) fn new(operation: Operation, rate: Option<f64>) -> Self {
        Self {
            operation,
            gate: tokio::sync::Mutex::new(()),
            rate: Mutex::new(Rate::new(rate)),
            calls: AtomicU64::new(0),
            repeats: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns when the next call may go out, with its permit.
    pub(super) async fn turn<'a>(&self, permits: &'a Semaphore) -> Option<SemaphorePermit<'a>> {
        let _gate = self.gate.lock().await;
        loop {
            // The semaphore is never closed; without a permit the call would only be less polite.
            let permit = permits.acquire().await.ok();
            // Asked last, for the rate may have changed meanwhile.
            let Some(time) = self.not_before() else {
                self.calls.fetch_add(1, Ordering::Relaxed);
                return permit;
            };
            // A call that waits for its time must not hold up the other classes.
            drop(permit);
            sleep_until(time).await;
        }
    }

    /// Lets a call out, or says when to ask again.
    fn not_before(&self) -> Option<Instant> {
        self.rate().take(Instant::now()).err()
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
            rate.answered = Some(now);
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
        self.rate().answered
    }

    /// Counts a call that goes out again.
    pub(super) fn repeats(&self) {
        self.repeats.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn tally(&self) -> Tally {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tally { calls: load(&self.calls), repeats: load(&self.repeats), throttled: load(&self.throttled) }
    }

    fn rate(&self) -> MutexGuard<'_, Rate> {
        // Every state of a rate is a valid one.
        self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of a rate may be used at once after a pause: enough that the clock's grain costs nothing.
const BURST: Duration = Duration::from_millis(100);
/// The part of the rate before the last halving that each successful call adds again.
const CLIMB: f64 = 1.0 / 20.0;
/// For this long after a halving no call is a reason for another: of a burst all calls are throttled together, and where
/// a service throttles at random the rate would never recover.
const GRACE: Duration = Duration::from_secs(1);
/// No throttling makes it slower than this, unless it was meant to be slower.
const LEAST: f64 = 1.0;
/// What a rate is measured over.
const WINDOW: Duration = Duration::from_secs(1);

/// A token bucket that learns. Instead of tokens it keeps the time that the last call was worth.
#[derive(Debug)]
struct Rate {
    /// Never more calls a second than this; `None` if nobody said.
    ceiling: Option<f64>,
    /// Calls a second; `None` until something limits them.
    now: Option<f64>,
    /// What a successful call adds.
    step: f64,
    last: Option<Instant>,
    paused: Option<Instant>,
    halved: Option<Instant>,
    answered: Option<Instant>,
    meter: Meter,
}

impl Rate {
    fn new(ceiling: Option<f64>) -> Self {
        // Outside of this an interval is no time that a clock could keep.
        let ceiling = ceiling.map(|rate| rate.clamp(0.001, 1e6));
        Self {
            ceiling,
            now: ceiling,
            step: 0.0,
            last: None,
            paused: None,
            halved: None,
            answered: None,
            meter: Meter::default(),
        }
    }

    /// Lets a call out, or says when to ask again.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let due = match (self.now, self.last) {
            (Some(rate), Some(last)) => earliest.max(last + Duration::from_secs_f64(1.0 / rate)),
            (Some(_), None) => earliest,
            (None, _) => now,
        };
        let due = self.paused.map_or(due, |paused| paused.max(due));
        if due > now {
            return Err(due);
        }
        self.last = Some(due);
        self.meter.count(now);
        Ok(())
    }

    /// The service throttled a call that went out at `sent`.
    fn halve(&mut self, sent: Instant, now: Instant) {
        if self.halved.is_some_and(|halved| sent < halved + GRACE) {
            return;
        }
        let before = self.now.unwrap_or_else(|| self.meter.rate(now));
        self.now = Some((before / 2.0).max(self.ceiling.unwrap_or(LEAST).min(LEAST)));
        self.step = before * CLIMB;
        self.halved = Some(now);
        // What was saved up for a burst is gone.
        self.last = Some(now);
    }

    /// A call succeeded.
    fn climb(&mut self) {
        self.now = self.now.map(|rate| (rate + self.step).min(self.ceiling.unwrap_or(f64::INFINITY)));
    }

    /// No call goes out before `until`.
    fn pause(&mut self, until: Instant) {
        self.paused = self.paused.max(Some(until));
    }
}

/// How many calls a second there are, for a rate that nobody said and that has to be halved.
#[derive(Debug, Default)]
struct Meter {
    /// When counting began.
    since: Option<Instant>,
    calls: u32,
    /// The result of the last count.
    last: f64,
}

impl Meter {
    fn count(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        if now - since >= WINDOW {
            self.last = f64::from(self.calls) / (now - since).as_secs_f64();
            self.since = Some(now);
            self.calls = 0;
        }
        self.calls = self.calls.saturating_add(1);
    }

    fn rate(&self, now: Instant) -> f64 {
        let elapsed = self.since.map_or(WINDOW, |since| now - since).max(BURST);
        self.last.max(f64::from(self.calls) / elapsed.as_secs_f64())
    }
}

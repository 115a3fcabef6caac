//! A rate that adapts to throttling: additive increase, multiplicative decrease.

use std::time::Duration;

use tokio::time::Instant;

use crate::Quota;

/// After a pause, calls for this long may be made at once, so that the clock's resolution costs no calls.
const BURST: Duration = Duration::from_millis(100);
/// Each successful call adds this part of the rate before the last halving.
const CLIMB: f64 = 1.0 / 20.0;
/// After a halving, calls that were made within this time do not halve the rate again. All calls of a burst are throttled
/// together, and a service that throttles at random would otherwise keep the rate at its minimum.
const GRACE: Duration = Duration::from_secs(1);
/// Throttling does not reduce the rate below this, unless its limit is lower.
const LEAST: f64 = 1.0;
/// The time over which an unlimited rate is measured.
const WINDOW: Duration = Duration::from_secs(1);
/// Calls per second that each successful call adds at first, if some accounts have a higher limit than the published one.
/// In one second of calls the rate grows by a tenth.
const PROBE: f64 = 0.1;
/// Each throttling halves what a call adds, but not below this, so that probing for a higher limit becomes rare.
const PROBE_LEAST: f64 = PROBE / 8.0;
/// After throttling, the ceiling is this part of the rate that was too high. The rate had grown beyond the limit, because
/// the service allows short bursts.
const BACK: f64 = 0.75;

/// An adaptive token bucket. Instead of tokens it keeps the time up to which the rate is used up.
#[derive(Debug)]
pub(super) struct Rate {
    /// Maximum calls per second; `None` if no limit is known.
    ceiling: Option<f64>,
    /// How the ceiling is raised, if some accounts have a higher limit than the published one.
    probe: Option<Probe>,
    /// Calls per second; `None` while the rate is unlimited.
    now: Option<f64>,
    /// Calls per second that a successful call adds.
    step: f64,
    last: Option<Instant>,
    paused: Option<Instant>,
    halved: Option<Instant>,
    answered: Option<Instant>,
    meter: Meter,
}

/// How a ceiling is raised.
#[derive(Debug)]
struct Probe {
    /// The limit that every account has.
    least: f64,
    /// Calls per second that a successful call adds.
    step: f64,
    /// Whether a call had to wait since the last success. A rate that is not used up proves nothing about the limit.
    used: bool,
}

impl Rate {
    /// A rate of at most `quota`; with `None` it is unlimited until the service throttles.
    pub(super) fn new(quota: Option<Quota>) -> Self {
        // Outside of this range an interval does not fit the clock.
        let ceiling = quota.map(|quota| quota.per_second.clamp(0.001, 1e6));
        let least = ceiling.filter(|_| quota.is_some_and(|quota| quota.at_least));
        Self {
            ceiling,
            probe: least.map(|least| Probe { least, step: PROBE, used: false }),
            now: ceiling,
            step: 0.0,
            last: None,
            paused: None,
            halved: None,
            answered: None,
            meter: Meter::default(),
        }
    }

    /// Counts a request as `calls` calls, or returns the time at which to try again.
    pub(super) fn take(&mut self, calls: u32, now: Instant) -> Result<(), Instant> {
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let due = match (self.now, self.last) {
            (Some(rate), Some(last)) => earliest.max(last + Duration::from_secs_f64(1.0 / rate)),
            (Some(_), None) => earliest,
            (None, _) => now,
        };
        if let Some(probe) = self.probe.as_mut().filter(|_| due > now) {
            probe.used = true;
        }
        let due = self.paused.map_or(due, |paused| paused.max(due));
        if due > now {
            return Err(due);
        }
        // The further calls follow the first one at once. The next request waits for their time as well.
        let further = f64::from(calls.saturating_sub(1));
        self.last =
            Some(due + self.now.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(further / rate)));
        self.meter.count(calls, now);
        Ok(())
    }

    /// Adapts to a call that was made at `sent` and throttled.
    pub(super) fn halve(&mut self, sent: Instant, now: Instant) {
        if self.halved.is_some_and(|halved| sent < halved + GRACE) {
            return;
        }
        let before = self.now.unwrap_or_else(|| self.meter.rate(now));
        if let Some(probe) = &mut self.probe {
            self.ceiling = Some((before * BACK).max(probe.least));
            probe.step = (probe.step / 2.0).max(PROBE_LEAST);
        }
        self.now = Some((before / 2.0).max(self.ceiling.unwrap_or(LEAST).min(LEAST)));
        self.step = before * CLIMB;
        self.halved = Some(now);
        // No burst is allowed right after a halving.
        self.last = Some(now);
    }

    /// Adapts to a call that succeeded.
    pub(super) fn climb(&mut self) {
        let Some(rate) = self.now else { return };
        if let (Some(probe), Some(ceiling)) = (&mut self.probe, &mut self.ceiling)
            && std::mem::take(&mut probe.used)
            && rate >= *ceiling
        {
            *ceiling += probe.step;
            self.step = self.step.max(probe.step);
        }
        self.now = Some((rate + self.step).min(self.ceiling.unwrap_or(f64::INFINITY)));
    }

    /// Makes no call before `until`.
    pub(super) fn pause(&mut self, until: Instant) {
        self.paused = self.paused.max(Some(until));
    }

    /// Records that a call was answered.
    pub(super) fn answered(&mut self, now: Instant) {
        self.answered = Some(now);
    }

    /// When the last call was answered.
    pub(super) fn last_answer(&self) -> Option<Instant> {
        self.answered
    }
}

/// Measures the calls per second of an unlimited rate, which is halved from there when the service throttles.
#[derive(Debug, Default)]
struct Meter {
    /// The start of the current window.
    since: Option<Instant>,
    calls: u32,
    /// The rate in the last window.
    last: f64,
}

impl Meter {
    fn count(&mut self, calls: u32, now: Instant) {
        let since = *self.since.get_or_insert(now);
        if now - since >= WINDOW {
            self.last = f64::from(self.calls) / (now - since).as_secs_f64();
            self.since = Some(now);
            self.calls = 0;
        }
        self.calls = self.calls.saturating_add(calls);
    }

    fn rate(&self, now: Instant) -> f64 {
        let elapsed = self.since.map_or(WINDOW, |since| now - since).max(BURST);
        self.last.max(f64::from(self.calls) / elapsed.as_secs_f64())
    }
}

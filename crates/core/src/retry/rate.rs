//! A rate that learns from being throttled: additive increase, multiplicative decrease.

use std::time::Duration;

use tokio::time::Instant;

use crate::Quota;

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
/// Calls a second that each successful call adds at first, where some accounts have more than was said: of as many calls as
/// the rate has in a second that makes a tenth more.
const PROBE: f64 = 0.1;
/// Each throttling halves what is added from then on, so that asking for more becomes rare; but never below this.
const PROBE_LEAST: f64 = PROBE / 8.0;
/// The part of the rate that was too much to which it comes back. Until the service throttled, the rate had run ahead by
/// what the service lets through at once.
const BACK: f64 = 0.75;

/// A token bucket that learns. Instead of tokens it keeps the time that the last call was worth.
#[derive(Debug)]
pub(super) struct Rate {
    /// Never more calls a second than this; `None` if nobody said.
    ceiling: Option<f64>,
    /// How the ceiling is found, where some accounts have a higher one than was said.
    probe: Option<Probe>,
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

/// How a ceiling is raised.
#[derive(Debug)]
struct Probe {
    /// What everybody has.
    least: f64,
    /// What a successful call adds.
    step: f64,
    /// Whether a call had to wait for its time since the last one succeeded: a rate that nobody uses up is not known to
    /// be possible.
    used: bool,
}

impl Rate {
    /// At most `quota`; `None` for as many calls as come, until the service throttles.
    pub(super) fn new(quota: Option<Quota>) -> Self {
        // Outside of this an interval is no time that a clock could keep.
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

    /// Lets something out that takes `calls` calls, or says when to ask again.
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
        // The further calls follow the first one at once, and what comes after waits for their time as well.
        let further = f64::from(calls.saturating_sub(1));
        self.last =
            Some(due + self.now.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(further / rate)));
        self.meter.count(calls, now);
        Ok(())
    }

    /// The service throttled a call that went out at `sent`.
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
        // What was saved up for a burst is gone.
        self.last = Some(now);
    }

    /// A call succeeded.
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

    /// No call goes out before `until`.
    pub(super) fn pause(&mut self, until: Instant) {
        self.paused = self.paused.max(Some(until));
    }

    /// A call got through.
    pub(super) fn answered(&mut self, now: Instant) {
        self.answered = Some(now);
    }

    /// When the last call got through.
    pub(super) fn last_answer(&self) -> Option<Instant> {
        self.answered
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

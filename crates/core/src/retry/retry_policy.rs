//! Whether a failed call is retried, and after how long.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::ErrorKind;

/// The longest delay that is honoured: some servers ask for hours.
pub(super) const LONGEST: Duration = Duration::from_mins(1);

// With jitter the library draws each delay between these values and their doubles, so the values are half of what is
// meant: 0.1 s at first, 20 s at most.
const THROTTLED: ExponentialBuilder = backoff(Duration::from_millis(50)).without_max_times();
const UNAVAILABLE: ExponentialBuilder = backoff(Duration::from_millis(50)).with_max_times(7);
const UNREACHABLE: ExponentialBuilder = backoff(Duration::from_millis(100)).with_max_times(2);

const fn backoff(first: Duration) -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(first).with_max_delay(Duration::from_secs(10)).with_jitter()
}

/// A temporary fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    /// Too many calls: retried as long as other calls succeed.
    Throttled,
    /// The service is unavailable, or the answer was lost: 8 attempts in total.
    Unavailable,
    /// No connection: 3 attempts in total.
    Unreachable,
}

impl Passing {
    pub(super) const ALL: [Self; 3] = [Self::Throttled, Self::Unavailable, Self::Unreachable];

    /// `None` for errors that a retry would not change.
    pub(super) fn of(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::RateLimited => Some(Self::Throttled),
            // A read can be retried without harm. A write is confirmed before it gets here.
            ErrorKind::Unavailable | ErrorKind::AnswerLost => Some(Self::Unavailable),
            ErrorKind::Unreachable => Some(Self::Unreachable),
            _ => None,
        }
    }
}

/// The retries that one call has left.
#[derive(Debug)]
pub(super) struct RetryPolicy {
    started: Instant,
    throttle_timeout: Duration,
    throttled: ExponentialBackoff,
    unavailable: ExponentialBackoff,
    unreachable: ExponentialBackoff,
}

impl RetryPolicy {
    /// The policy for a call that starts now and may be throttled for `throttle_timeout`.
    pub(super) fn new(throttle_timeout: Duration) -> Self {
        Self {
            started: Instant::now(),
            throttle_timeout,
            throttled: THROTTLED.build(),
            unavailable: UNAVAILABLE.build(),
            unreachable: UNREACHABLE.build(),
        }
    }

    /// The delay before the next attempt, or `None` if there is none. `asked` is the delay that the server asked for.
    /// `answered` is when the last call of this operation succeeded: as long as others succeed, this one is retried.
    pub(super) fn grant(
        &mut self,
        passing: Passing,
        asked: Option<Duration>,
        answered: Option<Instant>,
    ) -> Option<Duration> {
        let drawn = match passing {
            Passing::Throttled => self.throttled.next(),
            Passing::Unavailable => self.unavailable.next(),
            Passing::Unreachable => self.unreachable.next(),
        }?;
        let delay = asked.filter(|asked| !asked.is_zero()).map_or(drawn, |asked| asked.min(LONGEST));
        let quiet_since = answered.map_or(self.started, |answered| answered.max(self.started));
        let in_time = quiet_since.elapsed().saturating_add(delay) <= self.throttle_timeout;
        (passing != Passing::Throttled || in_time).then_some(delay)
    }
}

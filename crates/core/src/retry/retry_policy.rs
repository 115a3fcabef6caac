//! Whether a failed call is repeated, and after how long.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::ErrorKind;

/// However long a server asks for, nobody waits longer: some answer with hours.
pub(super) const LONGEST: Duration = Duration::from_mins(1);

// The library draws each delay between the figure and its double, so these are half of what is meant:
// 0.1 s at first, 20 s at most.
const THROTTLED: ExponentialBuilder = backoff(Duration::from_millis(50)).without_max_times();
const UNAVAILABLE: ExponentialBuilder = backoff(Duration::from_millis(50)).with_max_times(7);
const UNREACHABLE: ExponentialBuilder = backoff(Duration::from_millis(100)).with_max_times(2);

const fn backoff(first: Duration) -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(first).with_max_delay(Duration::from_secs(10)).with_jitter()
}

/// A fault that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    /// Too many calls: repeated as long as any get through.
    Throttled,
    /// The service or the answer got lost: 8 attempts in all.
    Unavailable,
    /// Nobody there: 3 attempts in all.
    Unreachable,
}

impl Passing {
    pub(super) const ALL: [Self; 3] = [Self::Throttled, Self::Unavailable, Self::Unreachable];

    /// `None` for what a repeat would not change.
    pub(super) fn of(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::RateLimited => Some(Self::Throttled),
            // A lost answer to a read costs nothing. A lost answer to a write is settled before it gets here.
            ErrorKind::Unavailable | ErrorKind::AnswerLost => Some(Self::Unavailable),
            ErrorKind::Unreachable => Some(Self::Unreachable),
            _ => None,
        }
    }
}

/// What one call may still be repeated.
#[derive(Debug)]
pub(super) struct RetryPolicy {
    started: Instant,
    throttled_for: Duration,
    throttled: ExponentialBackoff,
    unavailable: ExponentialBackoff,
    unreachable: ExponentialBackoff,
}

impl RetryPolicy {
    /// For a call that starts now and may be throttled for `throttled_for`.
    pub(super) fn new(throttled_for: Duration) -> Self {
        Self {
            started: Instant::now(),
            throttled_for,
            throttled: THROTTLED.build(),
            unavailable: UNAVAILABLE.build(),
            unreachable: UNREACHABLE.build(),
        }
    }

    /// The time to wait before the next attempt, or `None` if there is none. `asked` is the server's wish; `answered` is
    /// when the last call of this class succeeded: while others get through, so will this one.
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
        let in_time = quiet_since.elapsed().saturating_add(delay) <= self.throttled_for;
        (passing != Passing::Throttled || in_time).then_some(delay)
    }
}

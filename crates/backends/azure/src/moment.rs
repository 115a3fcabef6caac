//! Points in time, as the service gives them and as people read them.

use azure_core::time::OffsetDateTime;
use jiff::Timestamp;

const DAY: i64 = 24 * 60 * 60;

/// A point in time, in whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) fn of(time: OffsetDateTime) -> Self {
        Self(time.unix_timestamp())
    }

    pub(crate) fn now() -> Self {
        Self(Timestamp::now().as_second())
    }

    /// The day, `2027-01-31`, in UTC.
    pub(crate) fn day(self) -> String {
        match Timestamp::from_second(self.0) {
            Ok(time) => time.strftime("%Y-%m-%d").to_string(),
            Err(_) => "a day beyond the calendar".to_owned(),
        }
    }

    /// The day, and how many days that is from `now`, begun ones included: `2027-01-31 (in 12 days)`.
    pub(crate) fn counted_from(self, now: Self) -> String {
        match self.0.saturating_sub(now.0) {
            ..=0 => format!("{} (any moment)", self.day()),
            1..=DAY => format!("{} (in a day)", self.day()),
            left => format!("{} (in {} days)", self.day(), (left + DAY - 1) / DAY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Moment};

    #[test]
    fn days_are_counted_as_people_count_them() {
        let now = Moment(1_700_000_000);
        assert_eq!(now.day(), "2023-11-14");
        let after = |seconds: i64| Moment(now.0 + seconds).counted_from(now);
        assert_eq!(after(90 * DAY), "2024-02-12 (in 90 days)");
        assert_eq!(after(90 * DAY - 5), "2024-02-12 (in 90 days)");
        assert_eq!(after(DAY), "2023-11-15 (in a day)");
        assert_eq!(after(-5), "2023-11-14 (any moment)");
        assert_eq!(Moment(i64::MAX).day(), "a day beyond the calendar");
    }
}

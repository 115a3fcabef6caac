//! Dates of secrets: as the service sends them, and as messages show them.

use azure_core::time::OffsetDateTime;

const DAY: i64 = 24 * 60 * 60;

/// A point in time, in whole seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(i64);

impl Timestamp {
    pub(crate) fn now() -> Self {
        Self(jiff::Timestamp::now().as_second())
    }

    /// The date in UTC: `2027-01-31`.
    pub(crate) fn date(self) -> String {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => time.strftime("%Y-%m-%d").to_string(),
            Err(_) => "a date beyond the calendar".to_owned(),
        }
    }

    /// The date and the number of days from `now`, rounded up: `2027-01-31 (in 12 days)`.
    pub(crate) fn date_with_days_from(self, now: Self) -> String {
        match self.0.saturating_sub(now.0) {
            ..=0 => format!("{} (any moment)", self.date()),
            1..=DAY => format!("{} (in 1 day)", self.date()),
            left => format!("{} (in {} days)", self.date(), (left + DAY - 1) / DAY),
        }
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Self {
        Self(time.unix_timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Timestamp};

    #[test]
    fn remaining_days_are_rounded_up() {
        let now = Timestamp(1_700_000_000);
        assert_eq!(now.date(), "2023-11-14");
        let after = |seconds: i64| Timestamp(now.0 + seconds).date_with_days_from(now);
        assert_eq!(after(90 * DAY), "2024-02-12 (in 90 days)");
        assert_eq!(after(90 * DAY - 5), "2024-02-12 (in 90 days)");
        assert_eq!(after(DAY), "2023-11-15 (in 1 day)");
        assert_eq!(after(-5), "2023-11-14 (any moment)");
    }

    #[test]
    fn date_beyond_the_calendar_is_described_in_words() {
        assert_eq!(Timestamp(i64::MAX).date(), "a date beyond the calendar");
    }
}

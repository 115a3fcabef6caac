//! What a copy will take, in one sentence.

use std::fmt::Write as _;

use airbridge_engine::{Estimate, StorageChange};

use super::style::count;

/// `Estimate: 315 requests to AWS Secrets Manager, about 8 s; $120.00 more a month for 300 new secrets.`
pub(crate) fn sentence(estimate: &Estimate) -> String {
    let Estimate { service, requests, seconds, rate_may_rise, storage } = estimate;
    let mut text = format!("Estimate: {} to {service}", count(*requests, "request", "requests"));
    if let Some(seconds) = seconds {
        text.extend([", about ", &duration(*seconds)]);
        if *rate_may_rise {
            text.push_str(" or less");
        }
    }
    text.extend(storage.as_ref().and_then(change));
    text.push('.');
    text
}

/// `; $120.00 more a month for 300 new secrets in 2 regions`; `None` if what the service charges stays the same.
fn change(storage: &StorageChange) -> Option<String> {
    let StorageChange { usd_cents_per_month, unit, added, removed, places, place, .. } = storage;
    if *added == 0 && *removed == 0 {
        return None;
    }
    let (cents, less) = (usd_cents_per_month.unsigned_abs(), *usd_cents_per_month < 0);
    let direction = if less { "less" } else { "more" };
    let mut text = format!("; ${}.{:02} {direction} a month for ", cents / 100, cents % 100);
    let units = |number: usize| if number == 1 { unit.clone() } else { format!("{unit}s") };
    // Writing to a String cannot fail.
    let _ = match (added, removed) {
        (0, _) => write!(text, "{removed} deleted {}", units(*removed)),
        (_, 0) => write!(text, "{added} new {}", units(*added)),
        _ => write!(text, "{added} new and {removed} deleted {unit}s"),
    };
    if *added > 0 && *places > 1 {
        let _ = write!(text, " in {places} {place}s");
    }
    Some(text)
}

/// Seconds up to two minutes, minutes up to two hours, hours and minutes above.
fn duration(seconds: u64) -> String {
    let minutes = seconds.saturating_add(30) / 60;
    match seconds {
        0..120 => format!("{} s", seconds.max(1)),
        120..7_200 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use airbridge_engine::{Estimate, StorageChange};

    use super::{duration, sentence};

    fn estimate(seconds: Option<u64>, storage: Option<StorageChange>) -> Estimate {
        let service = "AWS Secrets Manager".to_owned();
        Estimate { service, requests: 315, seconds, rate_may_rise: false, storage }
    }

    fn storage(cents: i64, added: usize, removed: usize, places: usize) -> StorageChange {
        StorageChange {
            usd_cents_per_month: cents,
            unit: "secret".to_owned(),
            added,
            removed,
            places,
            place: "region".to_owned(),
            prices_of: "autumn 2026".to_owned(),
        }
    }

    #[test]
    fn sentence_says_what_is_known() {
        for (estimate, expected) in [
            (estimate(None, None), "."),
            (Estimate { rate_may_rise: true, ..estimate(Some(100), None) }, ", about 100 s or less."),
            (
                estimate(Some(8), Some(storage(12_000, 300, 0, 1))),
                ", about 8 s; $120.00 more a month for 300 new secrets.",
            ),
            (
                estimate(None, Some(storage(120, 1, 0, 3))),
                "; $1.20 more a month for 1 new secret in 3 regions.",
            ),
            (estimate(None, Some(storage(-40, 0, 1, 3))), "; $0.40 less a month for 1 deleted secret."),
            (
                estimate(None, Some(storage(-80, 3, 5, 1))),
                "; $0.80 less a month for 3 new and 5 deleted secrets.",
            ),
            (estimate(None, Some(storage(0, 0, 0, 1))), "."),
        ] {
            assert_eq!(
                sentence(&estimate),
                format!("Estimate: 315 requests to AWS Secrets Manager{expected}")
            );
        }
        assert!(
            sentence(&Estimate { requests: 1, ..estimate(None, None) }).starts_with("Estimate: 1 request to")
        );
    }

    #[test]
    fn duration_has_the_unit_that_fits() {
        for (seconds, expected) in [
            (0, "1 s"),
            (119, "119 s"),
            (120, "2 min"),
            (200, "3 min"),
            (7_199, "120 min"),
            (7_200, "2 h 0 min"),
            (33_333, "9 h 16 min"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}

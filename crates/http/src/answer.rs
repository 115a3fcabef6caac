//! What an HTTP answer means whichever service sent it.

use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::connect::ConnectError;
use crate::fault::PROXY_PASSWORD;

/// The error for a status that means the same at every service: 407, 408, 429 and 5xx; `None` for any other.
///
/// `unknown` is the kind for a request that the service may have carried out, see
/// [`outcome_unknown`](crate::outcome_unknown).
pub fn status_error(status: u16, operation: Operation, unknown: ErrorKind, place: &str) -> Option<Error> {
    let (kind, message) = match status {
        407 => {
            let error = ConnectError::ProxyAuthentication;
            return Some(Error::new(error.kind(), operation, error.about(place)).with_hint(PROXY_PASSWORD));
        }
        429 => {
            (ErrorKind::RateLimited, format!("{place} rejected the request: rate limit exceeded (HTTP 429)"))
        }
        408 | 500.. => (unknown, format!("{place} failed (HTTP {status})")),
        _ => return None,
    };
    Some(Error::new(kind, operation, message))
}

/// The error for an answer that `service` does not give: from a login page, a proxy, or another service.
pub fn wrong_service(status: u16, operation: Operation, place: &str, service: &str) -> Error {
    let message = match status {
        300..=399 => format!(
            "the server at {place} redirects to another address (HTTP {status}), which airbridge does not follow"
        ),
        _ => format!("the server at {place} is not {service} (HTTP {status})"),
    };
    Error::new(ErrorKind::Config, operation, message)
}

/// How long the server asks to wait. `header` returns a header's value by its name, which is in lower case.
///
/// Milliseconds (`retry-after-ms`, `x-ms-retry-after-ms`, `x-amz-retry-after`) take precedence over `retry-after`, which
/// is in seconds or the date to wait for.
pub fn retry_after<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Option<Duration> {
    let header = |name| header(name).map(str::trim);
    for name in ["retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after"] {
        if let Some(millis) = header(name).and_then(|value| value.parse().ok()) {
            return Some(Duration::from_millis(millis));
        }
    }
    let value = header("retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value).ok()?;
    Duration::try_from(until.duration_since(Timestamp::now())).ok()
}

/// How many seconds the clock of a server is ahead of that of this machine, by the `date` header of an answer that just came.
/// `None` if the header is not a date.
pub fn clock_skew(date: &str) -> Option<i64> {
    let there = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date.trim()).ok()?;
    Some(there.duration_since(Timestamp::now()).as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use airbridge_core::{ErrorKind, Operation};
    use jiff::fmt::rfc2822::DateTimePrinter;
    use jiff::{SignedDuration, Timestamp};

    use super::{clock_skew, retry_after, status_error, wrong_service};

    #[test]
    fn clock_of_the_server_is_compared() {
        let printed = |seconds| {
            let there = Timestamp::now() + SignedDuration::from_secs(seconds);
            DateTimePrinter::new().timestamp_to_rfc9110_string(&there).unwrap()
        };
        for seconds in [-600, 0, 600] {
            let skew = clock_skew(&printed(seconds)).unwrap();
            assert!((skew - seconds).abs() <= 2, "{seconds}: {skew}");
        }
        assert_eq!(clock_skew("yesterday"), None);
    }

    #[test]
    fn common_status_has_one_kind_and_message_everywhere() {
        let error = |status| status_error(status, Operation::Write, ErrorKind::AnswerLost, "kv:x");
        for (status, kind, message) in [
            (407, ErrorKind::Config, "the proxy in front of kv:x requires authentication (HTTP 407)"),
            (429, ErrorKind::RateLimited, "kv:x rejected the request: rate limit exceeded (HTTP 429)"),
            (503, ErrorKind::AnswerLost, "kv:x failed (HTTP 503)"),
        ] {
            let error = error(status).unwrap();
            assert_eq!((error.kind(), error.message()), (kind, message));
        }
        for own in [200, 302, 400, 401, 403, 404, 409, 412] {
            assert_eq!(error(own), None, "{own}");
        }
        let other = wrong_service(404, Operation::Open, "kv:x", "a KV server");
        assert_eq!(other.message(), "the server at kv:x is not a KV server (HTTP 404)");
        let redirect = wrong_service(302, Operation::Open, "kv:x", "a KV server");
        assert!(redirect.message().starts_with("the server at kv:x redirects to another address (HTTP 302)"));
    }

    #[test]
    fn retry_after_is_read_in_every_spelling() {
        let wait = |name, value: &str| retry_after(|asked| (asked == name).then_some(value));
        assert_eq!(wait("retry-after", " 7 "), Some(Duration::from_secs(7)));
        for name in ["retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after"] {
            assert_eq!(wait(name, "250"), Some(Duration::from_millis(250)), "{name}");
        }
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("retry-after", "-1"), None);
        let until = Timestamp::now() + SignedDuration::from_secs(100);
        let until = DateTimePrinter::new().timestamp_to_rfc9110_string(&until).unwrap();
        let waited = wait("retry-after", &until).unwrap();
        assert!((90..=100).contains(&waited.as_secs()), "{waited:?}");
        assert_eq!(wait("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"), None);
    }
}

//! What the HTTP answer says where its body says nothing: status, type, and how long to wait.

use std::time::{Duration, SystemTime};

use airbridge_core::{Error, ErrorKind};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{Call, Cause, Fault, doubt, unknown};

/// Clocks may differ by five minutes before a signature is refused; half of that is worth telling.
const SKEW_WORTH_TELLING: Duration = Duration::from_secs(150);

/// An answer without a code that is known: from a proxy, an emulator, or a future version of the service.
pub(super) fn without_known_code<C: Call>(
    call: C,
    place: &str,
    code: Option<&str>,
    response: &HttpResponse,
) -> Fault {
    let status = response.status().as_u16();
    let html = response.headers().get("content-type").is_some_and(|kind| !kind.contains("json"));
    let new = |kind, message| Error::new(kind, call.operation(), message);
    let stranger = || {
        new(
            ErrorKind::Config,
            format!("what answers at {place} is not {} (HTTP {status}, and no code)", C::SERVICE.name),
        )
        .with_hint("a proxy or login page stands in between, or endpoint_url leads elsewhere")
    };
    let error = match (status, code) {
        (407, _) => {
            new(ErrorKind::Config, format!("the proxy on the way to {place} wants a password (HTTP 407)"))
                .with_hint("write it into the proxy's address: http://user:password@host:port")
        }
        (429, _) => new(ErrorKind::RateLimited, format!("{place} is asked too often (HTTP 429)")),
        (500.., _) => new(doubt(call), format!("{place} failed (HTTP {status})")),
        (_, Some(code)) => new(ErrorKind::Unexpected, unknown(place, call, code)),
        // Every refusal of the service has a code; a proxy, a login page or another service has none.
        (300..=399 | 404 | 405, None) => stranger(),
        (_, None) if html => stranger(),
        (401 | 403, None) => new(
            ErrorKind::Unauthenticated,
            format!("{place} does not accept the credentials (HTTP {status})"),
        ),
        // A good status with a body that cannot be read: after a write it was carried out, only nobody knows how.
        (200..=299, None) => new(doubt(call), format!("the answer of {place} to {call:?} cannot be read")),
        (_, None) => new(ErrorKind::Unexpected, format!("{place} answers {call:?} with HTTP {status}")),
    };
    Fault::new(Cause::Other, error)
}

/// How long the server asks to wait: `x-amz-retry-after` in milliseconds, `retry-after` in seconds or as a date.
pub(super) fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let header = |name: &str| response.headers().get(name).map(str::trim);
    if let Some(millis) = header("x-amz-retry-after").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = header("retry-after")?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = SystemTime::try_from(DateTime::from_str(text, Format::HttpDate).ok()?).ok()?;
    until.duration_since(SystemTime::now()).ok()
}

/// How far this machine's clock is off, if it is: `12 minutes slow`.
pub(super) fn clock_skew(response: &HttpResponse) -> Option<String> {
    let there = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?;
    skew(SystemTime::now(), SystemTime::try_from(there).ok()?)
}

fn skew(here: SystemTime, there: SystemTime) -> Option<String> {
    let (off, way) = match there.duration_since(here) {
        Ok(off) => (off, "slow"),
        Err(error) => (error.duration(), "fast"),
    };
    (off > SKEW_WORTH_TELLING).then(|| format!("{} minutes {way}", off.as_secs().div_ceil(60)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::skew;

    #[test]
    fn a_clock_is_told_when_it_is_minutes_off() {
        let now = SystemTime::now();
        assert_eq!(skew(now, now + Duration::from_secs(100)), None);
        assert_eq!(skew(now, now + Duration::from_mins(12)).as_deref(), Some("12 minutes slow"));
        assert_eq!(skew(now + Duration::from_mins(12), now).as_deref(), Some("12 minutes fast"));
    }
}

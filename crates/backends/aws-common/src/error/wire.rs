//! What an HTTP answer shows beside its body: status, content type, waiting time and clock.

use std::time::{Duration, SystemTime};

use airbridge_core::{Error, ErrorKind};
use airbridge_http::{status_error, wrong_service};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::call::{Call, Cause, Fault, unknown_code, unknown_outcome};

/// The clock difference from which a hint mentions it. AWS rejects signatures from five minutes on.
const REPORTED_SKEW: Duration = Duration::from_secs(150);

/// Classifies an answer without a known code: from a proxy, an emulator, or a later version of the service.
pub(super) fn without_known_code<C: Call>(
    call: C,
    place: &str,
    code: Option<&str>,
    response: &HttpResponse,
) -> Fault {
    let status = response.status().as_u16();
    let html = response.headers().get("content-type").is_some_and(|kind| !kind.contains("json"));
    let new = |kind, message| Error::new(kind, call.operation(), message);
    let wrong_service = || {
        wrong_service(status, call.operation(), place, C::SERVICE.name)
            .with_hint("check `endpoint_url`, and whether a proxy or a login page answers instead")
    };
    if let Some(error) = status_error(status, call.operation(), unknown_outcome(call), place) {
        return Fault::new(Cause::Other, error);
    }
    let error = match (status, code) {
        (_, Some(code)) => new(ErrorKind::Unexpected, unknown_code(place, call, code)),
        // Every rejection by the service has a code. Those of a proxy, a login page or another service have none.
        (300..=399 | 404 | 405, None) => wrong_service(),
        (_, None) if html => wrong_service(),
        (401 | 403, None) => {
            new(ErrorKind::Unauthenticated, format!("{place} rejected the credentials (HTTP {status})"))
        }
        // A success whose body cannot be parsed: a write was carried out, but its result is unknown.
        (200..=299, None) => {
            new(unknown_outcome(call), format!("cannot parse the answer of {place} to {call:?}"))
        }
        (_, None) => new(ErrorKind::Unexpected, format!("{place} answered {call:?} with HTTP {status}")),
    };
    Fault::new(Cause::Other, error)
}

/// How long the server asks to wait.
pub(super) fn retry_after(response: &HttpResponse) -> Option<Duration> {
    airbridge_http::retry_after(|name| response.headers().get(name))
}

/// The difference between this machine's clock and the server's if it is worth reporting: `12 minutes slow`.
pub(super) fn clock_skew(response: &HttpResponse) -> Option<String> {
    let there = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?;
    skew(SystemTime::now(), SystemTime::try_from(there).ok()?)
}

fn skew(here: SystemTime, there: SystemTime) -> Option<String> {
    let (off, direction) = match there.duration_since(here) {
        Ok(off) => (off, "slow"),
        Err(error) => (error.duration(), "fast"),
    };
    (off > REPORTED_SKEW).then(|| format!("{} minutes {direction}", off.as_secs().div_ceil(60)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::skew;

    #[test]
    fn clock_difference_of_minutes_is_reported() {
        let now = SystemTime::now();
        assert_eq!(skew(now, now + Duration::from_secs(100)), None);
        assert_eq!(skew(now, now + Duration::from_mins(12)).as_deref(), Some("12 minutes slow"));
        assert_eq!(skew(now + Duration::from_mins(12), now).as_deref(), Some("12 minutes fast"));
    }
}

//! Calls that the service did not answer: never sent, the answer lost, or somebody else's answer.

use airbridge_core::{Error, ErrorKind};
use airbridge_http::ConnectError;
use google_cloud_gax::error::Error as GoogleError;

use super::Call;
use crate::place::Place;

/// Makes a kind of a call that nobody answered.
pub(super) fn unanswered(call: Call, place: &Place, error: &GoogleError) -> Error {
    let place = place.text();
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    if error.is_connect() {
        let unmade = ConnectError::of(error).unwrap_or(ConnectError::NoConnection);
        return new(unmade.kind(), unmade.about(&place)).with_hint(way_out(unmade));
    }
    if error.is_authentication() && error.is_transient_and_before_rpc() {
        return new(
            ErrorKind::Unavailable,
            format!("the credentials for {place} cannot be renewed just now"),
        );
    }
    if error.is_authentication() {
        return new(ErrorKind::Unauthenticated, format!("the credentials for {place} could not be renewed"))
            .with_hint("sign in anew, then run it again");
    }
    if error.is_timeout() || error.is_exhausted() {
        return new(call.doubt(), format!("{place} did not answer {call:?} in time"))
            .with_hint("timeout=… gives it longer");
    }
    if error.is_binding() || error.is_serialization() {
        return new(ErrorKind::InvalidName, format!("no request {call:?} to {place} could be made"));
    }
    if error.is_deserialization() {
        // After a write it was carried out, only nobody knows how.
        let kind = if call.doubt() == ErrorKind::AnswerLost { call.doubt() } else { ErrorKind::Config };
        return new(kind, format!("the answer of {place} to {call:?} is not one of Google Secret Manager"))
            .with_hint(STRANGER);
    }
    new(call.doubt(), format!("the connection to {place} broke during {call:?}"))
}

const WITH_PASSWORD: &str = "write it into HTTPS_PROXY: http://user:password@host:port";
const STRANGER: &str = "a proxy or login page stands in between, or endpoint_url leads elsewhere";

/// An answer that is not in Google's error model: from a proxy, a login page, another service.
pub(super) fn not_the_service(call: Call, place: &Place, status: u16, error: &GoogleError) -> Error {
    let place = place.text();
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    let kind = error.http_headers().and_then(|headers| headers.get("content-type"));
    let html = kind.and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.contains("html"));
    match status {
        407 => new(ErrorKind::Config, format!("the proxy on the way to {place} wants a password (HTTP 407)"))
            .with_hint(WITH_PASSWORD),
        429 => new(ErrorKind::RateLimited, format!("{place} is asked too often (HTTP 429)")),
        500.. => new(call.doubt(), format!("{place} failed (HTTP {status})")),
        401 | 403 if !html => new(
            ErrorKind::Unauthenticated,
            format!("{place} does not accept the credentials (HTTP {status})"),
        ),
        _ => new(
            ErrorKind::Config,
            format!("what answers at {place} is not Google Secret Manager (HTTP {status})"),
        )
        .with_hint(STRANGER),
    }
}

/// What to do about a connection that was not made.
fn way_out(unmade: ConnectError) -> &'static str {
    match unmade {
        ConnectError::Untrusted(_) => {
            "if a private authority signs it, name its file to the whole program: SSL_CERT_FILE"
        }
        ConnectError::NotTls | ConnectError::Tls | ConnectError::ClientCertificateRequired => {
            "check endpoint_url and HTTPS_PROXY: what answers there does not speak TLS as it should"
        }
        ConnectError::NoSuchHost => "check location, endpoint_url and the name service",
        ConnectError::ProxyAuthentication => WITH_PASSWORD,
        ConnectError::Proxy => "check HTTPS_PROXY and NO_PROXY",
        ConnectError::Refused | ConnectError::TimedOut | ConnectError::NoConnection => {
            "check location, endpoint_url, the proxy and the network"
        }
    }
}

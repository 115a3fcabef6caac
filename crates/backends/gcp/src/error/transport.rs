//! Requests that got no response of the service: never sent, the response lost, or the response of another server.

use airbridge_core::{Error, ErrorKind};
use airbridge_http::{ConnectError, ConnectHints, TransportError, status_error, wrong_service};
use google_cloud_gax::error::Error as GoogleError;

use super::call::Call;
use crate::place::Place;

/// What users can check if a connection cannot be made. Google's library reads certificates and proxies from the
/// process's environment.
const HINTS: ConnectHints = ConnectHints {
    certificate: "set SSL_CERT_FILE to a PEM file of the certificate authority; it applies to the whole program",
    address: "check `location`, `endpoint_url`, HTTPS_PROXY and the network",
    proxy: "check HTTPS_PROXY and NO_PROXY",
};

const OTHER_SERVER: &str = "check `endpoint_url`, and whether a proxy or a login page answers instead";

/// The error for a request without a response.
pub(super) fn no_response(call: Call, place: &Place, error: &GoogleError) -> Error {
    let place = place.text();
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    let transport =
        |fault: TransportError| fault.into_error(call.operation(), call.kind_once_sent(), &place, &HINTS);
    if error.is_connect() {
        return transport(TransportError::Connect(
            ConnectError::of(error).unwrap_or(ConnectError::NoConnection),
        ));
    }
    if error.is_authentication() && error.is_transient_and_before_rpc() {
        return new(
            ErrorKind::Unavailable,
            format!("cannot renew the credentials for {place} at the moment"),
        );
    }
    if error.is_authentication() {
        return new(ErrorKind::Unauthenticated, format!("cannot renew the credentials for {place}"))
            .with_hint("run `gcloud auth application-default login`, then run the same command again");
    }
    if error.is_timeout() || error.is_exhausted() {
        return transport(TransportError::TimedOut);
    }
    if error.is_binding() || error.is_serialization() {
        return new(
            ErrorKind::InvalidName,
            format!("Google's library cannot build the request {call:?} to {place}"),
        );
    }
    if error.is_deserialization() {
        // A write was executed, but its result is unknown.
        let kind = match call.kind_once_sent() {
            ErrorKind::AnswerLost => ErrorKind::AnswerLost,
            _ => ErrorKind::Config,
        };
        return new(
            kind,
            format!("the response of {place} to {call:?} is not that of Google Secret Manager"),
        )
        .with_hint(OTHER_SERVER);
    }
    transport(TransportError::of(error))
}

/// The error for a response that does not follow Google's error model: of a proxy, a login page or another service.
pub(super) fn foreign_response(call: Call, place: &Place, status: u16, error: &GoogleError) -> Error {
    let place = place.text();
    if let Some(error) = status_error(status, call.operation(), call.kind_once_sent(), &place) {
        return error;
    }
    let content_type = error.http_headers().and_then(|headers| headers.get("content-type"));
    let is_html =
        content_type.and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("html"));
    if matches!(status, 401 | 403) && !is_html {
        let message = format!("{place} rejects the credentials (HTTP {status})");
        return Error::new(ErrorKind::Unauthenticated, call.operation(), message)
            .with_hint("run `gcloud auth application-default login`, or check the key file");
    }
    wrong_service(status, call.operation(), &place, "Google Secret Manager").with_hint(OTHER_SERVER)
}

//! Calls that the service did not answer: never sent, the answer lost, or somebody else's answer.

use std::error::Error as StdError;
use std::{io, iter};

use airbridge_core::{Error, ErrorKind};
use google_cloud_gax::error::Error as GoogleError;

use super::Call;
use crate::place::Place;

/// What the chain of causes says of a connection that was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmade {
    /// Certificates do not fit.
    Certificate,
    /// The secure connection failed otherwise.
    Tls,
    /// The host has no address.
    NoSuchHost,
    /// The proxy let nothing through.
    Proxy,
    /// Nobody listens, or no way leads there.
    NoConnection,
}

/// Makes a kind of a call that nobody answered.
pub(super) fn unanswered(call: Call, place: &Place, error: &GoogleError) -> Error {
    let place = place.text();
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    if error.is_connect() {
        let (kind, message, hint) = unmade(error, &place);
        return new(kind, message).with_hint(hint);
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

const STRANGER: &str = "a proxy or login page stands in between, or endpoint_url leads elsewhere";

/// An answer that is not in Google's error model: from a proxy, a login page, another service.
pub(super) fn not_the_service(call: Call, place: &Place, status: u16, error: &GoogleError) -> Error {
    let place = place.text();
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    let kind = error.http_headers().and_then(|headers| headers.get("content-type"));
    let html = kind.and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.contains("html"));
    match status {
        407 => new(ErrorKind::Config, format!("the proxy on the way to {place} wants a password (HTTP 407)"))
            .with_hint("write it into HTTPS_PROXY: http://user:password@host:port"),
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

/// What to say of a connection that was not made: kind, sentence, way out.
pub(crate) fn unmade(error: &(dyn StdError + 'static), whom: &str) -> (ErrorKind, String, &'static str) {
    match chain(error).find_map(sign).unwrap_or(Unmade::NoConnection) {
        Unmade::Certificate => (
            ErrorKind::Config,
            format!("the certificate that {whom} shows is not trusted"),
            "if a private authority signs it, name its file to the whole program: SSL_CERT_FILE",
        ),
        Unmade::Tls => (
            ErrorKind::Config,
            format!("no secure connection to {whom} can be made"),
            "check endpoint_url and HTTPS_PROXY: what answers there does not speak TLS as it should",
        ),
        Unmade::NoSuchHost => (
            ErrorKind::Unreachable,
            format!("the host of {whom} has no address"),
            "check location, endpoint_url and the name service",
        ),
        Unmade::Proxy => (
            ErrorKind::Unreachable,
            format!("the proxy does not let us through to {whom}"),
            "check HTTPS_PROXY and NO_PROXY",
        ),
        Unmade::NoConnection => (
            ErrorKind::Unreachable,
            format!("nobody answers at {whom}"),
            "check location, endpoint_url, the proxy and the network",
        ),
    }
}

/// What one cause says on its own. Types decide; texts only where the HTTP client keeps its types to itself.
fn sign(cause: &(dyn StdError + 'static)) -> Option<Unmade> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Unmade::Certificate
            }
            _ => Unmade::Tls,
        });
    }
    if let Some(io) = cause.downcast_ref::<io::Error>() {
        use io::ErrorKind::{
            AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
        };
        if matches!(
            io.kind(),
            ConnectionRefused | HostUnreachable | NetworkUnreachable | NetworkDown | AddrNotAvailable
        ) {
            return Some(Unmade::NoConnection);
        }
    }
    // The types behind these are private to the HTTP client (hyper-util 0.1).
    let text = cause.to_string();
    [
        ("dns error", Unmade::NoSuchHost),
        ("failed to lookup address", Unmade::NoSuchHost),
        ("tunnel error", Unmade::Proxy),
    ]
    .into_iter()
    .find_map(|(start, what)| text.starts_with(start).then_some(what))
}

/// An error and its causes. An I/O error's payload counts, which `source` passes over.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
        None => error.source(),
    })
}

//! Calls that nobody answered: never sent, or the answer lost.

use std::error::Error as StdError;
use std::{io, iter};

use airbridge_core::{Error, ErrorKind};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::{Call, doubt};

/// What the chain of causes says happened. Types decide; texts only where the HTTP client keeps its types to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// Certificates do not fit. Never sent.
    Certificate,
    /// The secure connection failed otherwise. Never sent.
    Tls,
    /// The host has no address. Never sent.
    NoSuchHost,
    /// The proxy let nothing through. Never sent.
    Proxy,
    /// Nobody listens, or no way leads there. Never sent.
    NoConnection,
    /// Credentials could not be got. Never sent.
    Credentials,
    /// The request could not be made. Never sent.
    Request,
    /// Sent, and no answer in time.
    Slow,
    /// Sent, perhaps, and the connection broke.
    Lost,
}

/// Makes a kind of a call that nobody answered.
pub(super) fn unanswered<C, E>(call: C, place: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    C: Call,
    E: StdError + 'static,
{
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    match what_broke(error) {
        Break::Certificate => {
            new(ErrorKind::Config, format!("the certificate that {place} shows is not trusted"))
                .with_hint("if a private authority signs it, name its file: ca_file=…, or AWS_CA_BUNDLE")
        }
        Break::Tls => new(ErrorKind::Config, format!("no secure connection to {place} can be made"))
            .with_hint("check endpoint_url and proxy: what answers there does not speak TLS as it should"),
        Break::NoSuchHost => new(ErrorKind::Unreachable, format!("the host of {place} has no address"))
            .with_hint("check the region, endpoint_url and the name service"),
        Break::Proxy => new(ErrorKind::Unreachable, format!("the proxy does not let us through to {place}"))
            .with_hint("check proxy, HTTPS_PROXY and NO_PROXY"),
        Break::NoConnection => new(ErrorKind::Unreachable, format!("nobody answers at {place}"))
            .with_hint("check the region, endpoint_url, the proxy and the network"),
        Break::Credentials => {
            new(ErrorKind::Unauthenticated, format!("the credentials for {place} could not be renewed"))
                .with_hint("sign in anew, then run it again")
        }
        Break::Request => new(ErrorKind::Config, format!("no request to {place} could be made"))
            .with_hint("check the region and endpoint_url"),
        Break::Slow => new(doubt(call), format!("{place} did not answer {call:?} in time"))
            .with_hint("timeout=… gives it longer"),
        Break::Lost => new(doubt(call), format!("the connection to {place} broke during {call:?}")),
    }
}

fn what_broke<E: StdError + 'static>(error: &SdkError<E, HttpResponse>) -> Break {
    if let Some(found) = chain(error).find_map(sign) {
        return found;
    }
    // Whatever else went wrong while connecting: nothing was sent.
    if chain(error).any(|cause| cause.to_string() == "client error (Connect)") {
        return Break::NoConnection;
    }
    match error {
        SdkError::ConstructionFailure(_) => Break::Request,
        SdkError::TimeoutError(_) => Break::Slow,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Break::Slow,
        SdkError::DispatchFailure(failure) if failure.is_user() => Break::Request,
        // Without a kind it was the SDK that failed, before it sent anything.
        SdkError::DispatchFailure(failure) if failure.is_other() && failure.as_other().is_none() => {
            Break::Request
        }
        _ => Break::Lost,
    }
}

/// What one cause says on its own.
fn sign(cause: &(dyn StdError + 'static)) -> Option<Break> {
    if cause.is::<CredentialsError>() {
        return Some(Break::Credentials);
    }
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Break::Certificate
            }
            _ => Break::Tls,
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
            return Some(Break::NoConnection);
        }
    }
    // The types behind these are private to the HTTP client (hyper-util 0.1, aws-smithy-http-client 1).
    let text = cause.to_string();
    [
        ("dns error", Break::NoSuchHost),
        ("failed to lookup address", Break::NoSuchHost),
        ("tunnel error", Break::Proxy),
        ("HTTP connect timeout", Break::NoConnection),
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

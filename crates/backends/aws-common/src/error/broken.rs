//! Calls that nobody answered: never sent, or the answer lost.

use std::error::Error as StdError;

use airbridge_core::{Error, ErrorKind};
use airbridge_http::{ConnectError, causes};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::{Call, doubt};

/// Makes a kind of a call that nobody answered.
pub(super) fn unanswered<C, E>(call: C, place: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    C: Call,
    E: StdError + 'static,
{
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    if causes(error).any(<dyn StdError>::is::<CredentialsError>) {
        return new(ErrorKind::Unauthenticated, format!("the credentials for {place} could not be renewed"))
            .with_hint("sign in anew, then run it again");
    }
    if let Some(unmade) = ConnectError::of(error) {
        return new(unmade.kind(), unmade.about(place)).with_hint(way_out(unmade));
    }
    match error {
        error if is_unsent(error) => new(ErrorKind::Config, format!("no request to {place} could be made"))
            .with_hint("check the region and endpoint_url"),
        error if is_late(error) => new(doubt(call), format!("{place} did not answer {call:?} in time"))
            .with_hint("timeout=… gives it longer"),
        _ => new(doubt(call), format!("the connection to {place} broke during {call:?}")),
    }
}

/// Whether the request itself could not be made.
fn is_unsent<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        // Without a kind it was the SDK that failed, before it sent anything.
        SdkError::DispatchFailure(failure) => {
            failure.is_user() || (failure.is_other() && failure.as_other().is_none())
        }
        _ => false,
    }
}

fn is_late<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_timeout(),
        _ => false,
    }
}

fn way_out(unmade: ConnectError) -> &'static str {
    match unmade {
        ConnectError::Untrusted(_) => {
            "if a private authority signs it, name its file: ca_file=…, or AWS_CA_BUNDLE"
        }
        ConnectError::NotTls | ConnectError::Tls | ConnectError::ClientCertificateRequired => {
            "check endpoint_url and proxy: what answers there does not speak TLS as it should"
        }
        ConnectError::NoSuchHost => "check the region, endpoint_url and the name service",
        ConnectError::ProxyAuthentication => {
            "write it into the proxy's address: http://user:password@host:port"
        }
        ConnectError::Proxy => "check proxy, HTTPS_PROXY and NO_PROXY",
        ConnectError::Refused | ConnectError::TimedOut | ConnectError::NoConnection => {
            "check the region, endpoint_url, the proxy and the network"
        }
    }
}

//! Calls that got no answer: they were not sent, or the answer was lost.

use std::error::Error as StdError;

use airbridge_core::{Error, ErrorKind};
use airbridge_http::{ConnectHints, TransportError, causes};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::call::{Call, unknown_outcome};

const HINTS: ConnectHints = ConnectHints {
    certificate: "if a private certificate authority signed it, set `ca_file` or `AWS_CA_BUNDLE` to its PEM file",
    address: "check the region, `endpoint_url`, the proxy and the network",
    proxy: "check `proxy`, `HTTPS_PROXY` and `NO_PROXY`",
};

/// The error for a call that got no answer.
pub(super) fn unanswered<C, E>(call: C, place: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    C: Call,
    E: StdError + 'static,
{
    let new = |kind, message: String| Error::new(kind, call.operation(), message);
    if causes(error).any(<dyn StdError>::is::<CredentialsError>) {
        return new(ErrorKind::Unauthenticated, format!("cannot renew the credentials for {place}"))
            .with_hint("sign in again, for example with `aws sso login`, and run the command again");
    }
    let transport = match TransportError::of(error) {
        TransportError::Interrupted if is_unsent(error) => {
            return new(ErrorKind::Config, format!("cannot build a request to {place}"))
                .with_hint("check the region and `endpoint_url`");
        }
        TransportError::Interrupted if is_late(error) => TransportError::TimedOut,
        transport => transport,
    };
    transport.into_error(call.operation(), unknown_outcome(call), place, &HINTS)
}

/// Whether the request itself could not be built.
fn is_unsent<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        // Without a kind, the SDK failed before it sent anything.
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

//! Turns answers of the service and connection faults into the kinds of errors that `airbridge_core` knows.
//!
//! The SDK's own error code is not used: its parser fails on messages with escapes, which the service's refusals have,
//! and then reports the status alone. So [`ErrorResponse`] reads the answer again, with its inner codes.

mod call;
mod fault;
pub(crate) mod hints;
mod response;

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{BodyTooLarge, TransportError, causes};
use azure_core::error::ErrorKind as SdkKind;

use crate::vault::Vault;

pub(crate) use call::Call;
pub(crate) use fault::{Cause, Fault};
pub(crate) use response::{ErrorResponse, header};

/// What went wrong with `call`.
pub(crate) fn classify(call: Call, vault: &Vault, error: &azure_core::Error) -> Fault {
    // An error of ours, from authentication or the guard, that passed through the SDK.
    if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        return Fault::new(Cause::Other, with_operation(ours, call.operation()));
    }
    if let SdkKind::HttpResponse { raw_response: Some(response), .. } = error.kind() {
        return ErrorResponse::of(response).fault(call, vault);
    }
    let place = vault.place();
    if causes(error).any(|cause| cause.is::<reqwest::Error>() || cause.is::<BodyTooLarge>()) {
        let (operation, unknown) = (call.operation(), call.kind_once_sent());
        let error = TransportError::of(error).into_error(operation, unknown, &place, &hints::VAULT);
        return Fault::new(Cause::Other, error);
    }
    let (kind, message) = match error.kind() {
        SdkKind::Connection => (ErrorKind::Unreachable, format!("cannot connect to {place}")),
        SdkKind::Io => (
            call.kind_once_sent(),
            format!("the connection to {place} closed before the answer was complete"),
        ),
        // A write was executed, but its result is unknown.
        SdkKind::DataConversion => {
            (call.kind_once_sent(), format!("{place} sent a response that cannot be parsed"))
        }
        SdkKind::Credential => {
            (ErrorKind::Unauthenticated, format!("no token could be acquired for {place}"))
        }
        _ => (ErrorKind::Unexpected, format!("Azure's SDK failed to send a request to {place}")),
    };
    Fault::new(Cause::Other, Error::new(kind, call.operation(), message))
}

/// Packs an error of ours so that it can pass through the SDK; [`classify`] finds it again.
pub(crate) fn wrap(error: Error) -> azure_core::Error {
    azure_core::Error::new(SdkKind::Credential, error)
}

/// A copy of `error` for another operation.
fn with_operation(error: &Error, operation: Operation) -> Error {
    let copy = Error::new(error.kind(), operation, error.message())
        .with_retry_after(error.retry_after())
        .with_request_id(error.request_id().map(str::to_owned));
    match error.hint() {
        Some(hint) => copy.with_hint(hint),
        None => copy,
    }
}

#[cfg(test)]
mod tests;

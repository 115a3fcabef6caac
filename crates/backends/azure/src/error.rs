//! Where an answer of the service, or a broken connection, becomes a kind.
//!
//! The SDK's own code of an error is not used: it gives up on texts with escapes, which the service's refusals have,
//! and says the status instead. So the answer is read again here, which also gives the inner codes.

mod answer;
mod broken;

use airbridge_core::{Error, ErrorKind, Operation, SecretName};
use airbridge_http::causes;
use azure_core::error::ErrorKind as SdkKind;

use crate::vault::Vault;

pub(crate) use answer::{Said, retry_after};
pub(crate) use broken::broken;

/// A remote call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The first one, without a token.
    Open,
    /// A page of secrets.
    List,
    /// A page of deleted secrets.
    ListDeleted,
    /// A value.
    Get,
    /// What is there before a write.
    Look,
    /// What is known of a deleted secret, after a write was refused.
    LookDeleted,
    /// A new secret or version.
    Set,
    /// A deletion.
    Delete,
}

impl Call {
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Open => Operation::Open,
            Self::List | Self::ListDeleted => Operation::List,
            Self::Get => Operation::Read,
            Self::Look | Self::LookDeleted | Self::Set | Self::Delete => Operation::Write,
        }
    }

    /// What a fault is of which nobody knows whether the call was carried out.
    pub(crate) fn doubt(self) -> ErrorKind {
        match self {
            Self::Set | Self::Delete => ErrorKind::AnswerLost,
            _ => ErrorKind::Unavailable,
        }
    }

    /// The right that it takes: as roles call it, and as a vault's own access policies do.
    fn right(self) -> (&'static str, &'static str) {
        match self {
            Self::Open | Self::List | Self::ListDeleted | Self::LookDeleted => ("readMetadata", "list"),
            Self::Get | Self::Look => ("getSecret", "get"),
            Self::Set => ("setSecret", "set"),
            Self::Delete => ("delete", "delete"),
        }
    }
}

/// What the store does about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing has this name, or this version.
    Absent,
    /// It is switched off.
    Disabled,
    /// A deleted secret holds the name.
    Deleted,
    /// We may not.
    Denied,
    /// Anything else.
    Other,
}

/// A failed call: what the store does about it, and what callers are told.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) error: Error,
}

impl Fault {
    fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error }
    }

    /// The error, about this secret.
    pub(crate) fn about(self, name: &SecretName) -> Error {
        self.error.with_name(name)
    }
}

/// What went wrong with `call`.
pub(crate) fn classify(call: Call, vault: &Vault, error: &azure_core::Error) -> Fault {
    // Signing in and the guard have said it in our words already.
    if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        return Fault::new(Cause::Other, of(call.operation(), ours));
    }
    if let SdkKind::HttpResponse { raw_response: Some(response), .. } = error.kind() {
        return Said::of(response).meaning(call, vault);
    }
    if let Some(fault) = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>()) {
        return Fault::new(Cause::Other, broken(call.operation(), call.doubt(), &vault.place(), fault));
    }
    let place = vault.place();
    let (kind, what) = match error.kind() {
        SdkKind::Connection => (ErrorKind::Unreachable, "cannot be reached"),
        SdkKind::Io => (call.doubt(), "cut the connection"),
        // After a write it was carried out, only nobody knows how.
        SdkKind::DataConversion => (call.doubt(), "gave an answer that cannot be read"),
        SdkKind::Credential => (ErrorKind::Unauthenticated, "got no token"),
        _ => (ErrorKind::Unexpected, "cannot be asked this way"),
    };
    Fault::new(Cause::Other, Error::new(kind, call.operation(), format!("{place} {what}")))
}

/// The same error of another operation.
fn of(operation: Operation, error: &Error) -> Error {
    let mut told = Error::new(error.kind(), operation, error.message())
        .with_retry_after(error.retry_after())
        .with_request_id(error.request_id().map(str::to_owned));
    if let Some(hint) = error.hint() {
        told = told.with_hint(hint);
    }
    told
}

/// Settings that cannot work.
pub(crate) fn config(message: impl Into<String>) -> Error {
    Error::config(message)
}

#[cfg(test)]
mod tests;

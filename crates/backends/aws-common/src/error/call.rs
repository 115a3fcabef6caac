//! The calls of a service, and what a failed one means.

use std::fmt;

use airbridge_core::{ErrorKind, Operation};
use airbridge_http::{is_safe_word, outcome_unknown};

use crate::service::Service;

/// The remote calls of one service; `Debug` writes them as permissions do: `GetSecretValue`.
pub trait Call: Copy + fmt::Debug {
    /// The service.
    const SERVICE: Service;

    /// The operation of the store that the call belongs to.
    fn operation(self) -> Operation;

    /// Whether the request carries an entry's value, which a server's words could repeat.
    fn carries_value(self) -> bool;

    /// The meaning of a code that only this service returns, or uses differently. It takes precedence over the codes that
    /// all services share.
    fn meaning(self, place: &str, code: &str, message: &str) -> Option<Meaning>;
}

/// The meaning of an error code.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What the store acts on.
    pub cause: Cause,
    /// What callers act on.
    pub kind: ErrorKind,
    /// The message, with the place.
    pub message: String,
    /// What the user can do about it.
    pub hint: Option<String>,
    /// Whether the message goes on with the service's own words. Only where they name principals, permissions, keys and
    /// states, never a value.
    pub quotes_service: bool,
}

/// What the store acts on, beyond the kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No secret has this name.
    Absent,
    /// The secret exists, but has no such value.
    NoValue,
    /// The secret is scheduled for deletion.
    Deleted,
    /// The name is in use, or the token was used for another value.
    Exists,
    /// A permission is missing.
    Denied,
    /// The key that encrypts the value cannot be used.
    Key,
    /// The service rejected the request.
    Rejected,
    /// The service does not implement the call.
    UnknownCall,
    /// Anything else; the kind of error says enough.
    Other,
}

/// A failed call: what the store acts on, and the error for its caller.
pub type Fault = airbridge_http::Fault<Cause>;

/// The kind of error for a call that the service may have carried out.
pub(super) fn unknown_outcome(call: impl Call) -> ErrorKind {
    outcome_unknown(call.operation() == Operation::Write)
}

/// The message for a code that is in no table.
pub(super) fn unknown_code(place: &str, call: impl Call, code: &str) -> String {
    // Codes of AWS consist of letters; anything else could be a part of the request.
    if is_safe_word(code) && code.chars().all(|char| char.is_ascii_alphabetic()) {
        format!("{place} answered {call:?} with an unknown error ({code})")
    } else {
        format!("{place} answered {call:?} with an unknown error")
    }
}

//! What an answer of the service means.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::wrong_service;

/// The error for a status that is not a success. 412 and the statuses that mean the same everywhere do not get here.
pub(crate) fn of_status(status: u16, operation: Operation, place: &str) -> Error {
    let (kind, what, hint) = match status {
        400 => (ErrorKind::InvalidName, "rejected the name", "exclude the entry, or rename it with a rule"),
        401 => (ErrorKind::Unauthenticated, "rejected the token", "set `KV_TOKEN` to a valid token"),
        403 => {
            (ErrorKind::PermissionDenied, "does not permit this", "grant the token access to the namespace")
        }
        404 if operation == Operation::Write => {
            (ErrorKind::NotFound, "has no such secret", "run the same command again")
        }
        413 => (ErrorKind::InvalidPayload, "rejected the value: it is too large", "exclude the entry"),
        200..400 | 404 => return not_the_service(status, operation, place),
        _ => (ErrorKind::Unexpected, "gave an unknown answer", "check `endpoint_url`"),
    };
    Error::new(kind, operation, format!("{place} {what} (HTTP {status})")).with_hint(hint)
}

/// The error for an answer that the service does not give.
pub(crate) fn not_the_service(status: u16, operation: Operation, place: &str) -> Error {
    wrong_service(status, operation, place, "an HTTP key-value service").with_hint("check `endpoint_url`")
}

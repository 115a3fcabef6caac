//! What an answer of the server means.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{status_error, wrong_service};

use crate::answer::Answer;

/// The error for a status that is not a success.
pub(crate) fn of_status(answer: &Answer, operation: Operation, place: &str) -> Error {
    let status = answer.status;
    if let Some(error) = status_error(status, operation, ErrorKind::Unavailable, place) {
        return error.with_retry_after(answer.retry_after);
    }
    let (kind, what, hint) = match status {
        401 => (
            ErrorKind::Unauthenticated,
            "does not accept the token or the password",
            "set `AIRFLOW_API_TOKEN`, or `username` and `password`; Airflow 2 needs basic authentication in `[api] auth_backends`",
        ),
        403 => (
            ErrorKind::PermissionDenied,
            "does not permit this",
            "grant the user permission to read connections and variables; a wrong password or token is answered in the same way",
        ),
        404 if !answer.is_json => return not_airflow(status, operation, place),
        404 => (ErrorKind::NotFound, "has no such entry", "run the same command again"),
        200..=399 => return not_airflow(status, operation, place),
        _ => (ErrorKind::Unexpected, "gave an unknown answer", "check `url` and `api_version`"),
    };
    Error::new(kind, operation, format!("{place} {what} (HTTP {status})")).with_hint(hint)
}

/// The error for an answer that Airflow does not give.
pub(crate) fn not_airflow(status: u16, operation: Operation, place: &str) -> Error {
    wrong_service(status, operation, place, "the REST API of Airflow").with_hint(
        "check `url`: it is the address of the web interface, with its base path and without `/api/v1`",
    )
}

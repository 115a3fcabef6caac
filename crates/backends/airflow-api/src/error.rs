//! What an answer of the server means.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{outcome_unknown, status_error, wrong_service};
use serde::Deserialize;

use crate::answer::Answer;

/// The error for a status that is not a success.
pub(crate) fn of_status(answer: &Answer, operation: Operation, place: &str) -> Error {
    let status = answer.status;
    let writes = operation == Operation::Write;
    if let Some(error) = status_error(status, operation, outcome_unknown(writes), place) {
        return error.with_retry_after(answer.retry_after);
    }
    let (kind, what, hint) = match status {
        401 => (
            ErrorKind::Unauthenticated,
            "does not accept the token or the password".to_owned(),
            "set `AIRFLOW_API_TOKEN`, or `username` and `password`; Airflow 2 needs basic authentication in `[api] auth_backends`",
        ),
        403 => (
            ErrorKind::PermissionDenied,
            "does not permit this".to_owned(),
            if writes {
                "grant the user permission to create, edit and delete connections and variables"
            } else {
                "grant the user permission to read connections and variables; a wrong password or token is answered in the same way"
            },
        ),
        404 if !answer.is_json => return not_airflow(status, operation, place),
        404 => (ErrorKind::NotFound, "has no such entry".to_owned(), "run the same command again"),
        409 if writes => (
            ErrorKind::AlreadyExists,
            "has an entry with this id".to_owned(),
            "run the same command again: it compares first; the entry may also belong to another team",
        ),
        400 | 422 if writes => (
            ErrorKind::InvalidPayload,
            format!("does not accept {}", refused_part(answer)),
            "check the entry against what this version of Airflow accepts, or exclude it",
        ),
        // Whatever answered may have passed the change on.
        200..=299 if writes => {
            let message = format!("{place} confirmed the change in a form that Airflow does not use");
            return Error::new(ErrorKind::AnswerLost, operation, message);
        }
        200..=399 => return not_airflow(status, operation, place),
        _ => (ErrorKind::Unexpected, "gave an unknown answer".to_owned(), "check `url` and `api_version`"),
    };
    Error::new(kind, operation, format!("{place} {what} (HTTP {status})")).with_hint(hint)
}

/// The part of an entry that version 2 names. The rest of its answer repeats values.
fn refused_part(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        detail: Vec<Detail>,
    }
    #[derive(Deserialize)]
    struct Detail {
        loc: Vec<serde_json::Value>,
    }
    const PARTS: [&str; 11] = [
        "connection_id",
        "conn_type",
        "description",
        "host",
        "login",
        "password",
        "schema",
        "port",
        "extra",
        "key",
        "value",
    ];
    let refusal = answer.parse::<Refusal>();
    let named = refusal.iter().flat_map(|refusal| &refusal.detail).flat_map(|detail| &detail.loc);
    let part = named
        .filter_map(serde_json::Value::as_str)
        .find_map(|name| PARTS.into_iter().find(|part| *part == name));
    part.map_or_else(|| "the entry".to_owned(), |part| format!("the field `{part}`"))
}

/// The error for an answer that Airflow does not give.
pub(crate) fn not_airflow(status: u16, operation: Operation, place: &str) -> Error {
    wrong_service(status, operation, place, "the REST API of Airflow").with_hint(
        "check `url`: it is the address of the web interface, with its base path and without `/api/v1`",
    )
}

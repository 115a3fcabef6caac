//! Findings about requests that failed.

use airbridge_airflow::Kind;
use airbridge_core::{Error, ErrorKind, Finding};

use super::text::plural;
use crate::endpoint::Endpoint;

/// The finding for a request that failed, in the check that sent it.
pub fn failure(check: &'static str, place: &str, error: &Error) -> Finding {
    let hint = error.hint().map_or_else(|| usual_hint(error.kind(), place), |hint| Some(hint.to_owned()));
    Finding::problem(check, error.to_string()).maybe_hint(hint)
}

/// The finding for names that cannot be listed. Airflow never lists, so what it reads can still be right.
pub(super) fn not_listed(endpoint: &Endpoint, kinds: &[Kind], error: &Error) -> Finding {
    let finding = failure("list", endpoint.place(), error);
    if error.kind().ends_run() {
        return finding;
    }
    let kinds: Vec<_> = kinds.iter().copied().map(plural).collect();
    let message = format!("{} cannot be listed: {}", kinds.join(", "), finding.message);
    let hint = match finding.hint {
        Some(hint) => format!("{hint}; Airflow itself never lists"),
        None => "grant the permission to list for airbridge; Airflow itself never lists".to_owned(),
    };
    Finding::problem("list", message).hint(hint)
}

/// That a service does not say what is permitted, where it has not.
pub(super) fn untold(endpoint: &Endpoint, found: &[Finding]) -> Option<Finding> {
    let is_told = found.iter().any(|finding| finding.check == "permissions");
    let has_none = matches!(endpoint.store.descriptor().backend, "file" | "-" | "env" | "airflow-db");
    (!is_told && !has_none).then(|| {
        let message =
            "listing and reading are tried; the service does not say without a write whether writing is permitted";
        Finding::ok("permissions", message)
    })
}

fn usual_hint(kind: ErrorKind, place: &str) -> Option<String> {
    Some(match kind {
        ErrorKind::PermissionDenied => format!("grant the permission that the message names, at {place}"),
        ErrorKind::Unreachable => "check the address, the proxy and the network".to_owned(),
        ErrorKind::Unauthenticated => "get new credentials, and run the command again".to_owned(),
        ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::AnswerLost => {
            "run the command again; if it stays, check the state of the service".to_owned()
        }
        _ => return None,
    })
}

//! The error codes that only this service returns.

use airbridge_backend_aws_common::{Cause, KEY_HINT, Meaning};
use airbridge_core::ErrorKind;

use super::call::Call;

/// The case that a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Absent,
    NoValue,
    Exists,
    Deleted,
    Rejected,
    BadName,
    BadValue,
    BadRequest,
    StaleCursor,
    Key,
    Quota,
    TooManyVersions,
}

/// The meaning of a code of this service; `None` for one that all services share, or that is in no table.
pub(super) fn meaning(call: Call, place: &str, code: &str, message: &str) -> Option<Meaning> {
    let verdict = verdict(call, code, message)?;
    let (cause, kind) = match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::NoValue => (Cause::NoValue, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::Deleted => (Cause::Deleted, ErrorKind::NameReserved),
        Verdict::Rejected | Verdict::BadRequest => (Cause::Rejected, ErrorKind::Unexpected),
        Verdict::BadName => (Cause::Rejected, ErrorKind::InvalidName),
        Verdict::BadValue => (Cause::Rejected, ErrorKind::InvalidPayload),
        Verdict::StaleCursor => (Cause::Other, ErrorKind::Unexpected),
        Verdict::Key => (Cause::Key, ErrorKind::PermissionDenied),
        Verdict::Quota => (Cause::Other, ErrorKind::QuotaExceeded),
        // It is a limit of this secret alone, so the other writes go on.
        Verdict::TooManyVersions => (Cause::Other, ErrorKind::Unsupported),
    };
    let quotes_service = matches!(verdict, Verdict::Rejected | Verdict::Key | Verdict::Quota);
    let hint = hint(verdict, code).map(str::to_owned);
    Some(Meaning { cause, kind, message: message_for(verdict, call, place, code), hint, quotes_service })
}

/// The table. A message is examined only where one code covers several cases.
fn verdict(call: Call, code: &str, message: &str) -> Option<Verdict> {
    let message = message.to_lowercase();
    let contains = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    Some(match code {
        // "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", "… secret version: …",
        // against "Secrets Manager can't find the specified secret."
        "ResourceNotFoundException" if contains(&["secret value for", "staging label", "secret version"]) => {
            Verdict::NoValue
        }
        "ResourceNotFoundException" => Verdict::Absent,
        "ResourceExistsException" => Verdict::Exists,
        // "… because it was marked for deletion.", "… is already scheduled for deletion."; not "can't delete …".
        "InvalidRequestException" if contains(&["delet"]) && contains(&["marked", "scheduled"]) => {
            Verdict::Deleted
        }
        "InvalidRequestException" => Verdict::Rejected,
        "ValidationException" | "InvalidParameterException" | "SerializationException" => {
            if contains(&["at 'name'", "at 'secretid'", "invalid name"]) {
                Verdict::BadName
            } else if contains(&["at 'secretstring'"]) {
                Verdict::BadValue
            } else {
                Verdict::BadRequest
            }
        }
        "InvalidNextTokenException" => Verdict::StaleCursor,
        "DecryptionFailure" | "EncryptionFailure" => Verdict::Key,
        // A resource quota, although generic lists of retryable codes contain it.
        "LimitExceededException" if call == Call::PutSecretValue => Verdict::TooManyVersions,
        "LimitExceededException" => Verdict::Quota,
        _ => return None,
    })
}

fn message_for(verdict: Verdict, call: Call, place: &str, code: &str) -> String {
    match verdict {
        Verdict::Absent => format!("{place} has no secret of this name"),
        Verdict::NoValue => format!("the secret in {place} has no such version"),
        Verdict::Exists => format!("the name already exists in {place}"),
        Verdict::Deleted => format!("the secret is scheduled for deletion in {place}"),
        Verdict::Rejected => format!("{place} rejected the request ({code})"),
        Verdict::BadName => format!("{place} rejected the name ({code})"),
        Verdict::BadValue => format!("{place} rejected the value ({code})"),
        Verdict::BadRequest => format!("{place} rejected the request {call:?} ({code})"),
        Verdict::StaleCursor => format!("the page token of the listing in {place} has expired ({code})"),
        Verdict::Key => format!("{place} cannot use the KMS key of the secret ({code})"),
        Verdict::Quota => format!("quota exceeded in {place}"),
        Verdict::TooManyVersions => format!("the secret in {place} cannot have another version ({code})"),
    }
}

fn hint(verdict: Verdict, code: &str) -> Option<&'static str> {
    Some(match verdict {
        Verdict::Key if code == "DecryptionFailure" => {
            "check that the KMS key is enabled and allows kms:Decrypt"
        }
        Verdict::Key => KEY_HINT,
        Verdict::TooManyVersions => {
            "wait a day, or write to a new name: a secret keeps about 100 versions, and the service removes none younger than 24 hours"
        }
        Verdict::Quota => {
            "delete secrets, or use another region: an account can have 500,000 secrets per region"
        }
        Verdict::StaleCursor => "run the command again",
        _ => return None,
    })
}

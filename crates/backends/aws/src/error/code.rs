//! The service's own codes, and what each means to us.

use airbridge_backend_aws_common::{Cause, KEY_HINT, Meaning};
use airbridge_core::ErrorKind;

use super::Call;

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Absent,
    NoValue,
    Exists,
    Deleted,
    Refused,
    BadName,
    BadValue,
    BadRequest,
    StaleCursor,
    Key,
    Quota,
}

/// What a code of this service means; `None` for a code that it shares with others, or that nobody here knows.
pub(super) fn meaning(call: Call, place: &str, code: &str, message: &str) -> Option<Meaning> {
    let verdict = verdict(code, message)?;
    let (cause, kind) = match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::NoValue => (Cause::NoValue, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::Deleted => (Cause::Deleted, ErrorKind::NameReserved),
        Verdict::Refused | Verdict::BadRequest => (Cause::Refused, ErrorKind::Unexpected),
        Verdict::BadName => (Cause::Refused, ErrorKind::InvalidName),
        Verdict::BadValue => (Cause::Refused, ErrorKind::InvalidPayload),
        Verdict::StaleCursor => (Cause::Other, ErrorKind::Unexpected),
        Verdict::Key => (Cause::Key, ErrorKind::PermissionDenied),
        Verdict::Quota => (Cause::Other, ErrorKind::QuotaExceeded),
    };
    let shown = matches!(verdict, Verdict::Refused | Verdict::Key | Verdict::Quota);
    let hint = hint(verdict, call, code).map(str::to_owned);
    Some(Meaning { cause, kind, sentence: sentence(verdict, call, place, code), hint, shown })
}

/// The table. A message is looked at only where one code stands for several cases.
fn verdict(code: &str, message: &str) -> Option<Verdict> {
    let message = message.to_lowercase();
    let said = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    Some(match code {
        // "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", "… secret version: …",
        // against "Secrets Manager can't find the specified secret."
        "ResourceNotFoundException" if said(&["secret value for", "staging label", "secret version"]) => {
            Verdict::NoValue
        }
        "ResourceNotFoundException" => Verdict::Absent,
        "ResourceExistsException" => Verdict::Exists,
        // "… because it was marked for deletion.", "… is already scheduled for deletion."; not "can't delete …".
        "InvalidRequestException" if said(&["delet"]) && said(&["marked", "scheduled"]) => Verdict::Deleted,
        "InvalidRequestException" => Verdict::Refused,
        "ValidationException" | "InvalidParameterException" | "SerializationException" => {
            if said(&["at 'name'", "at 'secretid'", "invalid name"]) {
                Verdict::BadName
            } else if said(&["at 'secretstring'"]) {
                Verdict::BadValue
            } else {
                Verdict::BadRequest
            }
        }
        "InvalidNextTokenException" => Verdict::StaleCursor,
        "DecryptionFailure" | "EncryptionFailure" => Verdict::Key,
        // A resource quota, although generic lists of repeatable codes have it.
        "LimitExceededException" => Verdict::Quota,
        _ => return None,
    })
}

fn sentence(verdict: Verdict, call: Call, place: &str, code: &str) -> String {
    match verdict {
        Verdict::Absent => format!("{place} has no secret of this name"),
        Verdict::NoValue => format!("the secret in {place} has no such value"),
        Verdict::Exists => format!("the name is taken in {place}"),
        Verdict::Deleted => format!("the secret is scheduled for deletion in {place}"),
        Verdict::Refused => format!("{place} refuses the request ({code})"),
        Verdict::BadName => format!("{place} does not take the name ({code})"),
        Verdict::BadValue => format!("{place} does not take the value ({code})"),
        Verdict::BadRequest => format!("{place} does not take the request {call:?} ({code})"),
        Verdict::StaleCursor => format!("{place} does not know its own cursor any more ({code})"),
        Verdict::Key => format!("{place} cannot use the KMS key of the secret ({code})"),
        Verdict::Quota => format!("a quota of {place} is used up"),
    }
}

fn hint(verdict: Verdict, call: Call, code: &str) -> Option<&'static str> {
    Some(match verdict {
        Verdict::Key if code == "DecryptionFailure" => {
            "the KMS key must be enabled and must let you use kms:Decrypt"
        }
        Verdict::Key => KEY_HINT,
        Verdict::Quota if call == Call::PutSecretValue => {
            "a secret holds about 100 versions, and none younger than 24 hours is removed; wait a day, or write a new name"
        }
        Verdict::Quota => {
            "an account holds 500,000 secrets per region; delete some, or choose another region"
        }
        Verdict::StaleCursor => "a listing has to be read without long breaks; run it again",
        _ => return None,
    })
}

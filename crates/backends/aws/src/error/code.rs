//! The service's codes, and what each means to us.

use airbridge_core::{Error, ErrorKind};

use super::{Call, Cause, Fault, shortened};

const KEY_HINT: &str =
    "the KMS key must be enabled and must let you use kms:Decrypt, and kms:GenerateDataKey to write";

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
    Denied,
    DeniedKey,
    Quota,
    TooOften,
    UnknownCall,
    Clock,
    Signature,
    Expired,
    Credentials,
    Failed,
}

/// What a failure with a code means; `None` for a code that nobody here knows.
pub(super) fn by_code(
    call: Call,
    place: &str,
    code: &str,
    message: Option<&str>,
    skew: Option<String>,
) -> Option<Fault> {
    let verdict = verdict(code, message.unwrap_or_default())?;
    let (cause, kind) = meaning(verdict, call);
    let mut sentence = sentence(verdict, call, place, code);
    if let Some(text) = message.filter(|text| may_be_shown(verdict) && !text.trim().is_empty()) {
        sentence = format!("{sentence}: {}", shortened(text));
    }
    let error = Error::new(kind, call.operation(), sentence);
    let error = match hint(verdict, call, code, skew) {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    Some(Fault::new(cause, error))
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
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" if said(&["kms"]) => {
            Verdict::DeniedKey
        }
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => Verdict::Denied,
        // A resource quota, although generic lists of repeatable codes have it.
        "LimitExceededException" => Verdict::Quota,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "SlowDown" => Verdict::TooOften,
        "UnknownOperationException" => Verdict::UnknownCall,
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => Verdict::Clock,
        "InvalidSignatureException" | "InvalidSignature" | "SignatureDoesNotMatch" => {
            if said(&["expired", "not yet current"]) { Verdict::Clock } else { Verdict::Signature }
        }
        "ExpiredTokenException" | "ExpiredToken" | "TokenRefreshRequired" => Verdict::Expired,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "AuthFailure"
        | "NotAuthorized"
        | "OptInRequired"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => Verdict::Credentials,
        "InternalServiceError"
        | "InternalServiceErrorException"
        | "InternalServerError"
        | "InternalFailure"
        | "InternalError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "RequestTimeout"
        | "RequestTimeoutException" => Verdict::Failed,
        _ => return None,
    })
}

/// What the store and its callers act on.
fn meaning(verdict: Verdict, call: Call) -> (Cause, ErrorKind) {
    match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::NoValue => (Cause::NoValue, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::Deleted => (Cause::Deleted, ErrorKind::NameReserved),
        Verdict::Refused | Verdict::BadRequest => (Cause::Refused, ErrorKind::Unexpected),
        Verdict::BadName => (Cause::Refused, ErrorKind::InvalidName),
        Verdict::BadValue => (Cause::Refused, ErrorKind::InvalidPayload),
        Verdict::StaleCursor => (Cause::Other, ErrorKind::Unexpected),
        Verdict::Key => (Cause::Key, ErrorKind::PermissionDenied),
        Verdict::Denied | Verdict::DeniedKey => (Cause::Denied, ErrorKind::PermissionDenied),
        Verdict::Quota => (Cause::Other, ErrorKind::QuotaExceeded),
        Verdict::TooOften => (Cause::Other, ErrorKind::RateLimited),
        Verdict::UnknownCall => (Cause::UnknownCall, ErrorKind::Unsupported),
        Verdict::Clock | Verdict::Signature | Verdict::Expired | Verdict::Credentials => {
            (Cause::Other, ErrorKind::Unauthenticated)
        }
        // After a fault of the service a write may have happened.
        Verdict::Failed => (Cause::Other, call.doubt()),
    }
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
        Verdict::Denied | Verdict::DeniedKey => format!("{place} does not allow secretsmanager:{call:?}"),
        Verdict::Quota => format!("a quota of {place} is used up"),
        Verdict::TooOften => format!("{place} is asked too often ({code})"),
        Verdict::UnknownCall => format!("{place} does not know {call:?}"),
        Verdict::Clock | Verdict::Signature => format!("{place} does not accept the signature ({code})"),
        Verdict::Expired | Verdict::Credentials => {
            format!("{place} does not accept the credentials ({code})")
        }
        Verdict::Failed => format!("{place} failed ({code})"),
    }
}

/// Whether the service's own words go with it: they name principals, permissions, keys and states, never a value.
fn may_be_shown(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Refused | Verdict::Key | Verdict::Denied | Verdict::DeniedKey | Verdict::Quota)
}

fn hint(verdict: Verdict, call: Call, code: &str, skew: Option<String>) -> Option<String> {
    let text = match (verdict, skew) {
        (Verdict::Clock | Verdict::Signature, Some(skew)) => {
            return Some(format!("this machine's clock is {skew}; set it right"));
        }
        (Verdict::Clock, None) => "this machine's clock is wrong; set it right",
        (Verdict::Signature, None) => {
            "the secret access key does not belong to the access key id, or the clock is wrong"
        }
        (Verdict::Expired, _) => "sign in anew (aws sso login, or new session keys), then run it again",
        (Verdict::Credentials, _) => {
            "see which keys, profile and region are used: aws sts get-caller-identity"
        }
        (Verdict::Key, _) if code == "DecryptionFailure" => {
            "the KMS key must be enabled and must let you use kms:Decrypt"
        }
        (Verdict::Key | Verdict::DeniedKey, _) => KEY_HINT,
        (Verdict::Denied, _) => {
            return Some(format!(
                "grant secretsmanager:{call:?}; the identity's policies, the secret's own and service control policies decide"
            ));
        }
        (Verdict::Quota, _) if call == Call::PutSecretValue => {
            "a secret holds about 100 versions, and none younger than 24 hours is removed; wait a day, or write a new name"
        }
        (Verdict::Quota, _) => {
            "an account holds 500,000 secrets per region; delete some, or choose another region"
        }
        (Verdict::StaleCursor, _) => "a listing has to be read without long breaks; run it again",
        (Verdict::UnknownCall, _) => {
            "check endpoint_url: it leads to something that is not all of AWS Secrets Manager"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

//! The codes that every service gives, and what each means to us.

use airbridge_core::{Error, ErrorKind};

use super::{Call, Cause, Fault, Meaning, doubt, shortened};

/// What a KMS key must allow.
pub const KEY_HINT: &str =
    "the KMS key must be enabled and must let you use kms:Decrypt, and kms:GenerateDataKey to write";

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Denied,
    DeniedKey,
    TooOften,
    UnknownCall,
    Clock,
    Signature,
    Expired,
    Credentials,
    Failed,
}

/// What a failure with a code means; `None` for a code that nobody here knows.
pub(super) fn by_code<C: Call>(
    call: C,
    place: &str,
    code: &str,
    message: Option<&str>,
    skew: Option<String>,
) -> Option<Fault> {
    let words = message.unwrap_or_default();
    let meaning = call.meaning(place, code, words).or_else(|| shared(call, place, code, words, skew))?;
    let mut sentence = meaning.sentence;
    if meaning.shown && !words.trim().is_empty() {
        sentence = format!("{sentence}: {}", shortened(words));
    }
    let error = Error::new(meaning.kind, call.operation(), sentence);
    let error = match meaning.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    Some(Fault::new(meaning.cause, error))
}

fn shared<C: Call>(call: C, place: &str, code: &str, message: &str, skew: Option<String>) -> Option<Meaning> {
    let verdict = verdict(code, message)?;
    let (cause, kind) = match verdict {
        Verdict::Denied | Verdict::DeniedKey => (Cause::Denied, ErrorKind::PermissionDenied),
        Verdict::TooOften => (Cause::Other, ErrorKind::RateLimited),
        Verdict::UnknownCall => (Cause::UnknownCall, ErrorKind::Unsupported),
        Verdict::Clock | Verdict::Signature | Verdict::Expired | Verdict::Credentials => {
            (Cause::Other, ErrorKind::Unauthenticated)
        }
        // After a fault of the service a write may have happened.
        Verdict::Failed => (Cause::Other, doubt(call)),
    };
    let shown = matches!(verdict, Verdict::Denied | Verdict::DeniedKey);
    let sentence = sentence(verdict, call, place, code);
    Some(Meaning { cause, kind, sentence, hint: hint(verdict, call, skew), shown })
}

/// The table. A message is looked at only where one code stands for several cases.
fn verdict(code: &str, message: &str) -> Option<Verdict> {
    let message = message.to_lowercase();
    let said = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    Some(match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" if said(&["kms"]) => {
            Verdict::DeniedKey
        }
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => Verdict::Denied,
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

fn sentence<C: Call>(verdict: Verdict, call: C, place: &str, code: &str) -> String {
    match verdict {
        Verdict::Denied | Verdict::DeniedKey => {
            format!("{place} does not allow {}:{call:?}", C::SERVICE.permissions)
        }
        Verdict::TooOften => format!("{place} is asked too often ({code})"),
        Verdict::UnknownCall => format!("{place} does not know {call:?}"),
        Verdict::Clock | Verdict::Signature => format!("{place} does not accept the signature ({code})"),
        Verdict::Expired | Verdict::Credentials => {
            format!("{place} does not accept the credentials ({code})")
        }
        Verdict::Failed => format!("{place} failed ({code})"),
    }
}

fn hint<C: Call>(verdict: Verdict, call: C, skew: Option<String>) -> Option<String> {
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
        (Verdict::DeniedKey, _) => KEY_HINT,
        (Verdict::Denied, _) => {
            return Some(format!(
                "grant {}:{call:?}; the identity's policies, the secret's own and service control policies decide",
                C::SERVICE.permissions
            ));
        }
        (Verdict::UnknownCall, _) => {
            return Some(format!(
                "check endpoint_url: it leads to something that is not all of {}",
                C::SERVICE.name
            ));
        }
        _ => return None,
    };
    Some(text.to_owned())
}

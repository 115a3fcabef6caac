//! The error codes that every AWS service returns.

use airbridge_core::{Error, ErrorKind};
use airbridge_http::safe_text;

use super::call::{Call, Cause, Fault, Meaning, unknown_outcome};

/// What a KMS key must allow.
pub const KEY_HINT: &str =
    "check that the KMS key is enabled and allows kms:Decrypt, and kms:GenerateDataKey to write";

/// The case that a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Denied,
    DeniedKey,
    RateLimited,
    UnknownCall,
    Clock,
    Signature,
    Expired,
    Credentials,
    Failed,
}

/// Classifies a failure by its code; `None` for a code that is in no table.
pub(super) fn by_code<C: Call>(
    call: C,
    place: &str,
    code: &str,
    words: Option<&str>,
    skew: Option<String>,
) -> Option<Fault> {
    let words = words.unwrap_or_default();
    let meaning = call.meaning(place, code, words).or_else(|| shared(call, place, code, words, skew))?;
    // A server or gateway that repeats the request would repeat its value.
    let shown = meaning.quotes_service && !call.carries_value();
    let words = if shown { safe_text(words) } else { String::new() };
    let error = Error::new(meaning.kind, call.operation(), meaning.message).with_words(&words);
    let error = match meaning.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    Some(Fault::new(meaning.cause, error))
}

fn shared<C: Call>(call: C, place: &str, code: &str, words: &str, skew: Option<String>) -> Option<Meaning> {
    let verdict = verdict(code, words)?;
    let (cause, kind) = match verdict {
        Verdict::Denied | Verdict::DeniedKey => (Cause::Denied, ErrorKind::PermissionDenied),
        Verdict::RateLimited => (Cause::Other, ErrorKind::RateLimited),
        Verdict::UnknownCall => (Cause::UnknownCall, ErrorKind::Unsupported),
        Verdict::Clock | Verdict::Signature | Verdict::Expired | Verdict::Credentials => {
            (Cause::Other, ErrorKind::Unauthenticated)
        }
        // The service may have carried out a write before it failed.
        Verdict::Failed => (Cause::Other, unknown_outcome(call)),
    };
    let quotes_service = matches!(verdict, Verdict::Denied | Verdict::DeniedKey);
    let message = message(verdict, call, place, code);
    Some(Meaning { cause, kind, message, hint: hint(verdict, call, skew), quotes_service })
}

/// The table. The service's words are examined only where one code covers several cases.
fn verdict(code: &str, words: &str) -> Option<Verdict> {
    let words = words.to_lowercase();
    let contains = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    Some(match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" if contains(&["kms"]) => {
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
        | "SlowDown" => Verdict::RateLimited,
        "UnknownOperationException" => Verdict::UnknownCall,
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => Verdict::Clock,
        "InvalidSignatureException" | "InvalidSignature" | "SignatureDoesNotMatch" => {
            if contains(&["expired", "not yet current"]) { Verdict::Clock } else { Verdict::Signature }
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

fn message<C: Call>(verdict: Verdict, call: C, place: &str, code: &str) -> String {
    match verdict {
        Verdict::Denied | Verdict::DeniedKey => {
            format!("{place} does not allow {}:{call:?}", C::SERVICE.permissions)
        }
        Verdict::RateLimited => format!("{place} rejected the request: rate limit exceeded ({code})"),
        Verdict::UnknownCall => format!("{place} does not support {call:?}"),
        Verdict::Clock | Verdict::Signature => format!("{place} rejected the signature ({code})"),
        Verdict::Expired | Verdict::Credentials => format!("{place} rejected the credentials ({code})"),
        Verdict::Failed => format!("{place} failed ({code})"),
    }
}

fn hint<C: Call>(verdict: Verdict, call: C, skew: Option<String>) -> Option<String> {
    let hint = match (verdict, skew) {
        (Verdict::Clock | Verdict::Signature, Some(skew)) => {
            return Some(format!("correct the clock of this machine, which is {skew}"));
        }
        (Verdict::Clock, None) => "correct the clock of this machine",
        (Verdict::Signature, None) => {
            "check that the secret access key belongs to the access key id, and the clock of this machine"
        }
        (Verdict::Expired, _) => "sign in again, for example with `aws sso login`, and run the command again",
        (Verdict::Credentials, _) => {
            "run `aws sts get-caller-identity` to see which key, profile and region are used"
        }
        (Verdict::DeniedKey, _) => KEY_HINT,
        (Verdict::Denied, _) => {
            return Some(format!(
                "grant {}:{call:?} in the identity's or the secret's policy, and check service control policies",
                C::SERVICE.permissions
            ));
        }
        (Verdict::UnknownCall, _) => {
            return Some(format!(
                "check `endpoint_url`: the server there does not implement all of {}",
                C::SERVICE.name
            ));
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

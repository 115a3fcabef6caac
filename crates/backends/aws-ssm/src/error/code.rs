//! The service's own codes, and what each means to us.

use airbridge_backend_aws_common::{Cause, Meaning};
use airbridge_core::ErrorKind;

use super::Call;

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Absent,
    Exists,
    OtherType,
    BadName,
    BadValue,
    TooLarge,
    Reference,
    Pattern,
    Downgrade,
    BadRequest,
    StaleCursor,
    Key,
    Busy,
    TooMany,
    TooManyVersions,
}

/// What a code of this service means; `None` for a code that it shares with others, or that nobody here knows.
pub(super) fn meaning(call: Call, place: &str, code: &str, message: &str) -> Option<Meaning> {
    let verdict = verdict(code, message)?;
    let (cause, kind) = match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::OtherType => (Cause::Refused, ErrorKind::Unsupported),
        Verdict::BadName => (Cause::Refused, ErrorKind::InvalidName),
        Verdict::BadValue | Verdict::TooLarge | Verdict::Reference | Verdict::Pattern => {
            (Cause::Refused, ErrorKind::InvalidPayload)
        }
        Verdict::Downgrade | Verdict::BadRequest => (Cause::Refused, ErrorKind::Unexpected),
        Verdict::StaleCursor => (Cause::Other, ErrorKind::Unexpected),
        Verdict::Key => (Cause::Key, ErrorKind::PermissionDenied),
        Verdict::Busy => (Cause::Other, ErrorKind::Unavailable),
        Verdict::TooMany | Verdict::TooManyVersions => (Cause::Other, ErrorKind::QuotaExceeded),
    };
    // The others may quote what was sent.
    let shown = matches!(verdict, Verdict::Key | Verdict::TooMany | Verdict::TooManyVersions);
    let hint = hint(verdict).map(str::to_owned);
    Some(Meaning { cause, kind, sentence: sentence(verdict, call, place, code), hint, shown })
}

/// The table. A message is looked at only where one code stands for several cases.
fn verdict(code: &str, message: &str) -> Option<Verdict> {
    let message = message.to_lowercase();
    let said = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    Some(match code {
        "ParameterNotFound" | "ParameterVersionNotFound" | "InvalidResourceId" => Verdict::Absent,
        "ParameterAlreadyExists" => Verdict::Exists,
        "HierarchyTypeMismatchException" => Verdict::OtherType,
        "HierarchyLevelLimitExceededException" => Verdict::BadName,
        "ParameterPatternMismatchException" => Verdict::Pattern,
        "InvalidKeyId" => Verdict::Key,
        // "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you
        // are not allowed to access.", or a denied permission of the key's.
        "AccessDeniedException" if said(&["kms", "ciphertext"]) => Verdict::Key,
        "InvalidNextToken" => Verdict::StaleCursor,
        "TooManyUpdates" => Verdict::Busy,
        "ParameterLimitExceeded" => Verdict::TooMany,
        "ParameterMaxVersionLimitExceeded" => Verdict::TooManyVersions,
        // "You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier."
        "ValidationException" if said(&["downgrade"]) => Verdict::Downgrade,
        // "Standard tier parameters support a maximum parameter value of 4096 characters. …"
        "ValidationException" if said(&["maximum parameter value"]) => Verdict::TooLarge,
        // "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value: …"
        "ValidationException" if said(&["nest another parameter", "{{}}"]) => Verdict::Reference,
        "ValidationException" if said(&["at 'value'"]) => Verdict::BadValue,
        "ValidationException" if said(&["parameter name", "at 'name'"]) => Verdict::BadName,
        "ValidationException" | "SerializationException" | "UnsupportedParameterType" => Verdict::BadRequest,
        _ => return None,
    })
}

fn sentence(verdict: Verdict, call: Call, place: &str, code: &str) -> String {
    match verdict {
        Verdict::Absent => format!("{place} has no parameter of this name"),
        Verdict::Exists => format!("the name is taken in {place}"),
        Verdict::OtherType => format!("the parameter in {place} is no SecureString ({code})"),
        Verdict::BadName => format!("{place} does not take the name ({code})"),
        Verdict::BadValue => format!("{place} does not take the value ({code})"),
        Verdict::TooLarge => format!("the value is too large for its tier in {place} ({code})"),
        Verdict::Reference => {
            format!("{place} takes {{{{ … }}}} for the name of another parameter, and refuses it")
        }
        Verdict::Pattern => format!("the parameter's AllowedPattern in {place} refuses the value"),
        Verdict::Downgrade => format!("the parameter in {place} is in the advanced tier ({code})"),
        Verdict::BadRequest => format!("{place} does not take the request {call:?} ({code})"),
        Verdict::StaleCursor => format!("{place} does not know its own cursor any more ({code})"),
        Verdict::Key => format!("{place} cannot use the KMS key ({code})"),
        Verdict::Busy => format!("the parameter is being changed by somebody else in {place} ({code})"),
        Verdict::TooMany => format!("{place} has no room for another parameter"),
        Verdict::TooManyVersions => format!("{place} has no room for another version of the parameter"),
    }
}

fn hint(verdict: Verdict) -> Option<&'static str> {
    Some(match verdict {
        Verdict::OtherType => super::TYPE_HINT,
        Verdict::TooLarge => "tier=advanced takes up to 8,192 bytes, for a charge",
        Verdict::Pattern => "change the pattern, or the value",
        Verdict::Downgrade => "the service knows no way back: write it with tier=advanced",
        Verdict::StaleCursor => "a listing has to be read without long breaks; run it again",
        Verdict::Key => {
            "the KMS key must be enabled and must let you use kms:Decrypt, and to write kms:Encrypt and kms:GenerateDataKey"
        }
        Verdict::TooMany => {
            "an account holds 10,000 standard parameters per region; delete some, or choose tier=advanced, for a charge"
        }
        Verdict::TooManyVersions => {
            "of 100 versions the oldest has a label, so that it cannot go; take it away (aws ssm unlabel-parameter-version)"
        }
        _ => return None,
    })
}

//! The error codes that only this service returns.

use airbridge_backend_aws_common::{Cause, Meaning};
use airbridge_core::ErrorKind;

use super::call::Call;

/// What to do about a parameter that is not encrypted.
pub(crate) const TYPE_HINT: &str = "delete the parameter, wait 30 seconds and run the command again: airbridge only \
                                    writes SecureString, and the service may reject a change of type";

/// The case that a code stands for.
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

/// The meaning of a code of this service; `None` for one that all services share, or that is in no table.
pub(super) fn meaning(call: Call, place: &str, code: &str, message: &str) -> Option<Meaning> {
    let verdict = verdict(code, message)?;
    let (cause, kind) = match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::OtherType => (Cause::Rejected, ErrorKind::Unsupported),
        Verdict::BadName => (Cause::Rejected, ErrorKind::InvalidName),
        Verdict::BadValue | Verdict::TooLarge | Verdict::Reference | Verdict::Pattern => {
            (Cause::Rejected, ErrorKind::InvalidPayload)
        }
        Verdict::Downgrade | Verdict::BadRequest => (Cause::Rejected, ErrorKind::Unexpected),
        Verdict::StaleCursor => (Cause::Other, ErrorKind::Unexpected),
        Verdict::Key => (Cause::Key, ErrorKind::PermissionDenied),
        Verdict::Busy => (Cause::Other, ErrorKind::Unavailable),
        Verdict::TooMany => (Cause::Other, ErrorKind::QuotaExceeded),
        // It is a limit of this parameter alone, so the other writes go on.
        Verdict::TooManyVersions => (Cause::Other, ErrorKind::Unsupported),
    };
    // For other codes the service's words may quote what was sent.
    let quotes_service = matches!(verdict, Verdict::Key | Verdict::TooMany | Verdict::TooManyVersions);
    let hint = hint(verdict).map(str::to_owned);
    Some(Meaning { cause, kind, message: message_for(verdict, call, place, code), hint, quotes_service })
}

/// The table. A message is examined only where one code covers several cases.
fn verdict(code: &str, message: &str) -> Option<Verdict> {
    let message = message.to_lowercase();
    let contains = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    Some(match code {
        "ParameterNotFound" | "ParameterVersionNotFound" | "InvalidResourceId" => Verdict::Absent,
        "ParameterAlreadyExists" => Verdict::Exists,
        "HierarchyTypeMismatchException" => Verdict::OtherType,
        "HierarchyLevelLimitExceededException" => Verdict::BadName,
        "ParameterPatternMismatchException" => Verdict::Pattern,
        "InvalidKeyId" => Verdict::Key,
        // "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you
        // are not allowed to access.", or a denied permission of the key's.
        "AccessDeniedException" if contains(&["kms", "ciphertext"]) => Verdict::Key,
        "InvalidNextToken" => Verdict::StaleCursor,
        "TooManyUpdates" => Verdict::Busy,
        "ParameterLimitExceeded" => Verdict::TooMany,
        "ParameterMaxVersionLimitExceeded" => Verdict::TooManyVersions,
        // "You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier."
        "ValidationException" if contains(&["downgrade"]) => Verdict::Downgrade,
        // "Standard tier parameters support a maximum parameter value of 4096 characters. …"
        "ValidationException" if contains(&["maximum parameter value"]) => Verdict::TooLarge,
        // "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value: …"
        "ValidationException" if contains(&["nest another parameter", "{{}}"]) => Verdict::Reference,
        "ValidationException" if contains(&["at 'value'"]) => Verdict::BadValue,
        "ValidationException" if contains(&["parameter name", "at 'name'"]) => Verdict::BadName,
        "ValidationException" | "SerializationException" | "UnsupportedParameterType" => Verdict::BadRequest,
        _ => return None,
    })
}

fn message_for(verdict: Verdict, call: Call, place: &str, code: &str) -> String {
    match verdict {
        Verdict::Absent => format!("{place} has no parameter of this name"),
        Verdict::Exists => format!("the name already exists in {place}"),
        Verdict::OtherType => format!("the parameter in {place} is not a SecureString ({code})"),
        Verdict::BadName => format!("{place} rejected the name ({code})"),
        Verdict::BadValue => format!("{place} rejected the value ({code})"),
        Verdict::TooLarge => format!("the value is too large for its tier in {place} ({code})"),
        Verdict::Reference => {
            format!(
                "{place} rejected {{{{ … }}}} in the value: it reads that as a reference to another parameter"
            )
        }
        Verdict::Pattern => {
            format!("the value does not match the AllowedPattern of the parameter in {place}")
        }
        Verdict::Downgrade => format!("the parameter in {place} is in the advanced tier ({code})"),
        Verdict::BadRequest => format!("{place} rejected the request {call:?} ({code})"),
        Verdict::StaleCursor => format!("the page token of the listing in {place} has expired ({code})"),
        Verdict::Key => format!("{place} cannot use the KMS key ({code})"),
        Verdict::Busy => format!("another process is changing the parameter in {place} ({code})"),
        Verdict::TooMany => format!("quota exceeded in {place}: no further parameter can be created"),
        Verdict::TooManyVersions => {
            format!("the parameter in {place} cannot have another version ({code})")
        }
    }
}

fn hint(verdict: Verdict) -> Option<&'static str> {
    Some(match verdict {
        Verdict::OtherType => TYPE_HINT,
        Verdict::TooLarge => "set `tier=advanced`, which allows 8,192 bytes for a charge",
        Verdict::Pattern => "change the AllowedPattern of the parameter, or the value",
        Verdict::Downgrade => {
            "set `tier=advanced`: the service cannot move a parameter back to the standard tier"
        }
        Verdict::StaleCursor => "run the command again",
        Verdict::Key => {
            "check that the KMS key is enabled and allows kms:Decrypt, and kms:Encrypt and kms:GenerateDataKey to write"
        }
        Verdict::TooMany => {
            "delete parameters, or set `tier=advanced` for a charge: an account can have 10,000 standard parameters per region"
        }
        Verdict::TooManyVersions => {
            "remove the label of the oldest version with `aws ssm unlabel-parameter-version`: the service keeps 100 versions and never removes a labelled one"
        }
        _ => return None,
    })
}

//! Error responses of the service: what a code, a reason and a message mean.

use airbridge_core::{Error, ErrorKind};
use airbridge_http::{is_safe_word, safe_text};
use google_cloud_gax::error::rpc::{Code, Status, StatusDetails};

use super::call::Call;
use super::fault::{Cause, Fault};
use crate::place::Place;
use crate::version_state::VersionState;

/// The cases that responses are sorted into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Absent,
    NoPlace,
    Exists,
    State,
    Changed,
    BadName,
    BadValue,
    BadRequest,
    WrongEndpoint,
    Policy,
    Key,
    ServiceOff,
    Billing,
    NoProject,
    QuotaProject,
    Scope,
    Perimeter,
    Denied,
    Credentials,
    TooOften,
    UnknownCall,
    Failed,
    Unknown,
}

/// What a response in Google's error model means. `http` is its status, if it came over HTTP.
pub(super) fn fault(call: Call, place: &Place, status: &Status, http: Option<u16>) -> Fault {
    let code = code(status, http);
    let reason = reason(status).unwrap_or_default();
    let verdict = verdict(call, code, reason, &status.message);
    let (cause, kind) = meaning(verdict, call);
    let word = if is_safe_word(reason) { reason } else { code.name() };
    // A server or gateway that repeats the request would repeat the value of a write.
    let shown = shows_message(verdict) && call != Call::AddSecretVersion;
    let words = if shown { safe_text(&status.message) } else { String::new() };
    let text = message(verdict, call, &place.text(), word);
    let error = Error::new(kind, call.operation(), text).with_words(&words);
    let error = match hint(verdict, call, place) {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    match cause {
        Cause::State(_) => Fault::new(Cause::State(state(&status.message)), error),
        cause => Fault::new(cause, error),
    }
}

/// The code of the response, or the one that its HTTP status implies if the response has no known code.
fn code(status: &Status, http: Option<u16>) -> Code {
    match (status.code, http) {
        (Code::Unknown, Some(http)) => match http {
            400 => Code::InvalidArgument,
            401 => Code::Unauthenticated,
            403 => Code::PermissionDenied,
            404 => Code::NotFound,
            409 => Code::Aborted,
            429 => Code::ResourceExhausted,
            501 => Code::Unimplemented,
            503 => Code::Unavailable,
            504 => Code::DeadlineExceeded,
            _ => Code::Unknown,
        },
        (code, _) => code,
    }
}

fn reason(status: &Status) -> Option<&str> {
    status.details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info.reason.as_str()),
        _ => None,
    })
}

/// The case of a response.
fn verdict(call: Call, code: Code, reason: &str, message: &str) -> Verdict {
    let message = message.to_lowercase();
    let has_any = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    match code {
        // These calls name nothing but the project and the location, so one of the two is missing.
        Code::NotFound if matches!(call, Call::ListSecrets | Call::CreateSecret) => Verdict::NoPlace,
        Code::NotFound => Verdict::Absent,
        Code::AlreadyExists => Verdict::Exists,
        Code::FailedPrecondition if has_any(&["constraints/", "organization policy", "org policy"]) => {
            Verdict::Policy
        }
        Code::FailedPrecondition
            if has_any(&["kms", "cryptokey"]) && state(&message) == VersionState::Unknown =>
        {
            Verdict::Key
        }
        Code::FailedPrecondition => Verdict::State,
        Code::Aborted => Verdict::Changed,
        Code::InvalidArgument if has_any(&["endpoint", "location"]) => Verdict::WrongEndpoint,
        Code::InvalidArgument if call == Call::AddSecretVersion => Verdict::BadValue,
        Code::InvalidArgument if call != Call::ListSecrets && has_any(&["secret_id", "secretid", "name"]) => {
            Verdict::BadName
        }
        Code::InvalidArgument | Code::OutOfRange => Verdict::BadRequest,
        Code::PermissionDenied => denied(reason, &message),
        Code::Unauthenticated => Verdict::Credentials,
        Code::ResourceExhausted => Verdict::TooOften,
        Code::Unimplemented => Verdict::UnknownCall,
        Code::Unavailable | Code::Internal | Code::DeadlineExceeded | Code::DataLoss | Code::Cancelled => {
            Verdict::Failed
        }
        Code::Unknown => Verdict::Failed,
        _ => Verdict::Unknown,
    }
}

/// The case of a "permission denied". Often the reason is not a missing permission:
/// <https://cloud.google.com/apis/docs/troubleshooting> lists the reasons.
fn denied(reason: &str, message: &str) -> Verdict {
    match reason {
        "SERVICE_DISABLED" => Verdict::ServiceOff,
        "BILLING_DISABLED" => Verdict::Billing,
        "CONSUMER_INVALID" | "CONSUMER_SUSPENDED" => Verdict::NoProject,
        "USER_PROJECT_DENIED" => Verdict::QuotaProject,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => Verdict::Scope,
        "SECURITY_POLICY_VIOLATED" => Verdict::Perimeter,
        // Messages of responses without a reason, which older services send.
        _ if message.contains("requires a quota project") => Verdict::QuotaProject,
        _ if message.contains("insufficient authentication scopes") => Verdict::Scope,
        _ if message.contains("cryptokeyversions") || message.contains("cloudkms") => Verdict::Key,
        _ => Verdict::Denied,
    }
}

/// The state in a message like `Secret Version [projects/1/secrets/x/versions/2] is in DISABLED state.`
///
/// Only the part after the name is searched, because a name may contain the same words.
fn state(message: &str) -> VersionState {
    let after_name = message.rsplit(']').next().unwrap_or_default().to_lowercase();
    if after_name.contains("disabled") {
        VersionState::Disabled
    } else if after_name.contains("destroyed") {
        VersionState::Destroyed
    } else {
        VersionState::Unknown
    }
}

fn meaning(verdict: Verdict, call: Call) -> (Cause, ErrorKind) {
    match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::State => (Cause::State(VersionState::Unknown), ErrorKind::Unexpected),
        // Another call changed the secret at the same time, and this one was not executed.
        Verdict::Changed => (Cause::Changed, ErrorKind::Unavailable),
        Verdict::BadName => (Cause::Other, ErrorKind::InvalidName),
        Verdict::BadValue => (Cause::Other, ErrorKind::InvalidPayload),
        Verdict::BadRequest | Verdict::Unknown => (Cause::Other, ErrorKind::Unexpected),
        Verdict::Key | Verdict::Perimeter => (Cause::Other, ErrorKind::PermissionDenied),
        Verdict::Denied => (Cause::Denied, ErrorKind::PermissionDenied),
        Verdict::Scope | Verdict::Credentials => (Cause::Other, ErrorKind::Unauthenticated),
        Verdict::TooOften => (Cause::Other, ErrorKind::RateLimited),
        Verdict::UnknownCall => (Cause::Other, ErrorKind::Unsupported),
        Verdict::NoPlace
        | Verdict::WrongEndpoint
        | Verdict::Policy
        | Verdict::ServiceOff
        | Verdict::Billing
        | Verdict::NoProject
        | Verdict::QuotaProject => (Cause::Other, ErrorKind::Config),
        // A write may have been executed before the service failed.
        Verdict::Failed => (Cause::Other, call.kind_once_sent()),
    }
}

fn message(verdict: Verdict, call: Call, place: &str, word: &str) -> String {
    match verdict {
        Verdict::Absent => format!("no such secret or version in {place}"),
        Verdict::NoPlace | Verdict::NoProject => format!("no such project or location: {place} ({word})"),
        Verdict::Exists => format!("the name already exists in {place}"),
        Verdict::State => format!("the state of the secret in {place} does not allow {call:?}"),
        Verdict::Changed => format!("another client is changing the secret in {place}"),
        Verdict::BadName => format!("{place} rejects the name ({word})"),
        Verdict::BadValue => format!("{place} rejects the value ({word})"),
        Verdict::BadRequest => format!("{place} rejects the request {call:?} ({word})"),
        Verdict::WrongEndpoint => {
            format!("the address of {place} does not serve secrets of this location ({word})")
        }
        Verdict::Policy => format!("an organization policy does not allow {call:?} in {place}"),
        Verdict::Key => format!("{place} cannot use the KMS key of the secret"),
        Verdict::ServiceOff => format!("the Secret Manager API is not enabled in {place}"),
        Verdict::Billing => format!("billing is not enabled in {place}"),
        Verdict::QuotaProject => format!("the credentials have no quota project for requests to {place}"),
        Verdict::Scope => format!("the scopes of the credentials do not include {place}"),
        Verdict::Perimeter => format!("a service perimeter (VPC Service Controls) blocks access to {place}"),
        Verdict::Denied => format!("{place} denies {}", call.permission()),
        Verdict::Credentials => format!("{place} rejects the credentials ({word})"),
        Verdict::TooOften => format!("{place} rejected the request: rate limit exceeded ({word})"),
        Verdict::UnknownCall => format!("{place} does not support {call:?}"),
        Verdict::Failed => format!("{place} failed ({word})"),
        Verdict::Unknown => format!("unexpected response of {place} to {call:?}: {word}"),
    }
}

/// Whether the service's message is shown: it is about principals, permissions, keys or states, never about a value.
fn shows_message(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::State
            | Verdict::Policy
            | Verdict::Key
            | Verdict::Denied
            | Verdict::Perimeter
            | Verdict::NoProject
    )
}

fn hint(verdict: Verdict, call: Call, place: &Place) -> Option<String> {
    let project = place.project();
    let text = match verdict {
        Verdict::NoPlace | Verdict::NoProject => "check `project_id`, `location` and `endpoint_url`",
        Verdict::WrongEndpoint => {
            "set `location` for regional secrets and leave it out for global ones; `endpoint_url` must be of the same location"
        }
        Verdict::Policy => {
            "if the policy restricts locations, set `locations` to allowed ones (locations=europe-west1), or `location` for regional secrets"
        }
        Verdict::Key => {
            "enable the key, and grant roles/cloudkms.cryptoKeyEncrypterDecrypter on it to the Secret Manager service agent"
        }
        Verdict::ServiceOff => {
            return Some(format!(
                "enable it: gcloud services enable secretmanager.googleapis.com --project {project}"
            ));
        }
        Verdict::Billing => "link a billing account to the project",
        Verdict::QuotaProject => {
            return Some(format!(
                "run `gcloud auth application-default set-quota-project {project}`, or set \
                 GOOGLE_CLOUD_QUOTA_PROJECT={project}; it requires roles/serviceusage.serviceUsageConsumer there"
            ));
        }
        Verdict::Scope => {
            "check `gcp_scopes`; on a Google Cloud machine, add the scope cloud-platform to the machine or set `gcp_key_path`"
        }
        Verdict::Perimeter => {
            "run airbridge inside the perimeter, or ask for an access level for this machine"
        }
        Verdict::Denied => return Some(format!("grant {}: {}", call.permission(), role(call))),
        Verdict::Credentials => {
            "run `gcloud auth application-default login`, or check the key file and this machine's clock"
        }
        Verdict::UnknownCall => {
            "check `endpoint_url`: the server there supports only a part of Google Secret Manager"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn role(call: Call) -> &'static str {
    match call {
        Call::AccessSecretVersion => "roles/secretmanager.secretAccessor includes it",
        Call::ListSecrets | Call::GetSecret | Call::GetSecretVersion => {
            "roles/secretmanager.viewer includes it"
        }
        Call::AddSecretVersion => "roles/secretmanager.secretVersionAdder includes it",
        Call::CreateSecret | Call::UpdateSecret | Call::DeleteSecret => {
            "of the predefined roles, only roles/secretmanager.admin includes it; a custom role is better"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::state;
    use crate::version_state::VersionState;

    #[test]
    fn state_is_found_after_the_name_only() {
        let message = |name: &str, state: &str| {
            format!("Secret Version [projects/1/secrets/{name}/versions/2] is in {state} state.")
        };
        assert_eq!(state(&message("x", "DISABLED")), VersionState::Disabled);
        assert_eq!(state(&message("DISABLED", "DESTROYED")), VersionState::Destroyed);
        assert_eq!(state(&message("DISABLED", "another")), VersionState::Unknown);
        assert_eq!(state(""), VersionState::Unknown);
    }
}

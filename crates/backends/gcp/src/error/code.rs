//! The service's codes and reasons, and what each means to us.

use airbridge_core::{Error, ErrorKind};
use google_cloud_gax::error::rpc::{Code, Status, StatusDetails};

use super::{Call, Cause, Fault, is_plain, shortened};
use crate::client::VersionState;
use crate::place::Place;

/// What an answer says.
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

/// What an answer in Google's error model means. `http` is the status that it came with.
pub(super) fn answered(call: Call, place: &Place, status: &Status, http: Option<u16>) -> Fault {
    let code = code(status, http);
    let reason = reason(status).unwrap_or_default();
    let verdict = verdict(call, code, reason, &status.message);
    let (cause, kind) = meaning(verdict, call);
    let word = if is_plain(reason) { reason } else { code.name() };
    let mut sentence = sentence(verdict, call, &place.text(), word);
    if may_be_shown(verdict) && !status.message.trim().is_empty() {
        sentence = format!("{sentence}: {}", shortened(&status.message));
    }
    let error = Error::new(kind, call.operation(), sentence);
    let error = match hint(verdict, call, place) {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    Fault { state: state(&status.message), ..Fault::new(cause, error) }
}

/// The code; where the answer has none that is known, the one that its HTTP status stands for.
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

/// The table.
fn verdict(call: Call, code: Code, reason: &str, message: &str) -> Verdict {
    let message = message.to_lowercase();
    let said = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    match code {
        // Containers are found in a place, so nothing but the place can be missing.
        Code::NotFound if matches!(call, Call::ListSecrets | Call::CreateSecret) => Verdict::NoPlace,
        Code::NotFound => Verdict::Absent,
        Code::AlreadyExists => Verdict::Exists,
        Code::FailedPrecondition if said(&["constraints/", "organization policy", "org policy"]) => {
            Verdict::Policy
        }
        Code::FailedPrecondition
            if said(&["kms", "cryptokey"]) && state(&message) == VersionState::Unknown =>
        {
            Verdict::Key
        }
        Code::FailedPrecondition => Verdict::State,
        Code::Aborted => Verdict::Changed,
        Code::InvalidArgument if said(&["endpoint", "location"]) => Verdict::WrongEndpoint,
        Code::InvalidArgument if call == Call::AddSecretVersion => Verdict::BadValue,
        Code::InvalidArgument if call != Call::ListSecrets && said(&["secret_id", "secretid", "name"]) => {
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

/// A refusal is often not about who we are: <https://cloud.google.com/apis/docs/troubleshooting> lists the reasons.
fn denied(reason: &str, message: &str) -> Verdict {
    match reason {
        "SERVICE_DISABLED" => Verdict::ServiceOff,
        "BILLING_DISABLED" => Verdict::Billing,
        "CONSUMER_INVALID" | "CONSUMER_SUSPENDED" => Verdict::NoProject,
        "USER_PROJECT_DENIED" => Verdict::QuotaProject,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => Verdict::Scope,
        "SECURITY_POLICY_VIOLATED" => Verdict::Perimeter,
        // Texts of answers from before there were reasons.
        _ if message.contains("requires a quota project") => Verdict::QuotaProject,
        _ if message.contains("insufficient authentication scopes") => Verdict::Scope,
        _ if message.contains("cryptokeyversions") || message.contains("cloudkms") => Verdict::Key,
        _ => Verdict::Denied,
    }
}

/// The state in a text like `Secret Version [projects/1/secrets/x/versions/2] is in DISABLED state.`
///
/// Only behind the name, for a name may hold the same words.
fn state(message: &str) -> VersionState {
    let behind = message.rsplit(']').next().unwrap_or_default().to_lowercase();
    if behind.contains("disabled") {
        VersionState::Disabled
    } else if behind.contains("destroyed") {
        VersionState::Destroyed
    } else {
        VersionState::Unknown
    }
}

fn meaning(verdict: Verdict, call: Call) -> (Cause, ErrorKind) {
    match verdict {
        Verdict::Absent => (Cause::Absent, ErrorKind::NotFound),
        Verdict::Exists => (Cause::Exists, ErrorKind::AlreadyExists),
        Verdict::State => (Cause::State, ErrorKind::Unexpected),
        // Two calls met, and this one was not carried out.
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
        // After a fault of the service a write may have happened.
        Verdict::Failed => (Cause::Other, call.doubt()),
    }
}

fn sentence(verdict: Verdict, call: Call, place: &str, word: &str) -> String {
    match verdict {
        Verdict::Absent => format!("{place} has no such secret or version"),
        Verdict::NoPlace | Verdict::NoProject => format!("there is no {place} ({word})"),
        Verdict::Exists => format!("the name is taken in {place}"),
        Verdict::State => format!("the state of the secret in {place} forbids {call:?}"),
        Verdict::Changed => format!("two changes of the secret in {place} met"),
        Verdict::BadName => format!("{place} does not take the name ({word})"),
        Verdict::BadValue => format!("{place} does not take the value ({word})"),
        Verdict::BadRequest => format!("{place} does not take the request {call:?} ({word})"),
        Verdict::WrongEndpoint => format!("{place} does not serve secrets of this location ({word})"),
        Verdict::Policy => format!("a policy of the organisation forbids {call:?} in {place}"),
        Verdict::Key => format!("{place} cannot use the KMS key of the secret"),
        Verdict::ServiceOff => format!("Secret Manager is not switched on in {place}"),
        Verdict::Billing => format!("billing is not switched on in {place}"),
        Verdict::QuotaProject => format!("the credentials name no project that pays for calls to {place}"),
        Verdict::Scope => format!("the credentials are not meant for {place}: their scopes do not suffice"),
        Verdict::Perimeter => format!("a service perimeter (VPC Service Controls) keeps us out of {place}"),
        Verdict::Denied => format!("{place} does not allow {}", call.permission()),
        Verdict::Credentials => format!("{place} does not accept the credentials ({word})"),
        Verdict::TooOften => format!("{place} is asked too often ({word})"),
        Verdict::UnknownCall => format!("{place} does not know {call:?}"),
        Verdict::Failed => format!("{place} failed ({word})"),
        Verdict::Unknown => format!("{place} answers {call:?} with {word}"),
    }
}

/// Whether the service's own words go with it: they name principals, permissions, keys and states, never a value.
fn may_be_shown(verdict: Verdict) -> bool {
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
        Verdict::NoPlace | Verdict::NoProject => "check project_id, location and endpoint_url",
        Verdict::WrongEndpoint => {
            "regional secrets need location=…, global ones none; and endpoint_url must be of the same location"
        }
        Verdict::Policy => {
            "if it is about locations, name those that are allowed: locations=europe-west1 (or location=… for regional secrets)"
        }
        Verdict::Key => {
            "the key must be enabled, and the service's own account must have roles/cloudkms.cryptoKeyEncrypterDecrypter on it"
        }
        Verdict::ServiceOff => {
            return Some(format!("gcloud services enable secretmanager.googleapis.com --project {project}"));
        }
        Verdict::Billing => "link a billing account to the project",
        Verdict::QuotaProject => {
            return Some(format!(
                "gcloud auth application-default set-quota-project {project}, or GOOGLE_CLOUD_QUOTA_PROJECT={project}; \
                 it takes roles/serviceusage.serviceUsageConsumer there"
            ));
        }
        Verdict::Scope => {
            "on a machine of Google's the scopes are the machine's own: give it cloud-platform, or other credentials"
        }
        Verdict::Perimeter => "run it inside the perimeter, or have an access level made for it",
        Verdict::Denied => return Some(format!("grant {}; {}", call.permission(), role(call))),
        Verdict::Credentials => {
            "sign in anew (gcloud auth application-default login), or check the key and this machine's clock"
        }
        Verdict::UnknownCall => {
            "check endpoint_url: it leads to something that is not all of Google Secret Manager"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn role(call: Call) -> &'static str {
    match call {
        Call::AccessSecretVersion => "roles/secretmanager.secretAccessor has it",
        Call::ListSecrets | Call::GetSecret | Call::GetSecretVersion => "roles/secretmanager.viewer has it",
        Call::AddSecretVersion => "roles/secretmanager.secretVersionAdder has it",
        Call::CreateSecret | Call::UpdateSecret | Call::DeleteSecret => {
            "of the ready roles only roles/secretmanager.admin has it; a role of your own is better"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::state;
    use crate::client::VersionState;

    #[test]
    fn a_state_is_told_by_what_stands_behind_the_name() {
        let text = |name: &str, state: &str| {
            format!("Secret Version [projects/1/secrets/{name}/versions/2] is in {state} state.")
        };
        assert_eq!(state(&text("x", "DISABLED")), VersionState::Disabled);
        assert_eq!(state(&text("DISABLED", "DESTROYED")), VersionState::Destroyed);
        assert_eq!(state(&text("DISABLED", "another")), VersionState::Unknown);
        assert_eq!(state(""), VersionState::Unknown);
    }
}

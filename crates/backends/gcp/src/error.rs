//! The one place where the service's answers become kinds.
//!
//! The codes of Google's error model decide, and the reasons that go with them; a text is looked at only where neither
//! tells cases apart. Of the service's texts only those that name principals, permissions, keys and states are passed
//! on: what a text about a request says of it is anybody's guess.
//! Codes: <https://cloud.google.com/apis/design/errors>.

mod broken;
mod code;

use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation, SecretName};
use google_cloud_gax::error::rpc::{Status, StatusDetails};

use crate::client::VersionState;
use crate::place::Place;

/// The remote calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    ListSecrets,
    GetSecret,
    AccessSecretVersion,
    GetSecretVersion,
    CreateSecret,
    AddSecretVersion,
    UpdateSecret,
    DeleteSecret,
}

impl Call {
    /// What was being done, in the contract's words.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::ListSecrets => Operation::List,
            Self::GetSecret | Self::AccessSecretVersion | Self::GetSecretVersion => Operation::Read,
            Self::CreateSecret | Self::AddSecretVersion | Self::UpdateSecret | Self::DeleteSecret => {
                Operation::Write
            }
        }
    }

    /// The permission that it needs.
    fn permission(self) -> &'static str {
        match self {
            Self::ListSecrets => "secretmanager.secrets.list",
            Self::GetSecret => "secretmanager.secrets.get",
            Self::AccessSecretVersion => "secretmanager.versions.access",
            Self::GetSecretVersion => "secretmanager.versions.get",
            Self::CreateSecret => "secretmanager.secrets.create",
            Self::AddSecretVersion => "secretmanager.versions.add",
            Self::UpdateSecret => "secretmanager.secrets.update",
            Self::DeleteSecret => "secretmanager.secrets.delete",
        }
    }

    /// What a fault is after which nobody knows whether the call was carried out.
    fn doubt(self) -> ErrorKind {
        let writes = self.operation() == Operation::Write;
        if writes { ErrorKind::AnswerLost } else { ErrorKind::Unavailable }
    }
}

/// What the store acts on, beyond the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing of this name, or no such version, or no version at all.
    Absent,
    /// The name is taken.
    Exists,
    /// It is there, and in a state that forbids the call.
    State,
    /// Somebody else was faster.
    Changed,
    /// A permission is missing.
    Denied,
    /// The kind says all.
    Other,
}

/// A failed call: what the store acts on, and what callers get to see.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) error: Error,
    /// The version's state, where the refusal names it.
    pub(crate) state: VersionState,
}

impl Fault {
    pub(crate) fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error, state: VersionState::Unknown }
    }

    /// The error, about this secret.
    pub(crate) fn about(self, name: &SecretName) -> Error {
        self.error.with_name(name)
    }
}

/// Makes a kind of a vendor's error.
pub(crate) fn classify(call: Call, place: &Place, error: &google_cloud_gax::error::Error) -> Fault {
    let Some(http) = error.http_status_code() else {
        return match error.status() {
            Some(status) => code::answered(call, place, status, None),
            None => Fault::new(Cause::Other, broken::unanswered(call, place, error)),
        };
    };
    let fault = match error.status() {
        Some(status) => code::answered(call, place, status, Some(http)),
        None => Fault::new(Cause::Other, broken::not_the_service(call, place, http, error)),
    };
    let header = |name: &str| error.http_headers()?.get(name)?.to_str().ok();
    // The answer's own word is finer than the header's seconds.
    let asked = error.status().and_then(retry_info);
    let asked = asked.or_else(|| header("retry-after")?.trim().parse().ok().map(Duration::from_secs));
    let id = error.status().and_then(request_id);
    Fault { error: fault.error.with_retry_after(asked).with_request_id(id), ..fault }
}

fn retry_info(status: &Status) -> Option<Duration> {
    status.details.iter().find_map(|detail| match detail {
        StatusDetails::RetryInfo(info) => {
            let delay = info.retry_delay?;
            Some(Duration::new(u64::try_from(delay.seconds()).ok()?, u32::try_from(delay.nanos()).ok()?))
        }
        _ => None,
    })
}

fn request_id(status: &Status) -> Option<String> {
    status.details.iter().find_map(|detail| match detail {
        StatusDetails::RequestInfo(info) if is_plain(&info.request_id) => Some(info.request_id.clone()),
        _ => None,
    })
}

/// A word that can be shown as it is: a code, a request id.
fn is_plain(word: &str) -> bool {
    let fits = |char: char| char.is_ascii_alphanumeric() || "-_.=+/".contains(char);
    !word.is_empty() && word.len() <= 80 && word.chars().all(fits)
}

/// One line of at most 300 characters.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.trim_end_matches('.').chars().take(300).collect();
    if short.chars().count() == 300 {
        short.push('…');
    }
    short
}

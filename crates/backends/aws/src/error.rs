//! The one place where the service's answers become kinds.
//!
//! Codes decide; a message is looked at only where one code stands for several cases. Of the service's texts only
//! those that name principals, permissions and states are passed on: a validation message may quote what was sent.
//! Codes: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html> and each operation's page.

mod broken;
mod code;
mod wire;

use airbridge_core::{Error, ErrorKind, Operation, SecretName};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

pub(crate) use broken::chain;

/// The remote calls, as permissions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    ListSecrets,
    BatchGetSecretValue,
    GetSecretValue,
    DescribeSecret,
    CreateSecret,
    PutSecretValue,
    DeleteSecret,
}

impl Call {
    /// What was being done, in the contract's words.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::ListSecrets => Operation::List,
            Self::BatchGetSecretValue | Self::GetSecretValue | Self::DescribeSecret => Operation::Read,
            Self::CreateSecret | Self::PutSecretValue | Self::DeleteSecret => Operation::Write,
        }
    }

    /// What a fault is after which nobody knows whether the call was carried out.
    fn doubt(self) -> ErrorKind {
        match self.operation() {
            Operation::Write => ErrorKind::AnswerLost,
            Operation::Configure | Operation::Open | Operation::List | Operation::Read => {
                ErrorKind::Unavailable
            }
        }
    }
}

/// What the store acts on, beyond the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No secret has this name.
    Absent,
    /// The secret is there, the value is not.
    NoValue,
    /// The secret is scheduled for deletion.
    Deleted,
    /// The name is taken, or the token was used for another value.
    Exists,
    /// A permission is missing.
    Denied,
    /// The key that encrypts the value cannot be used.
    Key,
    /// The request was not to the service's liking.
    Refused,
    /// The service does not know the call.
    UnknownCall,
    /// The kind says all.
    Other,
}

/// A failed call: what the store acts on, and what callers get to see.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) error: Error,
}

impl Fault {
    fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error }
    }

    /// The error, about this secret.
    pub(crate) fn about(self, name: &SecretName) -> Error {
        self.error.with_name(name)
    }
}

/// Makes a kind of a vendor's error. `place` is what messages call the store.
pub(crate) fn classify<E>(call: Call, place: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Some(response) = error.raw_response() else {
        return Fault::new(Cause::Other, broken::unanswered(call, place, error));
    };
    let (code, message) = match error {
        SdkError::ServiceError(answer) => (answer.err().code(), answer.err().message()),
        _ => (None, None),
    };
    let fault = match code {
        Some(code) => code::by_code(call, place, code, message, wire::clock_skew(response)),
        None => None,
    };
    let fault = fault.unwrap_or_else(|| wire::without_known_code(call, place, code, response));
    let id = response.request_id().filter(|id| is_plain(id)).map(str::to_owned);
    Fault::new(fault.cause, fault.error.with_retry_after(wire::retry_after(response)).with_request_id(id))
}

/// The same for one item of a batch, whose failure came in an answer that is none.
pub(crate) fn classify_item(call: Call, place: &str, code: &str, message: Option<&str>) -> Fault {
    code::by_code(call, place, code, message, None).unwrap_or_else(|| {
        let error = Error::new(ErrorKind::Unexpected, call.operation(), unknown(place, call, code));
        Fault::new(Cause::Other, error)
    })
}

fn unknown(place: &str, call: Call, code: &str) -> String {
    if is_plain(code) {
        format!("{place} answers {call:?} with {code}")
    } else {
        format!("{place} answers {call:?} with an error of no known kind")
    }
}

/// A word that can be shown as it is: a code, a request id.
fn is_plain(word: &str) -> bool {
    word.len() <= 80 && word.chars().all(|char| char.is_ascii_alphanumeric() || "-_.=+/".contains(char))
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

#[cfg(test)]
mod tests;

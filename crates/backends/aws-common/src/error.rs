//! The one place where a service's answers become kinds.
//!
//! Codes decide; a message is looked at only where one code stands for several cases. Of the service's texts only
//! those that name principals, permissions and states are passed on: a validation message may quote what was sent.
//! Codes of every service: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html>.

mod broken;
mod code;
mod wire;

use std::fmt;

use airbridge_core::{Error, ErrorKind, Operation, SecretName};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::service::Service;

pub use code::KEY_HINT;

/// The remote calls of one service; `Debug` writes them as permissions do.
pub trait Call: Copy + fmt::Debug {
    /// Whose calls they are.
    const SERVICE: Service;

    /// What was being done, in the contract's words.
    fn operation(self) -> Operation;

    /// What a code means that this service alone gives, or gives another meaning; it goes before what all share.
    fn meaning(self, place: &str, code: &str, message: &str) -> Option<Meaning>;
}

/// What a code means.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// What the store acts on.
    pub cause: Cause,
    /// What callers act on.
    pub kind: ErrorKind,
    /// One sentence, with the place.
    pub sentence: String,
    /// The way out, if one is known.
    pub hint: Option<String>,
    /// Whether the service's own words go with it: only where they name principals, permissions, keys and states,
    /// never a value.
    pub shown: bool,
}

/// What the store acts on, beyond the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
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
pub struct Fault {
    /// What the store acts on.
    pub cause: Cause,
    /// What callers get to see.
    pub error: Error,
}

impl Fault {
    fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error }
    }

    /// The error, about this secret.
    pub fn about(self, name: &SecretName) -> Error {
        self.error.with_name(name)
    }
}

/// Makes a kind of a vendor's error. `place` is what messages call the store.
pub fn classify<C, E>(call: C, place: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    C: Call,
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
pub fn classify_item<C: Call>(call: C, place: &str, code: &str, message: Option<&str>) -> Fault {
    code::by_code(call, place, code, message, None).unwrap_or_else(|| {
        let error = Error::new(ErrorKind::Unexpected, call.operation(), unknown(place, call, code));
        Fault::new(Cause::Other, error)
    })
}

/// What a fault is after which nobody knows whether the call was carried out.
fn doubt(call: impl Call) -> ErrorKind {
    if call.operation() == Operation::Write { ErrorKind::AnswerLost } else { ErrorKind::Unavailable }
}

fn unknown(place: &str, call: impl Call, code: &str) -> String {
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
mod tests {
    use super::{is_plain, shortened};

    #[test]
    fn texts_are_short_and_of_one_line() {
        assert_eq!(shortened(" a\n b. "), "a b");
        assert_eq!(shortened(&"x".repeat(400)).chars().count(), 301);
        assert!(is_plain("7b1c-X") && !is_plain("<html>") && !is_plain(&"x".repeat(81)));
    }
}

//! The one place where an SDK error becomes an `ErrorKind`.
//!
//! Error codes decide. A message is examined only where one code covers several cases. The service's own words are shown
//! only where they name principals, permissions and states, because a validation message may quote what was sent.
//! Codes of every service: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html>.

mod call;
mod code;
mod unanswered;
mod wire;

use airbridge_core::{Error, ErrorKind};
use airbridge_http::is_safe_word;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

pub use call::{Call, Cause, Fault, Meaning};
pub use code::KEY_HINT;

/// Classifies a failed call; `place` is what messages call the store.
pub fn classify<C, E>(call: C, place: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    C: Call,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let response = match error.raw_response() {
        // The SDK takes the body away to read it, and returns it when it was read to its end.
        Some(response) if response.body().bytes().is_some() => response,
        _ => return Fault::new(Cause::Other, unanswered::unanswered(call, place, error)),
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
    let id = response.request_id().filter(|id| is_safe_word(id)).map(str::to_owned);
    Fault::new(fault.cause, fault.error.with_retry_after(wire::retry_after(response)).with_request_id(id))
}

/// The error for an answer to the listing `call` that has no list, not even an empty one: a gateway answered, or the answer
/// has no body.
pub fn no_listing<C: Call>(call: C, place: &str) -> Fault {
    let message =
        format!("the answer of {place} has no list, so it is not a valid answer of {}", C::SERVICE.name);
    let error = Error::new(ErrorKind::Unexpected, call.operation(), message)
        .with_hint("check `endpoint_url`, and the proxies and gateways in between");
    Fault::new(Cause::Other, error)
}

/// The error for an answer to `call` that lacks what every answer of the service has, such as a version: a gateway answered,
/// or the answer has no body. A write may have happened.
pub fn incomplete<C: Call>(call: C, place: &str) -> Fault {
    let kind = match call::unknown_outcome(call) {
        ErrorKind::AnswerLost => ErrorKind::AnswerLost,
        _ => ErrorKind::Unexpected,
    };
    let message = format!("the answer of {place} to {call:?} is incomplete");
    let error = Error::new(kind, call.operation(), message)
        .with_hint("check `endpoint_url`, and the proxies and gateways in between");
    Fault::new(Cause::Other, error)
}

/// Classifies one failed item in the successful answer to a batch.
pub fn classify_item<C: Call>(call: C, place: &str, code: &str, message: Option<&str>) -> Fault {
    code::by_code(call, place, code, message, None).unwrap_or_else(|| {
        let error =
            Error::new(ErrorKind::Unexpected, call.operation(), call::unknown_code(place, call, code));
        Fault::new(Cause::Other, error)
    })
}

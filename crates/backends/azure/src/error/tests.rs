use std::time::Duration;

use airbridge_core::{Environment, Error, ErrorKind, Operation};
use azure_core::error::ErrorKind as SdkKind;
use azure_core::http::headers::Headers;
use azure_core::http::{RawResponse, StatusCode};

use super::{Call, Cause, Fault, classify, wrap};
use crate::vault::Vault;

fn vault() -> Vault {
    Vault::new("acme", &Environment::default()).unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in pairs {
        headers.insert(*name, (*value).to_owned());
    }
    headers
}

/// Classifies the error that the SDK's pipeline makes of a response.
async fn fault(call: Call, status: u16, body: &str) -> Fault {
    let response = RawResponse::from_bytes(StatusCode::from(status), headers(&[]), body.to_owned());
    let error = azure_core::error::check_success(response, None).await.unwrap_err();
    classify(call, &vault(), &error)
}

#[tokio::test]
async fn codes_are_found_in_a_response_with_escapes() {
    let body = r#"{"error":{"code":"Forbidden","message":"\"quoted\"\r\nline","innererror":{"code":"SecretDisabled"}}}"#;
    let fault = fault(Call::Get, 403, body).await;
    assert_eq!(fault.cause, Cause::Disabled);
}

#[tokio::test]
async fn deeply_nested_code_is_found() {
    let body = r#"{"error":{"code":"Conflict","message":"x","innererror":{"code":"A","innererror":{"code":"ObjectIsDeletedButRecoverable"}}}}"#;
    let fault = fault(Call::Set, 409, body).await;
    assert_eq!((fault.cause, fault.error.kind()), (Cause::Deleted, ErrorKind::NameReserved));
}

#[tokio::test]
async fn message_and_malformed_codes_are_not_shown() {
    let body = r#"{"error":{"code":"canary\n","message":"canary","innererror":{"code":"can ary"}}}"#;
    for status in [400, 401, 403, 404, 409, 418, 429, 500] {
        let fault = fault(Call::List, status, body).await;
        let shown = format!("{} {:?}", fault.error, fault.error.hint());
        assert!(status != 403 || shown.contains("no code"), "{shown}");
        assert!(!shown.contains("can ary") && !shown.contains("canary\n"), "{status}: {shown}");
    }
}

#[test]
fn own_error_keeps_its_parts_through_the_sdk() {
    let ours = Error::new(ErrorKind::RateLimited, Operation::Open, "slowly")
        .with_hint("wait")
        .with_retry_after(Some(Duration::from_secs(3)));
    let found = classify(Call::Get, &vault(), &wrap(ours)).error;
    assert_eq!(
        (found.kind(), found.operation(), found.message()),
        (ErrorKind::RateLimited, Operation::Read, "slowly")
    );
    assert_eq!((found.hint(), found.retry_after()), (Some("wait"), Some(Duration::from_secs(3))));
}

#[test]
fn write_is_uncertain_unless_it_was_never_sent() {
    let kind =
        |call, kind| classify(call, &vault(), &azure_core::Error::with_message(kind, "canary")).error.kind();
    assert_eq!(kind(Call::Set, SdkKind::Connection), ErrorKind::Unreachable);
    assert_eq!(kind(Call::Set, SdkKind::Io), ErrorKind::AnswerLost);
    assert_eq!(kind(Call::Set, SdkKind::DataConversion), ErrorKind::AnswerLost);
    assert_eq!(kind(Call::Look, SdkKind::Io), ErrorKind::Unavailable);
    assert_eq!(kind(Call::Set, SdkKind::Credential), ErrorKind::Unauthenticated);
    assert_eq!(kind(Call::Set, SdkKind::Other), ErrorKind::Unexpected);
}

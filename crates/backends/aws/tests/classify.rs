//! Answers in the form that the service returns, and the kinds of error that they become.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use airbridge_backend_aws::{SignIn, open};
use airbridge_backend_aws_testing::{CANARY, REGION, create, environment, failure, read, shown, write};
use airbridge_core::{Error, ErrorKind, NamePrefix, Operation};
use common::stand_in;
use wiremock::ResponseTemplate;

/// The error of a create with this answer.
async fn created(answer: ResponseTemplate) -> Error {
    let canned = stand_in().await;
    canned.answer("CreateSecret", answer).await;
    shown(write(&*canned.store, "airflow/connections/a", create(CANARY)).await.unwrap_err())
}

/// The error of a read with this answer.
async fn found(answer: ResponseTemplate) -> Error {
    let canned = stand_in().await;
    canned.answer("GetSecretValue", answer).await;
    shown(read(&*canned.store, "airflow/connections/a").await.unwrap_err())
}

#[tokio::test]
async fn error_code_has_a_kind() {
    // Recorded from the service, or from its reference.
    let cases = [
        (400, "ThrottlingException", "Rate exceeded", ErrorKind::RateLimited),
        (400, "LimitExceededException", "You can't add more secrets.", ErrorKind::QuotaExceeded),
        (
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            ErrorKind::Unauthenticated,
        ),
        (
            400,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            ErrorKind::Unauthenticated,
        ),
        (
            400,
            "InvalidSignatureException",
            "Signature expired: 20260101T000000Z is now earlier than …",
            ErrorKind::Unauthenticated,
        ),
        (
            400,
            "InvalidSignatureException",
            "The request signature we calculated does not match",
            ErrorKind::Unauthenticated,
        ),
        (
            400,
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/u is not authorized",
            ErrorKind::PermissionDenied,
        ),
        (
            400,
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text",
            ErrorKind::PermissionDenied,
        ),
        (
            400,
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            ErrorKind::InvalidName,
        ),
        (
            400,
            "ValidationException",
            "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 512",
            ErrorKind::InvalidName,
        ),
        (
            400,
            "ValidationException",
            "1 validation error detected: Value 'c4n4ry' at 'secretString' failed to satisfy constraint",
            ErrorKind::InvalidPayload,
        ),
        (
            400,
            "InvalidRequestException",
            "You can't use this operation on a managed secret.",
            ErrorKind::Unexpected,
        ),
        (400, "UnknownOperationException", "", ErrorKind::Unsupported),
        (400, "SomethingNewException", "c4n4ry", ErrorKind::Unexpected),
        (500, "InternalServiceError", "An error occurred on the server side.", ErrorKind::AnswerLost),
        (503, "ServiceUnavailableException", "", ErrorKind::AnswerLost),
    ];
    for (status, code, message, kind) in cases {
        let error = created(failure(status, code, message)).await;
        assert_eq!(error.kind(), kind, "{code}: {error:?}");
        assert_eq!(error.operation(), Operation::Write);
        assert_eq!(error.request_id(), Some("7b1c9a4e-0000-4000-8000-000000000001"), "{code}");
        assert_eq!(error.name().map(airbridge_core::SecretName::as_str), Some("airflow/connections/a"));
    }
}

#[tokio::test]
async fn error_code_with_a_namespace_is_recognised() {
    let error = created(failure(400, "com.amazonaws.secretsmanager#ThrottlingException", "")).await;
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn denied_permission_is_named() {
    let text = "User: arn:aws:iam::1:user/u is not authorized to perform: secretsmanager:CreateSecret";
    let error = created(failure(400, "AccessDeniedException", text)).await;
    assert!(error.message().contains("secretsmanager:CreateSecret"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("grant secretsmanager:CreateSecret")));
    let error = found(failure(400, "AccessDeniedException", "Access to KMS is not allowed")).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().is_some_and(|hint| hint.contains("kms:Decrypt")), "{error:?}");
}

#[tokio::test]
async fn wrong_clock_is_reported_with_the_difference() {
    let answer = failure(400, "InvalidSignatureException", "Signature not yet current");
    let error = created(answer.insert_header("date", "Thu, 01 Jan 2015 00:00:00 GMT")).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.hint().is_some_and(|hint| hint.contains("minutes fast")), "{error:?}");
}

#[tokio::test]
async fn failure_of_the_service_makes_only_writes_uncertain() {
    let fault = || failure(500, "InternalServiceError", "");
    assert_eq!(created(fault()).await.kind(), ErrorKind::AnswerLost);
    assert_eq!(found(fault()).await.kind(), ErrorKind::Unavailable);
    assert_eq!(found(ResponseTemplate::new(502)).await.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn timeout_makes_only_writes_uncertain() {
    let late = || ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    let (written, read) = tokio::join!(created(late()), found(late()));
    assert_eq!((written.kind(), read.kind()), (ErrorKind::AnswerLost, ErrorKind::Unavailable));
}

#[tokio::test]
async fn lost_connection_makes_only_writes_uncertain() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Reads each request and closes the connection.
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let _ = connection.unwrap().read(&mut [0; 4096]).unwrap();
        }
    });
    let settings = SignIn {
        region_name: Some(REGION.to_owned()),
        endpoint_url: Some(url),
        env: environment([("AWS_ACCESS_KEY_ID", "111122223333")]),
        ..SignIn::default()
    };
    let store = open(settings.into()).await.unwrap();
    let written = shown(write(&*store, "a", create(CANARY)).await.unwrap_err());
    let found = shown(read(&*store, "a").await.unwrap_err());
    assert_eq!(
        (written.kind(), found.kind()),
        (ErrorKind::AnswerLost, ErrorKind::Unavailable),
        "{written:?}"
    );
}

#[tokio::test]
async fn retry_after_is_read_from_both_headers() {
    let throttled = || failure(400, "ThrottlingException", "Rate exceeded");
    let wait = |header: &'static str, value: &'static str| async move {
        created(throttled().insert_header(header, value)).await.retry_after()
    };
    assert_eq!(wait("retry-after", "7").await, Some(Duration::from_secs(7)));
    assert_eq!(wait("x-amz-retry-after", "1500").await, Some(Duration::from_millis(1500)));
    assert!(wait("retry-after", "Fri, 31 Dec 2150 23:59:59 GMT").await > Some(Duration::from_hours(24)));
    assert_eq!(wait("retry-after", "soon").await, None);
}

#[tokio::test]
async fn page_of_another_server_is_not_an_answer() {
    let page = |status| {
        ResponseTemplate::new(status).set_body_raw("<html>Please sign in: c4n4ry</html>", "text/html")
    };
    for status in [200, 403, 404] {
        assert_eq!(created(page(status)).await.kind(), ErrorKind::Config, "{status}");
        let canned = stand_in().await;
        canned.answer("ListSecrets", page(status)).await;
        let error = canned.store.list_page(&NamePrefix::new(""), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "a listing, {status}: {error:?}");
    }
    assert_eq!(created(page(407)).await.kind(), ErrorKind::Config);
    assert_eq!(created(page(429)).await.kind(), ErrorKind::RateLimited);
    assert_eq!(created(page(503)).await.kind(), ErrorKind::AnswerLost);
    let half = ResponseTemplate::new(200).set_body_raw(r#"{"Name": "c4n4ry"#, "application/x-amz-json-1.1");
    assert_eq!(created(half.clone()).await.kind(), ErrorKind::AnswerLost);
    assert_eq!(found(half).await.kind(), ErrorKind::Unavailable);
}

//! Answers in the form that the service returns, and the kinds of error that they become.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use airbridge_backend_aws_testing::{CANARY, create, failure, read, shown, write};
use airbridge_core::{Error, ErrorKind, NamePrefix, Operation, SecretName};
use common::stand_in;
use wiremock::ResponseTemplate;

/// The error of a create with this answer.
async fn created(answer: ResponseTemplate) -> Error {
    let canned = stand_in().await;
    canned.answer("PutParameter", answer).await;
    shown(write(&*canned.store, "/airflow/connections/a", create(CANARY)).await.unwrap_err())
}

/// The error of a read with this answer.
async fn found(answer: ResponseTemplate) -> Error {
    let canned = stand_in().await;
    canned.answer("GetParameters", answer).await;
    shown(read(&*canned.store, "/airflow/connections/a").await.unwrap_err())
}

#[tokio::test]
async fn error_code_has_a_kind() {
    // Reported by users, or from the reference.
    let cases = [
        ("ThrottlingException", "Rate exceeded", ErrorKind::RateLimited),
        ("TooManyUpdates", "", ErrorKind::Unavailable),
        ("ParameterAlreadyExists", "The parameter already exists. To overwrite …", ErrorKind::AlreadyExists),
        (
            "ParameterLimitExceeded",
            "You have reached the maximum number of standard parameters for this AWS account and Region (10000).",
            ErrorKind::QuotaExceeded,
        ),
        (
            "ParameterMaxVersionLimitExceeded",
            "You attempted to create a new version of /airflow/connections/a by calling the PutParameter API …",
            ErrorKind::Unsupported,
        ),
        ("HierarchyTypeMismatchException", "c4n4ry", ErrorKind::Unsupported),
        ("HierarchyLevelLimitExceededException", "c4n4ry", ErrorKind::InvalidName),
        (
            "ParameterPatternMismatchException",
            "Parameter value, c4n4ry, doesn't match",
            ErrorKind::InvalidPayload,
        ),
        (
            "ValidationException",
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger …",
            ErrorKind::InvalidPayload,
        ),
        (
            "ValidationException",
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value: c4n4ry",
            ErrorKind::InvalidPayload,
        ),
        (
            "ValidationException",
            "1 validation error detected: Value 'c4n4ry' at 'value' failed to satisfy constraint",
            ErrorKind::InvalidPayload,
        ),
        (
            "ValidationException",
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, …",
            ErrorKind::InvalidName,
        ),
        (
            "ValidationException",
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the …",
            ErrorKind::Unexpected,
        ),
        ("ValidationException", "something else about c4n4ry", ErrorKind::Unexpected),
        (
            "InvalidKeyId",
            "Key 'arn:aws:kms:us-east-1:1:key/k' does not exist (Service: AWSKMS; Status Code: 400; …",
            ErrorKind::PermissionDenied,
        ),
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/u is not authorized",
            ErrorKind::PermissionDenied,
        ),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            ErrorKind::Unauthenticated,
        ),
        ("UnknownOperationException", "", ErrorKind::Unsupported),
        ("SomethingNewException", "c4n4ry", ErrorKind::Unexpected),
        ("InternalServerError", "An error occurred on the server side.", ErrorKind::AnswerLost),
    ];
    for (code, message, kind) in cases {
        let error =
            created(failure(if code == "InternalServerError" { 500 } else { 400 }, code, message)).await;
        assert_eq!(error.kind(), kind, "{code}: {error:?}");
        assert_eq!(error.operation(), Operation::Write);
        assert_eq!(error.request_id(), Some("7b1c9a4e-0000-4000-8000-000000000001"), "{code}");
        assert_eq!(error.name().map(SecretName::as_str), Some("/airflow/connections/a"));
    }
}

#[tokio::test]
async fn error_has_a_hint() {
    let cases = [
        ("ParameterLimitExceeded", "", "10,000 standard parameters"),
        ("ParameterMaxVersionLimitExceeded", "", "unlabel-parameter-version"),
        ("ValidationException", "support a maximum parameter value of 4096", "tier=advanced"),
        ("ValidationException", "You can't downgrade a parameter", "tier=advanced"),
        ("HierarchyTypeMismatchException", "", "delete the parameter"),
        ("InvalidKeyId", "", "kms:Decrypt"),
        ("AccessDeniedException", "not authorized to perform: ssm:PutParameter", "grant ssm:PutParameter"),
    ];
    for (code, message, part) in cases {
        let error = created(failure(400, code, message)).await;
        assert!(error.hint().is_some_and(|hint| hint.contains(part)), "{error:?}");
    }
    let text = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                or you are not allowed to access.";
    let error = found(failure(400, "AccessDeniedException", text)).await;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().is_some_and(|hint| hint.contains("kms:Decrypt")), "{error:?}");
}

#[tokio::test]
async fn failure_or_timeout_makes_only_writes_uncertain() {
    let fault = || failure(500, "InternalServerError", "");
    assert_eq!(created(fault()).await.kind(), ErrorKind::AnswerLost);
    assert_eq!(found(fault()).await.kind(), ErrorKind::Unavailable);
    let late = || ResponseTemplate::new(200).set_delay(std::time::Duration::from_mins(1));
    let (written, read) = tokio::join!(created(late()), found(late()));
    assert_eq!((written.kind(), read.kind()), (ErrorKind::AnswerLost, ErrorKind::Unavailable));
}

#[tokio::test]
async fn page_of_another_server_is_not_an_answer() {
    let page = |status| {
        ResponseTemplate::new(status).set_body_raw("<html>Please sign in: c4n4ry</html>", "text/html")
    };
    for status in [200, 403, 404] {
        let error = created(page(status)).await;
        assert_eq!(error.kind(), ErrorKind::Config, "{status}");
        assert!(error.message().contains("is not AWS Parameter Store"), "{error}");
        let canned = stand_in().await;
        canned.answer("GetParametersByPath", page(status)).await;
        let error = shown(canned.store.list_page(&NamePrefix::new(""), None).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Config, "a listing, {status}: {error:?}");
    }
    let half = ResponseTemplate::new(200)
        .set_body_raw(r#"{"Parameters": [{"Value": "c4n4ry"#, "application/x-amz-json-1.1");
    assert_eq!(found(half).await.kind(), ErrorKind::Unavailable);
}

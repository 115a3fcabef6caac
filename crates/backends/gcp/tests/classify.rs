//! Which answer means what: canned answers in the shape that the service gives them.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::time::Duration;

use airbridge_backend_gcp::Settings;
use airbridge_core::{Action, Error, ErrorKind, Payload, SecretStore};
use common::double::reply::refusal;
use common::double::{Double, Fault};
use common::{create, list, read, replace, settings, store, write};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

/// What a request must not leave in any error.
const CANARY: &str = "c4n4ry";

/// A service that answers everything like this.
async fn answering(answer: impl Fn() -> ResponseTemplate + Send + Sync + 'static) -> Double {
    Double::failing(move |_| Fault::Before(answer())).await
}

async fn listed(answer: impl Fn() -> ResponseTemplate + Send + Sync + 'static) -> Error {
    list(&*answering(answer).await.store().await, "a").await.expect_err("a failure")
}

async fn was_read(answer: impl Fn() -> ResponseTemplate + Send + Sync + 'static) -> Error {
    read(&*answering(answer).await.store().await, "a").await.expect_err("a failure")
}

async fn written(action: Action, answer: impl Fn() -> ResponseTemplate + Send + Sync + 'static) -> Error {
    write(&*answering(answer).await.store().await, "a", action).await.expect_err("a failure")
}

fn blind() -> Action {
    Action::Replace { payload: Payload::text(CANARY), expect: None }
}

fn reason(reason: &str) -> Value {
    json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": "secretmanager.googleapis.com", "consumer": "projects/123"},
    }])
}

/// The error's kind, and that it says these parts.
fn says(error: &Error, kind: ErrorKind, parts: &[&str]) {
    let text = format!("{error}; {}", error.hint().unwrap_or_default());
    assert_eq!(error.kind(), kind, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
    assert!(!text.contains(CANARY), "{text}");
}

#[tokio::test]
async fn a_missing_permission_is_named_with_a_role_that_has_it() {
    let denied = || {
        let message =
            "Permission 'secretmanager.versions.access' denied for resource 'projects/acme/secrets/a'";
        refusal(403, "PERMISSION_DENIED", message, &reason("IAM_PERMISSION_DENIED"))
    };
    let error = was_read(denied).await;
    says(
        &error,
        ErrorKind::PermissionDenied,
        &["secretmanager.versions.access", "secretAccessor", "'projects/acme"],
    );
    assert_eq!(error.name().map(airbridge_core::SecretName::as_str), Some("a"));
    says(&listed(denied).await, ErrorKind::PermissionDenied, &["secretmanager.secrets.list"]);
    says(
        &written(create(CANARY), denied).await,
        ErrorKind::PermissionDenied,
        &["secretmanager.secrets.create"],
    );
}

#[tokio::test]
async fn refusals_of_the_project_end_the_run_with_a_way_out() {
    for (word, part) in [
        ("SERVICE_DISABLED", "gcloud services enable secretmanager.googleapis.com --project acme"),
        ("BILLING_DISABLED", "billing"),
        ("CONSUMER_INVALID", "project_id"),
        ("USER_PROJECT_DENIED", "set-quota-project acme"),
    ] {
        let error = listed(move || refusal(403, "PERMISSION_DENIED", "no", &reason(word))).await;
        says(&error, ErrorKind::Config, &[part]);
        assert!(error.kind().ends_run());
    }
    let old = "Your application is authenticating by using local Application Default Credentials. \
               The secretmanager.googleapis.com API requires a quota project, which is not set by default.";
    let error = listed(move || refusal(403, "PERMISSION_DENIED", old, &json!([]))).await;
    says(&error, ErrorKind::Config, &["set-quota-project"]);
    let error = listed(|| refusal(404, "NOT_FOUND", "Project not found", &json!([]))).await;
    says(&error, ErrorKind::Config, &["there is no gcp:acme"]);
}

#[tokio::test]
async fn credentials_that_are_refused_end_the_run() {
    let error =
        listed(|| refusal(401, "UNAUTHENTICATED", "Request had invalid authentication", &json!([]))).await;
    says(&error, ErrorKind::Unauthenticated, &["gcloud auth application-default login"]);
    let scope = || refusal(403, "PERMISSION_DENIED", "no", &reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
    says(&listed(scope).await, ErrorKind::Unauthenticated, &["scopes"]);
}

#[tokio::test]
async fn a_perimeter_and_a_key_are_refusals_of_one_entry() {
    let perimeter =
        || refusal(403, "PERMISSION_DENIED", "Request is prohibited", &reason("SECURITY_POLICY_VIOLATED"));
    says(&was_read(perimeter).await, ErrorKind::PermissionDenied, &["perimeter"]);
    let key =
        "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource 'projects/p/keyRings/r'";
    let error = written(create(CANARY), move || refusal(403, "PERMISSION_DENIED", key, &json!([]))).await;
    says(&error, ErrorKind::PermissionDenied, &["KMS", "cryptoKeyEncrypterDecrypter"]);
}

#[tokio::test]
async fn a_policy_about_locations_ends_the_run_and_names_the_setting() {
    let message = "Constraint constraints/gcp.resourceLocations violated for [orgpolicy:projects/123]";
    let error =
        written(create(CANARY), move || refusal(400, "FAILED_PRECONDITION", message, &json!([]))).await;
    says(&error, ErrorKind::Config, &["locations=", "constraints/gcp.resourceLocations"]);
}

#[tokio::test]
async fn what_is_invalid_is_told_by_the_call() {
    let invalid = |message: &'static str| move || refusal(400, "INVALID_ARGUMENT", message, &json!([]));
    // A refusal of a value might quote it.
    let quoted = invalid("Invalid payload c4n4ry");
    says(&written(blind(), quoted).await, ErrorKind::InvalidPayload, &["value"]);
    let id = invalid("The provided Secret ID [a] does not match the expected name format");
    says(&written(create(CANARY), id).await, ErrorKind::InvalidName, &["name"]);
    let place = invalid("The request's location does not match the endpoint.");
    says(&listed(place).await, ErrorKind::Config, &["location="]);
    says(&listed(invalid("Invalid filter.")).await, ErrorKind::Unexpected, &["ListSecrets"]);
}

#[tokio::test]
async fn too_many_calls_are_told_from_a_service_that_fails() {
    let busy = || refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded", &reason("RATE_LIMIT_EXCEEDED"));
    says(&was_read(busy).await, ErrorKind::RateLimited, &["RATE_LIMIT_EXCEEDED"]);
    says(&written(create(CANARY), busy).await, ErrorKind::RateLimited, &[]);
    // Two writes met, and this one was not carried out.
    let met = || refusal(409, "ABORTED", "concurrent", &json!([]));
    says(&written(blind(), met).await, ErrorKind::Unavailable, &["met"]);
}

#[tokio::test]
async fn after_a_fault_a_write_is_in_doubt_and_a_read_is_not() {
    for (code, status) in
        [(500, "INTERNAL"), (503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED"), (500, "A_NEW_ONE")]
    {
        let failed = move || refusal(code, status, "Internal error encountered.", &json!([]));
        says(&was_read(failed).await, ErrorKind::Unavailable, &["failed"]);
        says(&written(create(CANARY), failed).await, ErrorKind::AnswerLost, &["failed"]);
    }
}

#[tokio::test]
async fn a_code_that_is_missing_is_known_by_the_status() {
    let bare = |code: u16| {
        let body = json!({"error": {"code": code, "message": "bare"}}).to_string();
        move || ResponseTemplate::new(code).set_body_raw(body.clone(), "application/json")
    };
    says(&listed(bare(401)).await, ErrorKind::Unauthenticated, &[]);
    says(&listed(bare(429)).await, ErrorKind::RateLimited, &[]);
    says(&listed(bare(403)).await, ErrorKind::PermissionDenied, &[]);
}

#[tokio::test]
async fn the_services_id_of_the_request_is_kept() {
    let details = json!([{"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "abc-123"}]);
    let error = was_read(move || refusal(503, "UNAVAILABLE", "no", &details)).await;
    assert_eq!(error.request_id(), Some("abc-123"));
}

#[tokio::test]
async fn somebody_elses_answer_is_not_taken_for_the_services() {
    let page = |status: u16| {
        move || ResponseTemplate::new(status).set_body_raw("<html>c4n4ry: sign in</html>", "text/html")
    };
    for status in [403, 404] {
        says(&listed(page(status)).await, ErrorKind::Config, &["is not Google Secret Manager", "proxy"]);
    }
    says(&listed(page(407)).await, ErrorKind::Config, &["proxy", "password"]);
    says(&listed(page(502)).await, ErrorKind::Unavailable, &["502"]);
    // A login page with a good status is not an empty listing.
    says(&listed(page(200)).await, ErrorKind::Config, &["is not one of Google Secret Manager"]);
    // After a write nobody knows.
    says(&written(blind(), page(200)).await, ErrorKind::AnswerLost, &[]);
    says(&written(blind(), page(502)).await, ErrorKind::AnswerLost, &[]);
}

#[tokio::test]
async fn an_answer_without_its_main_part_is_an_error() {
    let empty = || ResponseTemplate::new(200).set_body_raw("{}", "application/json");
    says(&was_read(empty).await, ErrorKind::Unexpected, &["without version or value"]);
    says(&written(blind(), empty).await, ErrorKind::AnswerLost, &["no version"]);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_leaves_a_write_in_doubt() {
    let double = Double::failing(|_| Fault::Lost).await;
    let hasty = Settings { timeout: Some(Duration::from_millis(100)), ..settings("acme", &double.url()) };
    let store = store(hasty).await;
    let error = read(&*store, "a").await.expect_err("too late");
    says(&error, ErrorKind::Unavailable, &["in time", "timeout="]);
    says(
        &write(&*store, "a", create(CANARY)).await.expect_err("too late"),
        ErrorKind::AnswerLost,
        &["in time"],
    );
}

#[tokio::test]
async fn where_nobody_answers_nothing_was_sent() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let store = store(settings("acme", &url)).await;
    let error = write(&*store, "a", create(CANARY)).await.expect_err("nobody is there");
    says(&error, ErrorKind::Unreachable, &["cannot connect to", "endpoint_url"]);
}

#[tokio::test]
async fn a_certificate_that_nobody_here_trusts_ends_the_run() {
    // OpenBao lends its certificate, of an authority of its own.
    let url = common::server("AIRBRIDGE_TEST_OPENBAO_TLS");
    let store = store(settings("acme", &url)).await;
    says(
        &list(&*store, "").await.expect_err("a stranger"),
        ErrorKind::Config,
        &["not trusted", "SSL_CERT_FILE"],
    );
}

#[tokio::test]
async fn where_no_secure_connection_is_spoken_the_run_ends() {
    let plain = Double::new().await;
    let store = store(settings("acme", &plain.url().replace("http://", "https://"))).await;
    says(&list(&*store, "").await.expect_err("no TLS"), ErrorKind::Config, &["does not speak TLS"]);
}

#[tokio::test]
async fn no_error_shows_a_value() {
    let store: std::sync::Arc<dyn SecretStore> =
        answering(|| refusal(400, "INVALID_ARGUMENT", CANARY, &json!([]))).await.store().await;
    for action in [create(CANARY), replace(CANARY, "1"), blind()] {
        let error = write(&*store, "a", action).await.expect_err("invalid");
        assert!(!format!("{error:?} {error}").contains(CANARY), "{error:?}");
    }
}

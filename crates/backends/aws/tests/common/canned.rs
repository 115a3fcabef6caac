//! A service that says what it is told to: for answers that no emulator gives.

use std::sync::Arc;

use airbridge_backend_aws::{Settings, SignIn, open};
use airbridge_core::SecretStore;
use serde_json::Value;
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{REGION, environment};

/// What a request must not leave in any error.
pub(crate) const CANARY: &str = "c4n4ry";

/// The stand-in and a store that speaks to it.
pub(crate) struct Canned {
    server: MockServer,
    pub(crate) store: Arc<dyn SecretStore>,
}

impl Canned {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With other settings beside the way to it.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let server = MockServer::start().await;
        let mut settings = Settings::from(SignIn {
            region_name: Some(REGION.to_owned()),
            endpoint_url: Some(server.uri()),
            timeout: Some(std::time::Duration::from_secs(2)),
            env: environment([("AWS_ACCESS_KEY_ID", "111122223333")]),
            ..SignIn::default()
        });
        change(&mut settings);
        Self { store: open(settings).await.expect("the store opens"), server }
    }

    /// From now on `call` is answered like this.
    pub(crate) async fn answer(&self, call: &str, answer: impl Respond + 'static) {
        let target = format!("secretsmanager.{call}");
        Mock::given(header("x-amz-target", target.as_str())).respond_with(answer).mount(&self.server).await;
    }

    /// The calls so far, without `secretsmanager.`.
    pub(crate) async fn calls(&self) -> Vec<String> {
        self.requests().await.iter().map(call).collect()
    }

    /// The bodies of the requests so far.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        self.requests().await.iter().map(|request| request.body_json().expect("a body of JSON")).collect()
    }

    async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.expect("requests are recorded")
    }
}

fn call(request: &Request) -> String {
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    target.and_then(|target| target.strip_prefix("secretsmanager.")).unwrap_or("?").to_owned()
}

/// A good answer.
pub(crate) fn fine(body: &Value) -> ResponseTemplate {
    json(200, body)
}

/// A failure, in the shape that the service gives it.
pub(crate) fn failure(status: u16, code: &str, message: &str) -> ResponseTemplate {
    json(status, &serde_json::json!({ "__type": code, "Message": message }))
        .insert_header("x-amzn-requestid", "7b1c9a4e-0000-4000-8000-000000000001")
}

fn json(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/x-amz-json-1.1")
}

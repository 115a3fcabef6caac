//! A service with canned answers, for what no emulator returns.

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_aws_common::{HttpOptions, Settings};
use airbridge_core::{Error, SecretStore};
use serde_json::Value;
use wiremock::matchers::{body_partial_json, header};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::{REGION, environment};

/// A value that no error may show.
pub const CANARY: &str = "c4n4ry";

/// The service, and a store that uses it.
#[derive(Debug)]
pub struct Canned {
    server: MockServer,
    /// The prefix of its calls.
    service: &'static str,
    /// The store.
    pub store: Arc<dyn SecretStore>,
}

impl Canned {
    /// A service whose calls are named `service.Call`, and the store that `open` opens on it.
    pub async fn new(
        service: &'static str,
        open: impl AsyncFnOnce(Settings) -> Result<Arc<dyn SecretStore>, Error>,
    ) -> Self {
        let server = MockServer::start().await;
        let sign_in = Settings {
            region_name: Some(REGION.to_owned()),
            endpoint_url: Some(server.uri()),
            http: HttpOptions { timeout: Some(Duration::from_secs(2)), ..HttpOptions::default() },
            env: environment([("AWS_ACCESS_KEY_ID", "111122223333")]),
            ..Settings::default()
        };
        Self { store: open(sign_in).await.expect("the store opens"), service, server }
    }

    /// Sets the answer to `call`.
    pub async fn answer(&self, call: &str, answer: impl Respond + 'static) {
        let target = format!("{}.{call}", self.service);
        Mock::given(header("x-amz-target", target.as_str())).respond_with(answer).mount(&self.server).await;
    }

    /// Sets the answer to `call` if its body contains `body`; it takes precedence over [`answer`](Self::answer).
    pub async fn answer_to(&self, call: &str, body: &Value, answer: impl Respond + 'static) {
        let target = format!("{}.{call}", self.service);
        Mock::given(header("x-amz-target", target.as_str()))
            .and(body_partial_json(body))
            .respond_with(answer)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// The calls so far, without the prefix.
    pub async fn calls(&self) -> Vec<String> {
        self.requests().await.iter().map(|request| self.call(request)).collect()
    }

    /// The bodies of the requests so far.
    pub async fn bodies(&self) -> Vec<Value> {
        self.requests().await.iter().map(|request| request.body_json().expect("a body of JSON")).collect()
    }

    /// The requests to the service. STS, which is asked at the same address, has no such header.
    async fn requests(&self) -> Vec<Request> {
        let all = self.server.received_requests().await.expect("requests are recorded");
        all.into_iter().filter(|request| request.headers.contains_key("x-amz-target")).collect()
    }

    fn call(&self, request: &Request) -> String {
        let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let call = target.and_then(|target| target.strip_prefix(self.service)?.strip_prefix('.'));
        call.unwrap_or("?").to_owned()
    }
}

/// A successful answer.
pub fn fine(body: &Value) -> ResponseTemplate {
    json(200, body)
}

/// A failure, in the form that the services return.
pub fn failure(status: u16, code: &str, message: &str) -> ResponseTemplate {
    json(status, &serde_json::json!({ "__type": code, "Message": message }))
        .insert_header("x-amzn-requestid", "7b1c9a4e-0000-4000-8000-000000000001")
}

fn json(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/x-amz-json-1.1")
}

/// Checks that the error does not show the value.
pub fn shown(error: Error) -> Error {
    assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
    error
}

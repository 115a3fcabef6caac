//! A service that says what it is told to: for answers that no emulator gives.

use std::sync::Arc;
use std::time::Duration;

use airbridge_backend_aws_common::Settings;
use airbridge_core::{Error, SecretStore};
use serde_json::Value;
use wiremock::matchers::{body_partial_json, header};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::{REGION, environment};

/// What a request must not leave in any error.
pub const CANARY: &str = "c4n4ry";

/// The stand-in and a store that speaks to it.
#[derive(Debug)]
pub struct Canned {
    server: MockServer,
    /// What its calls start with.
    service: &'static str,
    /// The store.
    pub store: Arc<dyn SecretStore>,
}

impl Canned {
    /// A stand-in whose calls are `service.Call`, and the store that is opened on it.
    pub async fn new(
        service: &'static str,
        open: impl AsyncFnOnce(Settings) -> Result<Arc<dyn SecretStore>, Error>,
    ) -> Self {
        let server = MockServer::start().await;
        let sign_in = Settings {
            region_name: Some(REGION.to_owned()),
            endpoint_url: Some(server.uri()),
            timeout: Some(Duration::from_secs(2)),
            env: environment([("AWS_ACCESS_KEY_ID", "111122223333")]),
            ..Settings::default()
        };
        Self { store: open(sign_in).await.expect("the store opens"), service, server }
    }

    /// From now on `call` is answered like this.
    pub async fn answer(&self, call: &str, answer: impl Respond + 'static) {
        let target = format!("{}.{call}", self.service);
        Mock::given(header("x-amz-target", target.as_str())).respond_with(answer).mount(&self.server).await;
    }

    /// From now on `call` is answered like this if its body has this in it; before whatever else was said.
    pub async fn answer_to(&self, call: &str, body: &Value, answer: impl Respond + 'static) {
        let target = format!("{}.{call}", self.service);
        Mock::given(header("x-amz-target", target.as_str()))
            .and(body_partial_json(body))
            .respond_with(answer)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// The calls so far, without the service.
    pub async fn calls(&self) -> Vec<String> {
        self.requests().await.iter().map(|request| self.call(request)).collect()
    }

    /// The bodies of the requests so far.
    pub async fn bodies(&self) -> Vec<Value> {
        self.requests().await.iter().map(|request| request.body_json().expect("a body of JSON")).collect()
    }

    async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.expect("requests are recorded")
    }

    fn call(&self, request: &Request) -> String {
        let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let call = target.and_then(|target| target.strip_prefix(self.service)?.strip_prefix('.'));
        call.unwrap_or("?").to_owned()
    }
}

/// A good answer.
pub fn fine(body: &Value) -> ResponseTemplate {
    json(200, body)
}

/// A failure, in the shape that the services give it.
pub fn failure(status: u16, code: &str, message: &str) -> ResponseTemplate {
    json(status, &serde_json::json!({ "__type": code, "Message": message }))
        .insert_header("x-amzn-requestid", "7b1c9a4e-0000-4000-8000-000000000001")
}

fn json(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/x-amz-json-1.1")
}

/// The error, which shows no value.
pub fn shown(error: Error) -> Error {
    assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
    error
}

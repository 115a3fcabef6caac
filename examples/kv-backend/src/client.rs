//! The requests.

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretName, SecretText, Version};
use airbridge_http::{
    Address, ConnectHints, LIST_LIMIT, SECRET_LIMIT, TransportError, outcome_unknown, read_body, retry_after,
    status_error,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{not_the_service, of_status};
use crate::settings::Settings;

/// Makes requests in one namespace.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// The address of the namespace.
    namespace: String,
    token: SecretText,
    place: String,
}

/// A complete answer.
struct Answer {
    status: u16,
    content_type: String,
    etag: Option<Version>,
    body: Zeroizing<Vec<u8>>,
}

/// One page of a listing.
#[derive(Deserialize)]
pub(crate) struct Listing {
    pub(crate) items: Vec<Item>,
    /// The name after which the next page starts.
    pub(crate) next: Option<String>,
}

/// One secret in a listing.
#[derive(Deserialize)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) etag: String,
}

/// What a secret must be for a change to be made.
#[derive(Clone, Copy)]
pub(crate) enum Condition<'a> {
    /// It does not exist.
    Absent,
    /// It exists.
    Exists,
    /// It has this version.
    Version(&'a Version),
}

/// The outcome of a change.
pub(crate) enum Outcome {
    /// It was made; a write has a version.
    Made(Option<Version>),
    /// The condition was not met, and nothing was changed.
    ConditionFailed,
}

const HINTS: ConnectHints = ConnectHints {
    certificate: "set `ca_file` to a PEM file of the certificate authority",
    address: "check `endpoint_url`",
    proxy: "check `proxy`, `HTTPS_PROXY` and `NO_PROXY`",
};

impl Client {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let url = settings.endpoint_url.as_deref().ok_or_else(|| {
            Error::config("`endpoint_url` is not set")
                .with_hint("set `endpoint_url` to the address of the service")
        })?;
        let address = Address::parse(url, "`endpoint_url`", settings.http.allow_http)?;
        let http = settings.http.client(&address, &settings.env)?;
        let token =
            settings.token.clone().or_else(|| settings.env.non_empty("KV_TOKEN").map(SecretText::from));
        let token = token.ok_or_else(|| {
            Error::new(ErrorKind::Unauthenticated, Operation::Open, "no token found")
                .with_hint("set `KV_TOKEN`")
        })?;
        // It is a part of the address, where `..` would lead to another namespace.
        let namespace = settings.namespace.as_deref().unwrap_or("default");
        if namespace.is_empty() || !namespace.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
        {
            return Err(Error::config("`namespace` is not a valid namespace")
                .with_hint("set `namespace` to letters, digits and hyphens"));
        }
        let namespace = format!("{address}/{namespace}");
        // Two namespaces are two places.
        let place = format!("kv:{namespace}");
        Ok(Self { http, namespace, token, place })
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// One page of the names that start with `prefix`, after the name `after`.
    pub(crate) async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Listing> {
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let mut url = format!("{}?prefix={}", self.namespace, encoded(prefix));
        if let Some(after) = after {
            url = format!("{url}&after={}", encoded(after));
        }
        let answer = self.send(Operation::List, self.http.get(url)).await?;
        if answer.status != 200 {
            return Err(of_status(answer.status, Operation::List, &self.place));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| not_the_service(answer.status, Operation::List, &self.place))
    }

    /// The bytes of a secret and their version; `None` if it does not exist.
    pub(crate) async fn get(&self, name: &SecretName) -> Result<Option<(Zeroizing<Vec<u8>>, Version)>> {
        let Answer { status, content_type, etag, body } =
            self.send(Operation::Read, self.http.get(self.secret(name))).await?;
        match (status, etag) {
            (200, Some(etag)) if content_type == "application/octet-stream" => Ok(Some((body, etag))),
            (404, _) => Ok(None),
            _ => Err(of_status(status, Operation::Read, &self.place)),
        }
    }

    /// Stores `text` if the condition is met.
    pub(crate) async fn put(
        &self,
        name: &SecretName,
        condition: Condition<'_>,
        text: &SecretText,
    ) -> Result<Outcome> {
        let request = self.http.put(self.secret(name)).body(text.expose().to_owned());
        match self.change(request, condition).await? {
            // Only a delete is answered without a version.
            Outcome::Made(None) => Err(self.incomplete(204)),
            outcome => Ok(outcome),
        }
    }

    /// Deletes a secret if the condition is met.
    pub(crate) async fn delete(&self, name: &SecretName, condition: Condition<'_>) -> Result<Outcome> {
        self.change(self.http.request(Method::DELETE, self.secret(name)), condition).await
    }

    async fn change(&self, request: RequestBuilder, condition: Condition<'_>) -> Result<Outcome> {
        let request = match condition {
            Condition::Absent => request.header("if-none-match", "*"),
            Condition::Exists => request.header("if-match", "*"),
            Condition::Version(version) => request.header("if-match", version.as_str()),
        };
        let Answer { status, etag, .. } = self.send(Operation::Write, request).await?;
        match (status, etag) {
            (200 | 201, Some(version)) => Ok(Outcome::Made(Some(version))),
            (204, None) => Ok(Outcome::Made(None)),
            (412, _) => Ok(Outcome::ConditionFailed),
            // A read will tell whether this is the service, and whether the change was made.
            (200..300, _) => Err(self.incomplete(status)),
            _ => Err(of_status(status, Operation::Write, &self.place)),
        }
    }

    /// The error for a confirmed change without what the service always sends.
    fn incomplete(&self, status: u16) -> Error {
        let message = format!("{} gave an incomplete answer (HTTP {status})", self.place);
        Error::new(ErrorKind::AnswerLost, Operation::Write, message)
    }

    /// One request and its complete answer.
    async fn send(&self, operation: Operation, request: RequestBuilder) -> Result<Answer> {
        let unknown = outcome_unknown(operation == Operation::Write);
        let broken = |error: TransportError| error.into_error(operation, unknown, &self.place, &HINTS);
        let request = request.bearer_auth(self.token.expose());
        let response = request.send().await.map_err(|error| broken(TransportError::of(&error)))?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let delay = retry_after(header);
        let etag = header("etag").map(Version::new);
        let content_type = header("content-type").unwrap_or_default().to_owned();
        // 407, 408, 429 and 5xx mean the same at every service.
        if let Some(error) = status_error(status, operation, unknown, &self.place) {
            return Err(error.with_retry_after(delay));
        }
        let limit = if operation == Operation::List { LIST_LIMIT } else { SECRET_LIMIT };
        let body = read_body(response, limit).await.map_err(broken)?;
        Ok(Answer { status, content_type, etag, body })
    }

    /// The address of one secret. Names that `check` refuses do not get here.
    fn secret(&self, name: &SecretName) -> String {
        format!("{}/{}", self.namespace, utf8_percent_encode(name.as_str(), NON_ALPHANUMERIC))
    }
}

//! One request, one answer: everything that is the same for all calls, and nothing that knows of tokens' lives.

use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretText};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, Response, Url};
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::error::{fault, redirected};
use crate::settings::{Settings, wrong};
use crate::tls::http_client;

/// How often a standby may send us back to the address we came by, which may be a balancer's.
const MAX_REDIRECTS: usize = 3;

/// What is asked of the server.
#[derive(Debug)]
pub(crate) struct Call {
    /// On whose behalf.
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    /// The path as it reads, below `/v1/`.
    pub(crate) path: String,
    /// The query, ready to be sent.
    pub(crate) query: Option<String>,
    /// The body, JSON.
    pub(crate) body: Option<SecretText>,
    /// Whether the namespace is named; a few calls exist in the root only.
    pub(crate) in_namespace: bool,
    /// The capability that a policy must give for it.
    pub(crate) right: &'static str,
}

impl Call {
    pub(crate) fn get(operation: Operation, path: impl Into<String>) -> Self {
        let (method, path) = (Method::GET, path.into());
        Self { operation, method, path, query: None, body: None, in_namespace: true, right: "read" }
    }

    pub(crate) fn post(operation: Operation, path: impl Into<String>, body: SecretText) -> Self {
        Self { method: Method::POST, body: Some(body), right: "update", ..Self::get(operation, path) }
    }

    pub(crate) fn delete(operation: Operation, path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, right: "delete", ..Self::get(operation, path) }
    }

    pub(crate) fn query(mut self, query: Option<String>) -> Self {
        self.query = query;
        self
    }

    /// Whether a secret is different afterwards.
    pub(crate) fn changes(&self) -> bool {
        self.operation == Operation::Write && self.method != Method::GET
    }

    pub(crate) fn needing(mut self, right: &'static str) -> Self {
        self.right = right;
        self
    }
}

/// What the server said. The body is wiped when it is dropped.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    body: Zeroizing<Vec<u8>>,
}

/// The envelope of every answer.
#[derive(Default, Deserialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) request_id: Option<String>,
    /// As it was sent: numbers must not pass through a float here.
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) auth: Option<&'a RawValue>,
    pub(crate) errors: Option<Vec<String>>,
    pub(crate) warnings: Option<Vec<String>>,
}

impl Answer {
    /// The envelope, if Vault made the body.
    pub(crate) fn envelope(&self) -> Option<Envelope<'_>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as some other shape.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The data of the envelope in the expected shape.
    pub(crate) fn data<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_str(self.envelope()?.data?.get()).ok()
    }

    /// Whether something that is not Vault made the body: a proxy's page, say.
    pub(crate) fn is_foreign(&self) -> bool {
        !self.body.is_empty() && self.envelope().is_none()
    }
}

/// The way to the server.
pub(crate) struct Transport {
    http: reqwest::Client,
    address: Address,
    namespace: Option<HeaderValue>,
}

impl Transport {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let address = Address::new(settings)?;
        let http = http_client(settings, address.is_https())?;
        let namespace = settings.namespace().map(str::as_bytes).map(HeaderValue::from_bytes).transpose();
        let namespace =
            namespace.map_err(|_| wrong("the namespace has a character that no namespace can have"))?;
        Ok(Self { http, address, namespace })
    }

    /// The server's address for people.
    pub(crate) fn shown(&self) -> &str {
        self.address.shown()
    }

    /// One request. Any status is an answer; an error is that there was none.
    pub(crate) async fn send(&self, call: &Call, token: Option<&HeaderValue>) -> Result<Answer> {
        let url = self.address.of(&call.path, call.query.as_deref());
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_to(url.clone(), call, token).await.map_err(|e| self.fault(call, &e))?;
            match redirect(&url, &response) {
                None => return self.answer(call, response).await,
                Some(Redirect::Same) => {}
                // The token goes nowhere else, and another path is another secret.
                Some(Redirect::Elsewhere(target)) => {
                    return Err(redirected(call, self.shown(), target.as_ref(), &url));
                }
            }
        }
        let message = format!("{} has no active server: it sends us in a circle", self.shown());
        Err(Error::new(ErrorKind::Unavailable, call.operation, message))
    }

    async fn send_to(
        &self,
        url: Url,
        call: &Call,
        token: Option<&HeaderValue>,
    ) -> Result<Response, reqwest::Error> {
        let mut headers = HeaderMap::new();
        // Vault's agent and proxy take only requests that no web page can make.
        headers.insert("x-vault-request", HeaderValue::from_static("true"));
        if let Some(token) = token {
            headers.insert("x-vault-token", token.clone());
        }
        if let (true, Some(namespace)) = (call.in_namespace, &self.namespace) {
            headers.insert("x-vault-namespace", namespace.clone());
        }
        let mut request = self.http.request(call.method.clone(), url);
        if let Some(body) = &call.body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request = request.body(body.expose().to_owned());
        }
        request.headers(headers).send().await
    }

    async fn answer(&self, call: &Call, mut response: Response) -> Result<Answer> {
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|e| self.fault(call, &e))? {
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, retry_after, body })
    }

    fn fault(&self, call: &Call, error: &reqwest::Error) -> Error {
        fault(call, self.shown(), error)
    }
}

/// Where an answer sends us.
enum Redirect {
    /// To the address we came by: a balancer's, with another server behind it this time.
    Same,
    /// Somewhere else, if it says where.
    Elsewhere(Option<Url>),
}

/// `None` if the answer sends us nowhere.
fn redirect(from: &Url, response: &Response) -> Option<Redirect> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok()).map(|mut target| {
        // A `Location` never repeats the credentials of the address.
        let _ = (target.set_username(from.username()), target.set_password(from.password()));
        target
    });
    // What a 301, 302 or 303 does to the method depends on who reads it.
    let same = matches!(response.status().as_u16(), 307 | 308) && target.as_ref() == Some(from);
    Some(if same { Redirect::Same } else { Redirect::Elsewhere(target) })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

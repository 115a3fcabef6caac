//! A request as the rest of the crate sees it: what it is for, and what the server answered.

use std::time::Duration;

use airbridge_core::Operation;
use airbridge_http::retry_after;
use http::{HeaderMap, Response, StatusCode};
use rustify::endpoint::Endpoint;
use rustify::enums::RequestMethod;
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// What a request is for. It travels with the request and decides what a status or a broken connection means.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The operation of the contract that sends the request.
    pub(crate) operation: Operation,
    /// The path below `/v1/`, not encoded.
    pub(crate) path: String,
    /// The capability that a policy must grant on `path`.
    pub(crate) capability: &'static str,
    /// Whether the request carries the namespace header. `sys/health` exists in the root namespace only.
    pub(crate) in_namespace: bool,
    /// Whether the request can change a secret.
    pub(crate) writes: bool,
}

impl Call {
    /// A call of `endpoint` as part of `operation`.
    pub(crate) fn new(operation: Operation, endpoint: &impl Endpoint) -> Self {
        let (capability, reads) = match endpoint.method() {
            RequestMethod::GET => ("read", true),
            RequestMethod::DELETE => ("delete", false),
            _ => ("update", false),
        };
        let writes = operation == Operation::Write && !reads;
        Self { operation, path: path(endpoint), capability, in_namespace: true, writes }
    }

    /// The same call, for which a policy must grant `capability`.
    pub(crate) fn needing(mut self, capability: &'static str) -> Self {
        self.capability = capability;
        self
    }

    /// The same call without the namespace header.
    pub(crate) fn in_root(mut self) -> Self {
        self.in_namespace = false;
        self
    }
}

/// The path of `endpoint` below `/v1/`. Some paths of `vaultrs` 0.8 start with a slash, two of them with a tab.
pub(crate) fn path(endpoint: &impl Endpoint) -> String {
    endpoint.path().trim_start_matches(['\t', '/']).to_owned()
}

/// An answer of the server to a call, whatever its status. The body is wiped when it is dropped.
pub(crate) struct Answer {
    pub(crate) call: Call,
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

/// The JSON object around every answer.
#[derive(Default, Deserialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) request_id: Option<String>,
    /// Not parsed here, so that numbers keep their digits and no copy of a value is left behind.
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) auth: Option<&'a RawValue>,
    pub(crate) errors: Option<Vec<String>>,
    pub(crate) warnings: Option<Vec<String>>,
}

impl Answer {
    pub(crate) fn new(call: Call, response: Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        let body = Zeroizing::new(body);
        Self { call, status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The response that this was made of.
    pub(crate) fn into_response(mut self) -> Response<Vec<u8>> {
        let mut response = Response::new(std::mem::take(&mut *self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        *response.headers_mut() = self.headers;
        response
    }

    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(|name| self.header(name))
    }

    /// The envelope; `None` if the body is not Vault's.
    pub(crate) fn envelope(&self) -> Option<Envelope<'_>> {
        self.json()
    }

    /// The whole body in another shape.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The `data` of the envelope in the expected shape.
    pub(crate) fn data<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_str(self.envelope()?.data?.get()).ok()
    }

    /// Whether the body comes from something other than Vault, for example the error page of a proxy.
    pub(crate) fn is_foreign(&self) -> bool {
        !self.body.is_empty() && self.envelope().is_none()
    }
}

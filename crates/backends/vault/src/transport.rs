//! One request to the server: redirects, limits and broken connections. Tokens are the session's matter.

use airbridge_core::{Error, ErrorKind, Operation, Result};
use airbridge_http::{LIST_LIMIT, SECRET_LIMIT, TransportError, read_body};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HeaderValue, LOCATION};
use http::request::Parts;
use reqwest::Url;
use rustify::client::Client;
use rustify::endpoint::Endpoint;
use rustify::errors::ClientError;
use zeroize::Zeroizing;

use crate::address::Address;
use crate::call::{Answer, Call};
use crate::error::{no_answer, redirected};
use crate::middleware::{Middleware, into_client_error};
use crate::settings::Settings;
use crate::tls::http_client;

/// How many redirects to the same address are followed. Behind a load balancer each may reach another server.
const MAX_REDIRECTS: usize = 3;

/// A client of the server that sends requests as they are.
///
/// Any status is an answer. `rustify`'s own `execute` makes a string of every body whose status is above 208.
pub(crate) struct Transport {
    http: reqwest::Client,
    address: Address,
    namespace: Option<HeaderValue>,
}

impl Transport {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let address = Address::new(settings)?;
        let http = http_client(settings, &address)?;
        let namespace = settings.namespace().map(str::as_bytes).map(HeaderValue::from_bytes).transpose();
        let namespace = namespace
            .map_err(|_| Error::config("the namespace contains a character that no namespace can contain"))?;
        Ok(Self { http, address, namespace })
    }

    /// The server's address for messages, without user and password.
    pub(crate) fn shown(&self) -> &str {
        self.address.shown()
    }

    /// Sends the request of `endpoint`, with `token` if there is one.
    pub(crate) async fn run(
        &self,
        call: &Call,
        endpoint: impl Endpoint,
        token: Option<&HeaderValue>,
    ) -> Result<Answer> {
        self.middleware(call, token).run(self, endpoint).await
    }

    /// The middleware for `call`.
    pub(crate) fn middleware<'a>(&'a self, call: &'a Call, token: Option<&'a HeaderValue>) -> Middleware<'a> {
        Middleware { address: &self.address, namespace: self.namespace.as_ref(), token, call }
    }

    /// Sends a request and follows redirects to the same address.
    async fn exchange(&self, call: &Call, parts: &Parts, body: &Bytes) -> Result<http::Response<Vec<u8>>> {
        let unusable =
            |_| Error::new(ErrorKind::Unexpected, call.operation, "the address is not a valid URL");
        let url = self.address.with_credentials(parts.uri.to_string().parse().map_err(unusable)?);
        for _ in 0..=MAX_REDIRECTS {
            let request = self.http.request(parts.method.clone(), url.clone()).headers(parts.headers.clone());
            let response = request.body(body.clone()).send().await;
            let response =
                response.map_err(|error| no_answer(call, self.shown(), TransportError::of(&error)))?;
            match redirect(&url, &response) {
                None => return self.received(call, response).await,
                Some(Redirect::Same) => {}
                // The token must not go to another host, and another path is another secret.
                Some(Redirect::Elsewhere(target)) => {
                    return Err(redirected(call, self.shown(), target.as_ref(), &url));
                }
            }
        }
        let message = format!("redirect loop at {}: no active node found", self.shown());
        Err(Error::new(ErrorKind::Unavailable, call.operation, message))
    }

    /// Reads the body. The caller must wipe it; `Answer` does.
    async fn received(
        &self,
        call: &Call,
        mut response: reqwest::Response,
    ) -> Result<http::Response<Vec<u8>>> {
        let limit = if call.operation == Operation::List { LIST_LIMIT } else { SECRET_LIMIT };
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = read_body(response, limit).await;
        let mut body = body.map_err(|error| no_answer(call, self.shown(), error))?;
        let mut received = http::Response::new(std::mem::take(&mut *body));
        *received.status_mut() = status;
        *received.headers_mut() = headers;
        Ok(received)
    }
}

#[async_trait]
impl Client for Transport {
    fn base(&self) -> &str {
        self.shown()
    }

    async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, ClientError> {
        let (parts, body) = request.into_parts();
        let body = Bytes::from_owner(Zeroizing::new(body));
        self.exchange(call_of(&parts)?, &parts, &body).await.map_err(into_client_error)
    }

    async fn execute(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, ClientError> {
        self.send(request).await
    }
}

/// The call that the middleware put into a request.
pub(crate) fn call_of(parts: &Parts) -> Result<&Call, ClientError> {
    parts.extensions.get::<Call>().ok_or_else(|| {
        let message = "a request was sent without the middleware";
        into_client_error(Error::new(ErrorKind::Unexpected, Operation::Open, message))
    })
}

/// Where an answer redirects to.
enum Redirect {
    /// To the same address: behind a load balancer another server may answer next time.
    Same,
    /// To another address, if the answer names one.
    Elsewhere(Option<Url>),
}

/// `None` if the answer is not a redirect.
fn redirect(from: &Url, response: &reqwest::Response) -> Option<Redirect> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok()).map(|mut target| {
        // A `Location` never repeats the credentials of the address.
        let _ = (target.set_username(from.username()), target.set_password(from.password()));
        target
    });
    // Clients disagree on the method to use after a 301, 302 or 303.
    let same = matches!(response.status().as_u16(), 307 | 308) && target.as_ref() == Some(from);
    Some(if same { Redirect::Same } else { Redirect::Elsewhere(target) })
}

//! What every request carries: the address, the headers and the purpose. `vaultrs` has a middleware of its own, which
//! panics on a token or a namespace that is not a valid header and puts a base path behind `/v1`.

use airbridge_core::{Error, ErrorKind, Result};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use rustify::client::Client;
use rustify::endpoint::{Endpoint, MiddleWare};
use rustify::errors::ClientError;

use crate::address::Address;
use crate::call::{Answer, Call, path};

/// Prepares the request of an endpoint, for any client that understands `Call` in a request's extensions.
pub(crate) struct Middleware<'a> {
    pub(crate) address: &'a Address,
    pub(crate) namespace: Option<&'a HeaderValue>,
    /// Marked as sensitive, so that no `Debug` shows it.
    pub(crate) token: Option<&'a HeaderValue>,
    pub(crate) call: &'a Call,
}

impl Middleware<'_> {
    /// Sends the request of `endpoint` through `client`. Any status is an answer; an error means that there was none.
    pub(crate) async fn run(&self, client: &impl Client, endpoint: impl Endpoint) -> Result<Answer> {
        match endpoint.with_middleware(self).exec(client).await {
            Ok(result) => Ok(Answer::new(self.call.clone(), result.response)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// The error that a client of ours returned. Any other error comes from building the request.
    fn error(&self, error: ClientError) -> Error {
        if let ClientError::GenericError { source } = error
            && let Ok(error) = source.downcast::<Error>()
        {
            return error;
        }
        let message = format!("the path `{}` does not make a valid request", self.call.path);
        Error::new(ErrorKind::InvalidName, self.call.operation, message)
    }
}

impl MiddleWare for Middleware<'_> {
    fn request<E: Endpoint>(&self, endpoint: &E, request: &mut Request<Vec<u8>>) -> Result<(), ClientError> {
        // Without parameters, the query of a derived endpoint is an empty string, which would end the URL in `?`.
        let query = endpoint.query()?.filter(|query| !query.is_empty());
        let url = self.address.of(&path(endpoint), query.as_deref());
        *request.uri_mut() = url.as_str().parse().map_err(|source| ClientError::UrlBuildError { source })?;
        let has_body = !request.body().is_empty();
        let headers = request.headers_mut();
        // Vault's agent and proxy accept only requests with this header, which a web page cannot send.
        headers.insert("x-vault-request", HeaderValue::from_static("true"));
        if let (true, Some(namespace)) = (self.call.in_namespace, self.namespace) {
            headers.insert("x-vault-namespace", namespace.clone());
        }
        if let Some(token) = self.token {
            headers.insert("x-vault-token", token.clone());
        }
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request.extensions_mut().insert(self.call.clone());
        Ok(())
    }

    fn response<E: Endpoint>(&self, _: &E, _: &mut Response<Vec<u8>>) -> Result<(), ClientError> {
        Ok(())
    }
}

/// Wraps `error` so that a `rustify` client can return it; `Middleware::run` unwraps it.
pub(crate) fn into_client_error(error: Error) -> ClientError {
    ClientError::GenericError { source: error.into() }
}

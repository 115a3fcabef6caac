//! What stands between the SDK and the network: a token goes to its vault alone, and no call goes out to be refused.

use std::fmt;

use airbridge_core::{Error, ErrorKind, Operation};
use async_trait::async_trait;
use azure_core::http::headers::{AUTHORIZATION, CONTENT_TYPE, Headers, WWW_AUTHENTICATE};
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode, Url};

use crate::challenge::Challenge;

/// The SDK's way to one vault.
///
/// - The SDK sends the first call of every client without a token, to be told what token to get; calls at the same time
///   all do. The vault was asked once when the store was opened, so they are told here.
/// - A page of a listing names the next by a whole address, and the SDK would take the token there, wherever it is.
pub(crate) struct Guard {
    http: reqwest::Client,
    vault: Url,
    challenge: Challenge,
    place: String,
}

impl Guard {
    pub(crate) fn new(http: reqwest::Client, vault: Url, challenge: Challenge, place: String) -> Self {
        Self { http, vault, challenge, place }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client would show its proxy, with a password.
        f.debug_struct("Guard").field("place", &self.place).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Guard {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if request.url().origin() != self.vault.origin() {
            let host = request.url().host_str().unwrap_or("another host");
            let message = format!("{} sends us to {host}, and the token is not shown there", self.place);
            return Err(wrap(Error::new(ErrorKind::Config, Operation::List, message)));
        }
        if request.headers().get_optional_str(&AUTHORIZATION).is_none() {
            let mut headers = Headers::new();
            headers.insert(WWW_AUTHENTICATE, self.challenge.header.clone());
            return Ok(AsyncRawResponse::from_bytes(StatusCode::Unauthorized, headers, Vec::new()));
        }
        let response = self.http.execute_request(request).await?;
        let kind = response.headers().get_optional_str(&CONTENT_TYPE).unwrap_or_default();
        if response.status().is_success() && !kind.contains("json") {
            // A login page must not be taken for an empty list.
            let message = format!("what answers at {} is not Azure Key Vault", self.place);
            let error = Error::new(ErrorKind::Config, Operation::Open, message);
            return Err(wrap(error.with_hint("a proxy or login page stands in between")));
        }
        Ok(response)
    }
}

/// An error of ours on its way through the SDK; `classify` finds it again.
pub(crate) fn wrap(error: Error) -> azure_core::Error {
    azure_core::Error::new(azure_core::error::ErrorKind::Credential, error)
}

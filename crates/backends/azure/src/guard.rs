//! The HTTP client that the SDK gets: sends the token to its vault only, and spares requests that would be refused.

use std::fmt;

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::wrong_service;
use async_trait::async_trait;
use azure_core::http::headers::{AUTHORIZATION, CONTENT_TYPE, Headers, WWW_AUTHENTICATE};
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode, Url};

use crate::challenge::Challenge;
use crate::error::wrap;

/// The SDK's HTTP client for one vault.
///
/// - The SDK sends the first request of every client without a token, to learn which token it needs; concurrent requests
///   all do so. The vault was asked once when the store was opened, so the guard answers from that challenge.
/// - A page of a listing names the next page by its whole address. The SDK would send the token to any host named there.
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
        // The HTTP client's `Debug` shows the proxy's address, which may contain a password.
        f.debug_struct("Guard").field("place", &self.place).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Guard {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if request.url().origin() != self.vault.origin() {
            let host = request.url().host_str().unwrap_or("another host");
            let message = format!("{} continues its listing at {host}; no token was sent there", self.place);
            return Err(wrap(Error::new(ErrorKind::Config, Operation::List, message)));
        }
        if request.headers().get_optional_str(&AUTHORIZATION).is_none() {
            let mut headers = Headers::new();
            headers.insert(WWW_AUTHENTICATE, self.challenge.header.clone());
            return Ok(AsyncRawResponse::from_bytes(StatusCode::Unauthorized, headers, Vec::new()));
        }
        let response = self.http.execute_request(request).await?;
        let content_type = response.headers().get_optional_str(&CONTENT_TYPE).unwrap_or_default();
        if response.status().is_success() && !content_type.contains("json") {
            // Without this check, the SDK would read a login page as an empty listing.
            let status = response.status().into();
            let error = wrong_service(status, Operation::Open, &self.place, "Azure Key Vault");
            return Err(wrap(error.with_hint("check whether a proxy or a login page answers instead")));
        }
        Ok(response)
    }
}

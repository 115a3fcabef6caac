//! The HTTP client that the SDK gets: sends the token to its vault only, spares requests that would be refused, and checks
//! answers before the SDK reads them.

use std::fmt;

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{BodyTooLarge, LIST_LIMIT, SECRET_LIMIT, wrong_service};
use async_trait::async_trait;
use azure_core::error::ErrorKind as SdkKind;
use azure_core::http::headers::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, Headers, WWW_AUTHENTICATE};
use azure_core::http::response::AsyncResponseBody;
use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request, StatusCode, Url};
use bytes::Bytes;
use futures::TryStreamExt;
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::challenge::Challenge;
use crate::error::wrap;

/// The SDK's HTTP client for one vault.
///
/// - The SDK sends the first request of every client without a token, to learn which token it needs; concurrent requests
///   all do so. The vault was asked once when the store was opened, so the guard answers from that challenge.
/// - A page of a listing names the next page by its whole address. The SDK would send the token to any host named there.
/// - The SDK would read answers of any size, and a page without a list as an empty one.
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
        let lists = lists(request);
        let (status, headers, body) = self.http.execute_request(request).await?.deconstruct();
        let length = headers.get_optional_str(&CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let length = length.unwrap_or_default();
        let body = whole(body, length, if lists { LIST_LIMIT } else { SECRET_LIMIT }).await?;
        let content_type = headers.get_optional_str(&CONTENT_TYPE).unwrap_or_default();
        if status.is_success() && body.is_empty() && request.method() != Method::Get {
            let message = format!("{} answered without a body", self.place);
            return Err(wrap(Error::new(ErrorKind::AnswerLost, Operation::Write, message)));
        }
        if status.is_success() && !content_type.contains("json") {
            // Without this check, the SDK would read a login page as an empty listing.
            let error = wrong_service(status.into(), Operation::Open, &self.place, "Azure Key Vault");
            return Err(wrap(error.with_hint("check whether a proxy or a login page answers instead")));
        }
        if lists && status.is_success() && serde_json::from_slice::<Page>(&body).is_err() {
            let message = format!(
                "the answer of {} has no list, so it is not a valid answer of Azure Key Vault",
                self.place
            );
            let error = Error::new(ErrorKind::Unexpected, Operation::List, message);
            return Err(wrap(error.with_hint("check the proxies and gateways in between")));
        }
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

/// The part of a page that is always there.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "value")]
    _entries: Vec<IgnoredAny>,
}

/// Whether the answer is a page of secrets or of deleted secrets.
fn lists(request: &Request) -> bool {
    let path = request.url().path().trim_matches('/');
    request.method() == Method::Get && matches!(path, "secrets" | "deletedsecrets")
}

/// The body of an answer of the announced `length`, at most `limit` bytes; it is wiped when it is dropped.
async fn whole(mut chunks: AsyncResponseBody, length: usize, limit: usize) -> azure_core::Result<Bytes> {
    let too_large = || azure_core::Error::new(SdkKind::Io, BodyTooLarge);
    if length > limit {
        return Err(too_large());
    }
    // With the announced length the buffer never moves, which would leave a copy behind.
    let mut body = Zeroizing::new(Vec::with_capacity(length));
    while let Some(chunk) = chunks.try_next().await? {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Bytes::from_owner(body))
}

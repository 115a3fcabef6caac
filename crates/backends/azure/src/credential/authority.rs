//! The way to who signs applications in. What is refused there is put into our words here: the SDK cannot read refusals
//! with escapes in them, which real ones have, and then forgets their status.

use std::fmt;
use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::ConnectError;
use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use serde::Deserialize;

use crate::error::{broken, retry_after};
use crate::guard::wrap;

/// What is known of the numbers: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
const NUMBERS: [(u64, &str); 8] = [
    (7_000_215, "the client secret is wrong; give the secret's value, not its id"),
    (7_000_222, "the client secret has expired; make a new one"),
    (700_016, "the directory does not know the application; check the ids of both"),
    (90_002, "there is no such directory in this cloud; check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST"),
    (700_024, "the pod's token has expired, or this machine's clock is wrong"),
    (700_211, "the application has no federated credential of this issuer"),
    (700_213, "the application has no federated credential of this service account"),
    (70_021, "the application has no federated credential that matches the pod's token"),
];

/// The SDK's way to a token service.
pub(crate) struct Authority {
    http: reqwest::Client,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
    error_codes: Vec<u64>,
}

impl Authority {
    pub(crate) fn new(http: reqwest::Client) -> Self {
        Self { http }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client would show its proxy, with a password.
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Authority {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let host = request.url().host_str().unwrap_or("the token service").to_owned();
        let response = match self.http.execute_request(request).await {
            Ok(response) if response.status().is_success() => return Ok(response),
            Ok(response) => response,
            Err(error) => {
                return Err(match error.downcast_ref::<reqwest::Error>() {
                    Some(fault) => wrap(unreached(&host, fault)),
                    None => error,
                });
            }
        };
        let (status, headers) = (u16::from(response.status()), response.headers().clone());
        let body = response.try_into_raw_response().await?;
        Err(wrap(refused(&host, status, &headers, body.body())))
    }
}

/// A token service that was not reached; asking for a token changes nothing.
fn unreached(host: &str, fault: &reqwest::Error) -> Error {
    let error = broken(Operation::Open, ErrorKind::Unavailable, host, fault);
    match ConnectError::of(fault) {
        Some(ConnectError::NoSuchHost) => {
            error.with_hint("check the network and the proxy, and AZURE_AUTHORITY_HOST if it is set")
        }
        _ => error,
    }
}

/// What a token service means by an answer that is no token.
pub(super) fn refused(host: &str, status: u16, headers: &Headers, body: &[u8]) -> Error {
    let refusal = serde_json::from_slice::<Refusal>(body).unwrap_or_default();
    let error = |kind, message: String| {
        Error::new(kind, Operation::Open, message)
            .with_retry_after(retry_after(headers).filter(|d| *d > Duration::ZERO))
    };
    match status {
        429 => error(ErrorKind::RateLimited, format!("{host} is asked too often")),
        408 | 500.. => error(ErrorKind::Unavailable, format!("{host} failed (HTTP {status})")),
        _ if refusal.error.is_empty() => {
            error(ErrorKind::Config, format!("what answers at {host} hands out no tokens (HTTP {status})"))
                .with_hint("check AZURE_AUTHORITY_HOST, and the proxy")
        }
        _ => {
            let number = refusal.error_codes.first();
            let shown = number.map_or_else(|| format!("HTTP {status}"), |number| format!("AADSTS{number}"));
            let refused = error(ErrorKind::Unauthenticated, format!("{host} refuses ({shown})"));
            match NUMBERS.iter().find(|(known, _)| Some(known) == number) {
                Some((_, hint)) => refused.with_hint(*hint),
                None => refused.with_hint("check the ids of directory and application, and the secret"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use airbridge_core::ErrorKind;
    use azure_core::http::headers::Headers;

    use super::refused;

    /// As the service words it: with escapes, and with what it was sent.
    const RECORDED: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'canary'.\r\nTrace ID: 1\r\nCorrelation ID: 2","error_codes":[7000215],"timestamp":"2024-01-01 00:00:00Z"}"#;

    #[test]
    fn a_recorded_refusal_is_understood_and_not_quoted() {
        let error = refused("login.test", 401, &Headers::new(), RECORDED.as_bytes());
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(error.message(), "login.test refuses (AADSTS7000215)");
        assert!(error.hint().unwrap().contains("not its id") && !format!("{error:?}").contains("canary"));
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let mut headers = Headers::new();
        headers.insert("retry-after", "9");
        let throttled = refused("login.test", 429, &headers, b"");
        assert_eq!(
            (throttled.kind(), throttled.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_secs(9)))
        );
        let kind = |status, body: &[u8]| refused("login.test", status, &Headers::new(), body).kind();
        assert_eq!(kind(503, b"<html>"), ErrorKind::Unavailable);
        assert_eq!(kind(404, b"<html>"), ErrorKind::Config);
        assert_eq!(kind(302, b""), ErrorKind::Config);
        assert_eq!(kind(400, br#"{"error":"invalid_grant"}"#), ErrorKind::Unauthenticated);
    }
}

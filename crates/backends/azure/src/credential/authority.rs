//! The token service of a directory, for applications. Its refusals are read here, because the SDK cannot parse refusals
//! that contain escapes, which real ones do, and then loses their status.

use std::fmt;
use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{TransportError, retry_after, status_error, wrong_service};
use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use serde::Deserialize;

use crate::error::{header, hints, wrap};

/// Hints for error numbers. Source: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
const NUMBERS: [(u64, &str); 8] = [
    (7_000_215, "check the client secret: it must be the secret's value, not its id"),
    (7_000_222, "create a new client secret: this one has expired"),
    (
        700_016,
        "check AZURE_TENANT_ID and AZURE_CLIENT_ID (or `tenant_id` and `client_id`): the directory has no such application",
    ),
    (
        90_002,
        "check AZURE_TENANT_ID (or `tenant_id`) and AZURE_AUTHORITY_HOST: this cloud has no such directory",
    ),
    (700_024, "check this machine's clock; otherwise the pod's token has expired"),
    (700_211, "add a federated credential for the pod's issuer to the application"),
    (700_213, "add a federated credential for the pod's service account to the application"),
    (70_021, "add a federated credential that matches the pod's token to the application"),
];

/// The SDK's HTTP client for a token service.
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
        // The HTTP client's `Debug` shows the proxy's address, which may contain a password.
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
                    Some(fault) => wrap(unreachable(&host, fault)),
                    None => error,
                });
            }
        };
        let (status, headers) = (u16::from(response.status()), response.headers().clone());
        let body = response.try_into_raw_response().await?;
        Err(wrap(refusal(&host, status, &headers, body.body())))
    }
}

/// The error for a failed connection to a token service. A token request can always be repeated.
fn unreachable(host: &str, fault: &reqwest::Error) -> Error {
    let (operation, unknown) = (Operation::Open, ErrorKind::Unavailable);
    TransportError::of(fault).into_error(operation, unknown, host, &hints::TOKEN_SERVICE)
}

/// The error for a response of a token service that is not a token.
pub(super) fn refusal(host: &str, status: u16, headers: &Headers, body: &[u8]) -> Error {
    if let Some(error) = status_error(status, Operation::Open, ErrorKind::Unavailable, host) {
        let wait = retry_after(|name| header(headers, name));
        return error.with_retry_after(wait.filter(|wait| *wait > Duration::ZERO));
    }
    let document = serde_json::from_slice::<Refusal>(body).unwrap_or_default();
    if document.error.is_empty() {
        return wrong_service(status, Operation::Open, host, "a token service")
            .with_hint("check AZURE_AUTHORITY_HOST, and `proxy` or HTTPS_PROXY");
    }
    let number = document.error_codes.first();
    let shown = number.map_or_else(|| format!("HTTP {status}"), |number| format!("AADSTS{number}"));
    let hint = NUMBERS.iter().find(|(known, _)| Some(known) == number).map(|(_, hint)| *hint);
    let message = format!("{host} rejects the credentials ({shown})");
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
        .with_hint(hint.unwrap_or("check the tenant id, the client id and the secret"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use airbridge_core::ErrorKind;
    use azure_core::http::headers::Headers;

    use super::refusal;

    /// A recorded response: with escapes, and with a quote of the request.
    const RECORDED: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'canary'.\r\nTrace ID: 1\r\nCorrelation ID: 2","error_codes":[7000215],"timestamp":"2024-01-01 00:00:00Z"}"#;

    #[test]
    fn recorded_refusal_is_classified_and_not_shown() {
        let error = refusal("login.test", 401, &Headers::new(), RECORDED.as_bytes());
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(error.message(), "login.test rejects the credentials (AADSTS7000215)");
        assert!(error.hint().unwrap().contains("not its id") && !format!("{error:?}").contains("canary"));
    }

    #[test]
    fn passing_faults_are_told_from_permanent_ones() {
        let mut headers = Headers::new();
        headers.insert("retry-after", "9");
        let throttled = refusal("login.test", 429, &headers, b"");
        assert_eq!(
            (throttled.kind(), throttled.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_secs(9)))
        );
        let kind = |status, body: &[u8]| refusal("login.test", status, &Headers::new(), body).kind();
        assert_eq!(kind(503, b"<html>"), ErrorKind::Unavailable);
        assert_eq!(kind(404, b"<html>"), ErrorKind::Config);
        assert_eq!(kind(302, b""), ErrorKind::Config);
        assert_eq!(kind(400, br#"{"error":"invalid_grant"}"#), ErrorKind::Unauthenticated);
    }
}

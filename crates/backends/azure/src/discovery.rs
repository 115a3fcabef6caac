//! The first request of a run: asks the vault, without a token, which token it requires.

use airbridge_core::{Operation, Result};
use airbridge_http::wrong_service;
use azure_core::http::headers::WWW_AUTHENTICATE;
use azure_core::http::{HttpClient, Method, Request, StatusCode};

use crate::challenge::Challenge;
use crate::error::{Call, ErrorResponse, classify};
use crate::vault::Vault;

/// Gets the challenge of `vault`. The SDK would repeat this request for every client, so it is sent once, here.
///
/// # Errors
///
/// `Config` where the server is not a vault, and what [`classify`] makes of refusals and connection faults.
pub(crate) async fn challenge(vault: &Vault, http: &reqwest::Client, api_version: &str) -> Result<Challenge> {
    let mut url = vault.url().clone();
    url.set_path("secrets");
    url.query_pairs_mut().append_pair("api-version", api_version).append_pair("maxresults", "1");
    let fault = |error: azure_core::Error| classify(Call::Open, vault, &error).error;
    let response = http.execute_request(&Request::new(url, Method::Get)).await.map_err(fault)?;
    let response = response.try_into_raw_response().await.map_err(fault)?;
    let header = response.headers().get_optional_str(&WWW_AUTHENTICATE);
    if let Some(challenge) =
        header.and_then(Challenge::parse).filter(|_| response.status() == StatusCode::Unauthorized)
    {
        return Ok(challenge);
    }
    let status = u16::from(response.status());
    if matches!(status, 403 | 407 | 408 | 429 | 500..) {
        return Err(ErrorResponse::of(&response).fault(Call::Open, vault).error);
    }
    Err(wrong_service(status, Operation::Open, &vault.place(), "Azure Key Vault").with_hint(
        "check `vault_url`: a vault answers a request without a token with HTTP 401 and a challenge",
    ))
}

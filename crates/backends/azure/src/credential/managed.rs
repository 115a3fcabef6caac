//! Managed identities: a token from the identity service of App Service or of a virtual machine.
//!
//! The SDK supports them, too, but selects the service by the process's environment, which source and target share.

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretText};
use airbridge_http::{SECRET_LIMIT, TransportError, read_body, status_error};
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::Url;
use azure_core::time::{Duration, OffsetDateTime};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{hints, wrap};
use crate::settings::Settings;
use crate::transport::identity_client;

/// The identity service of virtual machines.
const IMDS: &str = "http://169.254.169.254";

/// The service in messages.
const SERVICE: &str = "the identity service";

/// A managed identity.
#[derive(Debug)]
pub(crate) struct ManagedIdentity {
    http: reqwest::Client,
    url: Url,
    /// The secret that App Service, Functions and Container Apps require; virtual machines require none.
    header: Option<SecretText>,
    client_id: Option<String>,
}

/// A token response. Some services send the times as numbers, others as strings.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_on: Option<Value>,
    expires_in: Option<Value>,
}

impl ManagedIdentity {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let env = &settings.env;
        let set = |name: &str| env.non_empty(name);
        let client_id = settings.managed_identity_client_id.as_deref().or_else(|| set("AZURE_CLIENT_ID"));
        let unsupported = |what: &str| {
            Error::config(format!("the managed identity of {what} is not supported")).with_hint(
                "run `az login --identity`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
            )
        };
        let (variable, url, version, header) = match (set("IDENTITY_ENDPOINT"), set("IDENTITY_HEADER")) {
            (Some(_), Some(_)) if set("IDENTITY_SERVER_THUMBPRINT").is_some() => {
                return Err(unsupported("Service Fabric"));
            }
            (Some(url), Some(header)) => {
                ("IDENTITY_ENDPOINT", url.to_owned(), "2019-08-01", Some(SecretText::new(header)))
            }
            (Some(_), None) if set("IMDS_ENDPOINT").is_some() => return Err(unsupported("Azure Arc")),
            (None, _) if set("MSI_ENDPOINT").is_some() => return Err(unsupported("Cloud Shell or Azure ML")),
            _ => {
                let variable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
                let host = set(variable).unwrap_or(IMDS).trim_end_matches('/');
                (variable, format!("{host}/metadata/identity/oauth2/token"), "2018-02-01", None)
            }
        };
        let mut url =
            Url::parse(&url).map_err(|_| Error::config(format!("{variable} is not a valid address")))?;
        url.query_pairs_mut().append_pair("api-version", version);
        if let Some(id) = client_id {
            url.query_pairs_mut().append_pair("client_id", id);
        }
        Ok(Self { http: identity_client()?, url, header, client_id: client_id.map(str::to_owned) })
    }

    async fn ask(&self, scope: &str) -> Result<AccessToken> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("resource", scope.strip_suffix("/.default").unwrap_or(scope));
        let mut request = self.http.get(url).header("metadata", "true");
        if let Some(header) = &self.header {
            request = request.header("x-identity-header", header.expose());
        }
        let response = request.send().await.map_err(|error| unreachable(TransportError::of(&error)))?;
        let status = response.status().as_u16();
        let body = read_body(response, SECRET_LIMIT).await.map_err(unreachable)?;
        let error = |kind, message: String| Error::new(kind, Operation::Open, message);
        if let Some(error) = status_error(status, Operation::Open, ErrorKind::Unavailable, SERVICE) {
            return Err(error);
        }
        match (status, serde_json::from_slice::<TokenResponse>(&body)) {
            (200, Ok(response)) => response.token().ok_or_else(|| {
                error(
                    ErrorKind::Unexpected,
                    "the response of the identity service does not say when its token expires".to_owned(),
                )
            }),
            // A virtual machine answers 410 while its identity service is updated.
            (410, _) => Err(error(ErrorKind::Unavailable, format!("{SERVICE} failed (HTTP 410)"))),
            _ => {
                let which = self
                    .client_id
                    .as_ref()
                    .map_or("no managed identity".to_owned(), |id| format!("no managed identity {id}"));
                Err(error(ErrorKind::Unauthenticated, format!("this machine has {which} (HTTP {status})"))
                    .with_hint(
                        "assign an identity to this machine, or select one with managed_identity_client_id=…",
                    ))
            }
        }
    }
}

/// The error if the service cannot be reached. A token request can always be repeated.
fn unreachable(fault: TransportError) -> Error {
    let (operation, unknown) = (Operation::Open, ErrorKind::Unavailable);
    let error = fault.into_error(operation, unknown, SERVICE, &hints::IDENTITY_SERVICE);
    // The key `timeout` does not apply to this service.
    error.with_hint(hints::IDENTITY_SERVICE.address)
}

impl TokenResponse {
    fn token(self) -> Option<AccessToken> {
        let expires =
            match (self.expires_on.as_ref().and_then(number), self.expires_in.as_ref().and_then(number)) {
                (Some(on), _) => OffsetDateTime::from_unix_timestamp(on).ok()?,
                (None, Some(seconds)) => OffsetDateTime::now_utc().checked_add(Duration::seconds(seconds))?,
                (None, None) => return None,
            };
        Some(AccessToken::new(self.access_token, expires))
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[async_trait]
impl TokenCredential for ManagedIdentity {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.ask(scopes.first().copied().unwrap_or_default()).await.map_err(wrap)
    }
}

//! The identity of the machine that this runs on: two services that answer one call each.
//!
//! The SDK has this too, but chooses between them by the process's environment, where both sides of a copy are one.

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretText};
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::Url;
use azure_core::time::{Duration, OffsetDateTime};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{broken, config};
use crate::guard::wrap;
use crate::settings::Settings;
use crate::transport::metadata_client;

/// Where virtual machines find theirs.
const IMDS: &str = "http://169.254.169.254";

/// A managed identity.
#[derive(Debug)]
pub(crate) struct ManagedIdentity {
    http: reqwest::Client,
    url: Url,
    /// What App Service, Functions and Container Apps want to see; virtual machines want nothing.
    header: Option<SecretText>,
    client_id: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Both are sent as numbers by some and as texts by others.
    expires_on: Option<Value>,
    expires_in: Option<Value>,
}

impl ManagedIdentity {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let env = &settings.env;
        let set = |name: &str| env.non_empty(name);
        let client_id = settings.managed_identity_client_id.as_deref().or_else(|| set("AZURE_CLIENT_ID"));
        let unsupported = |what: &str| {
            config(format!("the managed identity of {what} is not built in"))
                .with_hint("sign in with az login --identity, or as an application: AZURE_CLIENT_SECRET")
        };
        let (url, version, header) = match (set("IDENTITY_ENDPOINT"), set("IDENTITY_HEADER")) {
            (Some(_), Some(_)) if set("IDENTITY_SERVER_THUMBPRINT").is_some() => {
                return Err(unsupported("Service Fabric"));
            }
            (Some(url), Some(header)) => (url.to_owned(), "2019-08-01", Some(SecretText::new(header))),
            (Some(_), None) if set("IMDS_ENDPOINT").is_some() => return Err(unsupported("Azure Arc")),
            (None, _) if set("MSI_ENDPOINT").is_some() => return Err(unsupported("Cloud Shell or Azure ML")),
            _ => {
                let host = set("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(IMDS).trim_end_matches('/');
                (format!("{host}/metadata/identity/oauth2/token"), "2018-02-01", None)
            }
        };
        let mut url = Url::parse(&url).map_err(|_| config("IDENTITY_ENDPOINT is no address"))?;
        url.query_pairs_mut().append_pair("api-version", version);
        if let Some(id) = client_id {
            url.query_pairs_mut().append_pair("client_id", id);
        }
        Ok(Self { http: metadata_client()?, url, header, client_id: client_id.map(str::to_owned) })
    }

    async fn ask(&self, scope: &str) -> Result<AccessToken> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("resource", scope.strip_suffix("/.default").unwrap_or(scope));
        let mut request = self.http.get(url).header("metadata", "true");
        if let Some(header) = &self.header {
            request = request.header("x-identity-header", header.expose());
        }
        let fault = |error: reqwest::Error| {
            broken(Operation::Open, ErrorKind::Unavailable, "the identity service", &error)
        };
        let response = request.send().await.map_err(fault)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(fault)?;
        let error = |kind, message: String| Error::new(kind, Operation::Open, message);
        match (status, serde_json::from_slice::<Granted>(&body)) {
            (200, Ok(granted)) => granted.token().ok_or_else(|| {
                error(
                    ErrorKind::Unexpected,
                    "the identity service does not say how long its token lives".to_owned(),
                )
            }),
            (429, _) => {
                Err(error(ErrorKind::RateLimited, "the identity service is asked too often".to_owned()))
            }
            (408 | 410 | 500.., _) => {
                Err(error(ErrorKind::Unavailable, format!("the identity service failed (HTTP {status})")))
            }
            _ => {
                let which = self
                    .client_id
                    .as_ref()
                    .map_or("none of its own".to_owned(), |id| format!("no identity {id}"));
                Err(error(ErrorKind::Unauthenticated, format!("this machine has {which} (HTTP {status})"))
                    .with_hint("give it one, or name the one to take: managed_identity_client_id=…"))
            }
        }
    }
}

impl Granted {
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

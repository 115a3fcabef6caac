//! What users can set.

use std::fmt;
use std::sync::Arc;

use airbridge_core::{Environment, Result, SecretText};
use airbridge_http::HttpOptions;
use async_trait::async_trait;

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion {
    /// `/api/v1` of Airflow 2.
    V1,
    /// `/api/v2` of Airflow 3.
    V2,
}

impl ApiVersion {
    /// The part of the address.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::V1 => "/api/v1",
            Self::V2 => "/api/v2",
        }
    }
}

/// Gives tokens that a service of a cloud issues, and renews them before they expire.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// A token that is valid now.
    ///
    /// # Errors
    ///
    /// There is none.
    async fn token(&self) -> Result<SecretText>;
}

/// How to reach an Airflow.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address of the web server or API server, with its base path and without `/api/…`.
    pub url: Option<String>,
    /// The version; without it the server is asked.
    pub api_version: Option<ApiVersion>,
    /// A bearer token; without it and without a user name `AIRFLOW_API_TOKEN` is used.
    pub token: Option<SecretText>,
    /// Where tokens come from, instead of `token`.
    pub token_source: Option<Arc<dyn TokenSource>>,
    /// Who acts, if the source of the tokens says so.
    pub actor: Option<String>,
    /// The user name, for basic authentication (v1) or to get a token (v2).
    pub username: Option<String>,
    /// The password of the user.
    pub password: Option<SecretText>,
    /// The team whose entries are meant; without it those of no team.
    pub team: Option<String>,
    /// Timeout, certificates, proxy, plain http.
    pub http: HttpOptions,
    /// The environment variables of this endpoint.
    pub env: Environment,
}

//! Access tokens for other services that accept Google's, such as the web server of Cloud Composer.

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretText};
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::Extensions;
use http::header::AUTHORIZATION;

use crate::credential;
use crate::settings::Settings;

/// Credentials that have acquired their first access token.
#[derive(Debug)]
pub struct AccessTokens {
    credentials: Credentials,
    actor: Option<String>,
}

/// Finds the application default credentials, or those of `settings`, and acquires the first token.
///
/// # Errors
///
/// `Unauthenticated` if there are no credentials, or if Google rejects them; `Config` if they cannot be understood;
/// `Unreachable` and `Unavailable` if no token service answers.
pub async fn access_tokens(settings: &Settings) -> Result<AccessTokens> {
    let (credentials, actor) = credential::tokens(settings).await?;
    Ok(AccessTokens { credentials, actor })
}

impl AccessTokens {
    /// Who acts, if the credentials say so.
    pub fn actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// A token that has not expired. Google's library keeps it until shortly before its end.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` if no further token can be acquired.
    pub async fn token(&self) -> Result<SecretText> {
        let none = || {
            Error::new(ErrorKind::Unauthenticated, Operation::Open, "Google gave no access token")
                .with_hint("test the credentials with `gcloud auth application-default print-access-token`")
        };
        let Ok(CacheableResource::New { data, .. }) = self.credentials.headers(Extensions::new()).await
        else {
            return Err(none());
        };
        let header = data.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        header.and_then(|value| value.strip_prefix("Bearer ")).map(SecretText::new).ok_or_else(none)
    }
}

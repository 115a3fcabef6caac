//! How requests authenticate: a bearer token, or a user name and a password.

use std::fmt;
use std::sync::Arc;

use airbridge_core::{Error, ErrorKind, Operation, Result, SecretText};
use reqwest::RequestBuilder;

use crate::settings::{Settings, TokenSource};

/// How requests authenticate.
pub(crate) enum SignIn {
    /// A token that the user gave.
    Token(SecretText),
    /// Tokens that a cloud issues. The second is who acts.
    Source(Arc<dyn TokenSource>, Option<String>),
    /// A user name and a password: for basic authentication, or to get a token (version 2).
    User(String, SecretText),
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Source(..) => "Source",
            Self::User(..) => "User",
        })
    }
}

impl SignIn {
    /// What the settings say.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` if they have neither a token nor a user, `Config` if they have one without a password, or both.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        if let Some(source) = &settings.token_source {
            return Ok(Self::Source(Arc::clone(source), settings.actor.clone()));
        }
        match (&settings.token, &settings.username, &settings.password) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                Err(Error::config("`token` and `username` are both set").with_hint("remove one of the two"))
            }
            (Some(token), ..) => Ok(Self::Token(token.clone())),
            (None, Some(user), Some(password)) => Ok(Self::User(user.clone(), password.clone())),
            (None, Some(_), None) => Err(Error::config("`username` is set, and `password` is not")
                .with_hint("set `password` in `airbridge.toml`, or `AIRFLOW_API_PASSWORD`")),
            (None, None, _) => match settings.env.non_empty("AIRFLOW_API_TOKEN") {
                Some(token) => Ok(Self::Token(SecretText::new(token))),
                None => Err(Error::new(
                    ErrorKind::Unauthenticated,
                    Operation::Open,
                    "no token and no user name found",
                )
                .with_hint("set `AIRFLOW_API_TOKEN`, or `username` and `AIRFLOW_API_PASSWORD`")),
            },
        }
    }

    /// The user, if it is known.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::Token(_) => None,
            Self::Source(_, actor) => actor.as_deref(),
            Self::User(user, _) => Some(user),
        }
    }

    /// The token of a cloud, if it issues them.
    pub(crate) async fn issued(&self) -> Result<Option<SecretText>> {
        match self {
            Self::Source(source, _) => source.token().await.map(Some),
            Self::Token(_) | Self::User(..) => Ok(None),
        }
    }

    /// Adds what identifies the user. `token` is one that a cloud issued, or that the server gave for the password.
    pub(crate) fn sign(&self, request: RequestBuilder, token: Option<&SecretText>) -> RequestBuilder {
        match (self, token) {
            (_, Some(token)) | (Self::Token(token), None) => request.bearer_auth(token.expose()),
            (Self::Source(..), None) => request,
            (Self::User(user, password), None) => request.basic_auth(user, Some(password.expose())),
        }
    }
}

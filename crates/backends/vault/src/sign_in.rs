//! The ways to sign in: where a token comes from, or what is sent to get one.

use std::path::{Path, PathBuf};

use airbridge_core::{Fields, Json, JsonStyle, Operation, Result, SecretText};
use reqwest::header::HeaderValue;
use serde::Deserialize;

use crate::error::{classify, unauthenticated};
use crate::settings::{AuthType, Settings, wrong};
use crate::transport::{Answer, Call, Transport};

/// Where Kubernetes puts a pod's own token.
const SERVICE_ACCOUNT_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// How to get a token.
#[derive(Debug)]
pub(crate) enum Method {
    /// It is there already.
    Token(Source),
    /// The server gives one for something else.
    Login {
        /// The path of the login, for people and for the call.
        path: String,
        /// What is sent, beside what is read at the time.
        fields: Vec<(&'static str, Source)>,
    },
}

/// Where a text that signs in comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The settings or the environment; `from` is its name there.
    Given { text: SecretText, from: String },
    /// A file, read each time: whoever writes it renews it.
    File(PathBuf),
}

impl Source {
    /// The text without the blanks and line breaks around it, which files end in.
    async fn text(&self) -> Result<SecretText> {
        let text = match self {
            Self::Given { text, .. } => text.clone(),
            Self::File(path) => SecretText::new(tokio::fs::read_to_string(path).await.map_err(|error| {
                unauthenticated(format!("cannot read {}: {}", path.display(), error.kind()))
            })?),
        };
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(unauthenticated(format!("{} is empty", self.name())));
        }
        Ok(SecretText::new(trimmed))
    }

    fn name(&self) -> String {
        match self {
            Self::Given { from, .. } => from.clone(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// A token that the server gave.
#[derive(Deserialize)]
struct Auth {
    client_token: SecretString,
    lease_duration: u64,
    renewable: bool,
    mfa_requirement: Option<serde::de::IgnoredAny>,
}

/// A text that is wrapped as soon as it is read.
#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretString(SecretText);

impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// A token, and how long it lives: `None` for ever, or nobody knows.
pub(crate) struct Granted {
    pub(crate) token: HeaderValue,
    pub(crate) lease: Option<Lease>,
}

/// How long a token lives.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Lease {
    /// In seconds from when this was said; 0 is for ever.
    #[serde(rename = "ttl")]
    pub(crate) seconds: u64,
    /// Whether it can be made longer.
    pub(crate) renewable: bool,
}

impl Method {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let auth = settings.auth_type;
        let mount = settings.auth_mount_point.as_deref().map(|mount| mount.trim_matches('/'));
        let mount = mount.filter(|mount| !mount.is_empty()).unwrap_or(auth.word());
        let login = |fields| Ok(Self::Login { path: format!("auth/{mount}/login"), fields });
        let need = |value: Option<&str>, key: &str| {
            let value = value.filter(|value| !value.is_empty());
            value.map(str::to_owned).ok_or_else(|| wrong(format!("auth_type `{}` needs {key}", auth.word())))
        };
        let given = |text: &str, from: &str| Source::Given { text: text.into(), from: from.to_owned() };
        let required = |value: Option<&str>, key: &str| Ok(given(&need(value, key)?, key));
        match auth {
            AuthType::Token => token(settings).map(Self::Token),
            AuthType::Approle => {
                let mut fields = vec![("role_id", required(settings.role_id.as_deref(), "role_id")?)];
                if let Some(secret_id) = &settings.secret_id {
                    fields.push(("secret_id", given(secret_id.expose(), "secret_id")));
                }
                login(fields)
            }
            AuthType::Userpass | AuthType::Ldap => {
                let user = need(settings.username.as_deref(), "username")?;
                if !crate::name::is_addressable(&user) || user.contains('/') {
                    return Err(wrong("username has a character that no Vault path can have"));
                }
                let password = settings.password.as_ref().map(SecretText::expose);
                let fields = vec![("password", required(password, "password")?)];
                Ok(Self::Login { path: format!("auth/{mount}/login/{user}"), fields })
            }
            AuthType::Kubernetes => {
                let role = required(settings.kubernetes_role.as_deref(), "kubernetes_role")?;
                let path =
                    settings.kubernetes_jwt_path.as_deref().unwrap_or(Path::new(SERVICE_ACCOUNT_TOKEN));
                login(vec![("role", role), ("jwt", Source::File(path.to_owned()))])
            }
            AuthType::Jwt => {
                let role = required(settings.jwt_role.as_deref(), "jwt_role")?;
                let jwt = match (&settings.jwt_token, &settings.jwt_token_path) {
                    (Some(token), _) => given(token.expose(), "jwt_token"),
                    (None, Some(path)) => Source::File(path.clone()),
                    (None, None) => return Err(wrong("auth_type `jwt` needs jwt_token or jwt_token_path")),
                };
                login(vec![("role", role), ("jwt", jwt)])
            }
        }
    }

    /// How the token came about, for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Token(source) => format!("the token from {}", source.name()),
            Self::Login { path, .. } => format!("the token from {path}"),
        }
    }

    /// A token: the one that is there, or a new one.
    pub(crate) async fn sign_in(&self, transport: &Transport) -> Result<Granted> {
        match self {
            Self::Token(source) => {
                Ok(Granted { token: header(&source.text().await?, &source.name())?, lease: None })
            }
            Self::Login { path, fields } => {
                let mut body = Fields::new();
                for (key, source) in fields {
                    body.insert(*key, Json::String(source.text().await?));
                }
                let body = Json::Object(body).to_text(JsonStyle::LINE);
                let call = Call::post(Operation::Open, path.clone(), body);
                let answer = transport.send(&call, None).await?;
                granted(&answer).unwrap_or_else(|| Err(refused(&call, transport, &answer)))
            }
        }
    }
}

/// The token of an answer to a login or a renewal; `None` if there is none in it.
pub(crate) fn granted(answer: &Answer) -> Option<Result<Granted>> {
    if answer.status != 200 {
        return None;
    }
    let auth: Auth = serde_json::from_str(answer.envelope()?.auth?.get()).ok()?;
    if auth.mfa_requirement.is_some() && auth.client_token.0.is_empty() {
        let error = unauthenticated("the server wants a second factor, which airbridge cannot give");
        return Some(Err(error.with_hint("sign in with `vault login` and use the token: auth_type `token`")));
    }
    let lease = Lease { seconds: auth.lease_duration, renewable: auth.renewable };
    let lease = Some(lease).filter(|lease| lease.seconds > 0);
    Some(header(&auth.client_token.0, "the login").map(|token| Granted { token, lease }))
}

/// A login that gave no token.
fn refused(call: &Call, transport: &Transport, answer: &Answer) -> airbridge_core::Error {
    let (place, path) = (transport.shown(), &call.path);
    match answer.status {
        // Vault says 400 to a wrong password as much as to a malformed request, and 500 when a directory does.
        400 | 403 if !answer.is_foreign() => unauthenticated(format!("{place} refuses the login at {path}"))
            .with_hint("check the credentials, and that auth_mount_point is where the method is mounted"),
        _ => classify(call, place, answer),
    }
}

/// A token as a header that no debug print shows.
fn header(token: &SecretText, from: &str) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(token.expose()).map_err(|_| {
        unauthenticated(format!("what {from} holds cannot be a token: it has a line break or worse"))
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Where the token is, in the order in which Vault's own tools look.
fn token(settings: &Settings) -> Result<Source> {
    let given = |text: &str, from: String| Source::Given { text: text.into(), from };
    if let Some(token) = settings.token.as_ref().filter(|token| !token.is_empty()) {
        return Ok(given(token.expose(), "token".to_owned()));
    }
    if let Some(path) = &settings.token_path {
        return Ok(Source::File(path.clone()));
    }
    if let Some(token) = settings.variable("TOKEN") {
        return Ok(given(token, settings.variable_name("TOKEN")));
    }
    if let Some(path) = settings.env.non_empty("BAO_TOKEN_PATH") {
        return Ok(Source::File(path.into()));
    }
    let file = settings.env.non_empty("HOME").map(|home| Path::new(home).join(".vault-token"));
    file.filter(|file| file.is_file()).map(Source::File).ok_or_else(|| {
        unauthenticated("there is no token for Vault")
            .with_hint("set VAULT_TOKEN, run `vault login`, or choose another auth_type")
    })
}

#[cfg(test)]
mod tests;

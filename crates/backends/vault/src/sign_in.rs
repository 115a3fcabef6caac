//! Ways to sign in: where a token comes from, or which credentials are exchanged for one.

use std::path::{Path, PathBuf};

use airbridge_core::{Error, Fields, Json, JsonStyle, Operation, Result, SecretText};
use airbridge_http::read_small_file;
use http::header::HeaderValue;
use serde::Deserialize;

use crate::call::{Answer, Call};
use crate::error::{classify, unauthenticated};
use crate::identity::Identity;
use crate::request::Request;
use crate::settings::{AuthType, Settings};
use crate::transport::Transport;

/// The file in which Kubernetes gives a pod the token of its service account.
const SERVICE_ACCOUNT_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// How to get a token.
#[derive(Debug)]
pub(crate) enum Method {
    /// A token that exists already.
    Token(Source),
    /// A login, which the server answers with a token.
    Login {
        /// The path of the login below `/v1/`.
        path: String,
        /// The fields of the request.
        fields: Vec<(&'static str, Source)>,
    },
}

/// Where a credential comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The settings or the environment; `from` is the key or variable.
    Given { text: SecretText, from: String },
    /// A file. It is read at every sign-in, because other programs replace its content.
    File(PathBuf),
}

impl Source {
    /// The credential without surrounding blanks and line breaks; files usually end in one.
    async fn text(&self) -> Result<SecretText> {
        let text = match self {
            Self::Given { text, .. } => text.clone(),
            Self::File(path) => read(path).await?,
        };
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(unauthenticated(format!("{} is empty", self.name())));
        }
        Ok(SecretText::new(trimmed))
    }

    /// What messages call it.
    fn name(&self) -> String {
        match self {
            Self::Given { from, .. } => from.clone(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

async fn read(path: &Path) -> Result<SecretText> {
    let unread = |why: &str| unauthenticated(format!("cannot read {}: {why}", path.display()));
    let owned = path.to_owned();
    let content = tokio::task::spawn_blocking(move || read_small_file(&owned)).await;
    let content = content.map_err(|_| unread("it was not read to the end"))?.map_err(|why| unread(&why))?;
    std::str::from_utf8(&content).map(SecretText::new).map_err(|_| unread("it is not UTF-8 text"))
}

/// The token in the answer to a login. vaultrs' type holds it in a printable string that is not wiped.
#[derive(Deserialize)]
struct Auth {
    client_token: SecretString,
    lease_duration: u64,
    renewable: bool,
    mfa_requirement: Option<serde::de::IgnoredAny>,
}

/// A string that is protected as soon as it is parsed.
#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretString(SecretText);

impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// A token and its lifetime; `None` if it does not expire or its lifetime is not known.
pub(crate) struct Granted {
    pub(crate) token: HeaderValue,
    pub(crate) lease: Option<Lease>,
    /// Whose the token is, if the answer says so.
    pub(crate) actor: Option<String>,
}

/// The lifetime of a token.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Lease {
    /// Seconds from the moment of the answer; 0 means that the token does not expire.
    #[serde(rename = "ttl")]
    pub(crate) seconds: u64,
    /// Whether the server can extend it.
    pub(crate) renewable: bool,
}

impl Method {
    /// The method that the settings ask for.
    ///
    /// Fails with `Config` if a setting of that method is missing, and with `Unauthenticated` if there is no token.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let auth = settings.auth_type;
        let mount = settings.auth_mount_point.as_deref().map(|mount| mount.trim_matches('/'));
        let mount = mount.filter(|mount| !mount.is_empty()).unwrap_or(auth.word());
        let login = |fields| Ok(Self::Login { path: format!("auth/{mount}/login"), fields });
        let need = |value: Option<&str>, key: &str| {
            let value = value.filter(|value| !value.is_empty());
            value.map(str::to_owned).ok_or_else(|| missing(auth, &format!("`{key}`")))
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
                    return Err(Error::config(
                        "`username` contains a character that a Vault path cannot contain",
                    ));
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
                    (None, None) => return Err(missing(auth, "`jwt_token` or `jwt_token_path`")),
                };
                login(vec![("role", role), ("jwt", jwt)])
            }
        }
    }

    /// The token's origin, for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Token(source) => format!("the token from {}", source.name()),
            Self::Login { path, .. } => format!("the token from the login at {path}"),
        }
    }

    /// A token: the existing one, or a new one from the server.
    pub(crate) async fn sign_in(&self, transport: &Transport) -> Result<Granted> {
        match self {
            Self::Token(source) => Ok(Granted {
                token: header(&source.text().await?, &source.name())?,
                lease: None,
                actor: None,
            }),
            Self::Login { path, fields } => {
                let mut body = Fields::new();
                for (key, source) in fields {
                    body.insert(*key, Json::String(source.text().await?));
                }
                let body = Json::Object(body).to_text(JsonStyle::LINE);
                let endpoint = Request::Login { path: path.clone(), body };
                let call = Call::new(Operation::Open, &endpoint);
                let answer = transport.run(&call, endpoint, None).await?;
                granted(&answer).unwrap_or_else(|| Err(rejected(transport.shown(), &answer)))
            }
        }
    }
}

fn missing(auth: AuthType, keys: &str) -> Error {
    Error::config(format!("`auth_type` `{}` needs {keys}", auth.word()))
}

/// The token in the answer to a login or a renewal; `None` if the answer has none.
pub(crate) fn granted(answer: &Answer) -> Option<Result<Granted>> {
    if answer.status != 200 {
        return None;
    }
    let auth: Auth = serde_json::from_str(answer.envelope()?.auth?.get()).ok()?;
    if auth.mfa_requirement.is_some() && auth.client_token.0.is_empty() {
        let error = unauthenticated("the server asks for a second factor, which airbridge does not support");
        let hint = "run `vault login`, and leave `auth_type` out to use the token that it stores";
        return Some(Err(error.with_hint(hint)));
    }
    let lease = Lease { seconds: auth.lease_duration, renewable: auth.renewable };
    let lease = Some(lease).filter(|lease| lease.seconds > 0);
    let identity: Identity = serde_json::from_str(answer.envelope()?.auth?.get()).unwrap_or_default();
    let actor = identity.of_login(&answer.call.path).actor(auth.client_token.0.expose());
    Some(header(&auth.client_token.0, "the login").map(|token| Granted { token, lease, actor }))
}

/// The error for a login that gave no token.
fn rejected(place: &str, answer: &Answer) -> Error {
    match answer.status {
        // Vault answers 400 to a wrong password as well as to a malformed request.
        400 | 403 if !answer.is_foreign() => {
            unauthenticated(format!("{place} rejected the login at {}", answer.call.path))
                .with_hint("check the credentials, and that the method is mounted at `auth_mount_point`")
        }
        _ => classify(place, answer),
    }
}

/// The token as a header that no `Debug` shows.
fn header(token: &SecretText, from: &str) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(token.expose()).map_err(|_| {
        unauthenticated(format!(
            "the content of {from} is not a valid token: it has a line break or other control characters"
        ))
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// The token's source, searched in the order of Vault's own tools.
fn token(settings: &Settings) -> Result<Source> {
    let given = |text: &str, from: String| Source::Given { text: text.into(), from };
    if let Some(token) = settings.token.as_ref().filter(|token| !token.is_empty()) {
        return Ok(given(token.expose(), "`token`".to_owned()));
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
        unauthenticated("no token was found")
            .with_hint("set `VAULT_TOKEN`, run `vault login`, or choose another `auth_type`")
    })
}

#[cfg(test)]
mod tests;

//! What the user says, in Airflow's words, and what the environment adds.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use airbridge_core::{Environment, Error, Result, SecretText};

/// Everything that can be set. `Debug` shows the harmless part only.
///
/// Names are those of Airflow's `VaultBackend`. What is `None` comes from the environment where Vault's own tools look
/// there: `VAULT_ADDR`, `VAULT_TOKEN` and the others in the README, each of which `BAO_…` overrides.
#[derive(Clone, Default)]
pub struct Settings {
    /// The server, with a base path if it is behind one. Else `VAULT_ADDR`, else `https://127.0.0.1:8200`.
    pub url: Option<String>,
    /// The mount, which may contain `/`. `None` and an empty text stand for all mounts that the token sees; names then
    /// start with the mount.
    pub mount_point: Option<String>,
    /// 1 or 2, only if the user says so: the server knows better, and a contradiction is an error.
    pub kv_engine_version: Option<u8>,
    /// The namespace. Else `VAULT_NAMESPACE`.
    pub namespace: Option<String>,
    /// How to sign in.
    pub auth_type: AuthType,
    /// Where the sign-in method is mounted; `None` is its usual place.
    pub auth_mount_point: Option<String>,
    /// A token, for [`AuthType::Token`]. Else `token_path`, `VAULT_TOKEN`, `BAO_TOKEN_PATH`, `~/.vault-token`.
    pub token: Option<SecretText>,
    /// A file with a token, read again when the token in it is no longer accepted.
    pub token_path: Option<PathBuf>,
    /// Who signs in, for [`AuthType::Userpass`] and [`AuthType::Ldap`].
    pub username: Option<String>,
    /// With which password.
    pub password: Option<SecretText>,
    /// The role's id, for [`AuthType::Approle`].
    pub role_id: Option<String>,
    /// Its secret; a role may do without.
    pub secret_id: Option<SecretText>,
    /// The role, for [`AuthType::Kubernetes`].
    pub kubernetes_role: Option<String>,
    /// The service account's token, read at every sign-in; `None` is where Kubernetes puts it.
    pub kubernetes_jwt_path: Option<PathBuf>,
    /// The role, for [`AuthType::Jwt`].
    pub jwt_role: Option<String>,
    /// The token to sign in with.
    pub jwt_token: Option<SecretText>,
    /// A file with it, read at every sign-in.
    pub jwt_token_path: Option<PathBuf>,
    /// PEM certificates to trust instead of the system's. Else `VAULT_CACERT`, `VAULT_CACERT_BYTES`, `VAULT_CAPATH`.
    pub ca_file: Option<PathBuf>,
    /// A PEM certificate to show. Else `VAULT_CLIENT_CERT`.
    pub client_cert: Option<PathBuf>,
    /// Its key. Else `VAULT_CLIENT_KEY`.
    pub client_key: Option<PathBuf>,
    /// A proxy. Else `VAULT_PROXY_ADDR`, `VAULT_HTTP_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY`, `ALL_PROXY`.
    pub proxy: Option<String>,
    /// The most that one request may take. Else `VAULT_CLIENT_TIMEOUT`, else 60 seconds.
    pub timeout: Option<Duration>,
    /// Whether `http://` is accepted beyond this machine.
    pub allow_http: bool,
    /// Custom metadata of new secrets, on mounts of version 2.
    pub custom_metadata: BTreeMap<String, String>,
    /// The environment of this endpoint; the process's own is never looked at.
    pub env: Environment,
}

impl Settings {
    /// Vault's variable `VAULT_{name}`, or OpenBao's `BAO_{name}`, which wins even when it is empty. Empty is unset.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.env.get(&format!("BAO_{name}")).or_else(|| self.env.get(&format!("VAULT_{name}")));
        value.filter(|value| !value.is_empty())
    }

    /// Which of the two that is, for messages.
    pub(crate) fn variable_name(&self, name: &str) -> String {
        let prefix = if self.env.get(&format!("BAO_{name}")).is_some() { "BAO" } else { "VAULT" };
        format!("{prefix}_{name}")
    }

    /// The namespace without slashes around it; `None` is the root.
    pub(crate) fn namespace(&self) -> Option<&str> {
        let namespace = self.namespace.as_deref().or_else(|| self.variable("NAMESPACE"))?.trim_matches('/');
        Some(namespace).filter(|namespace| !namespace.is_empty() && *namespace != "root")
    }

    /// The mount without slashes around it; `None` is all of them.
    pub(crate) fn mount(&self) -> Option<&str> {
        let mount = self.mount_point.as_deref()?.trim_matches('/');
        Some(mount).filter(|mount| !mount.is_empty())
    }

    /// The most that one request may take.
    pub(crate) fn timeout(&self) -> Result<Duration> {
        if let Some(timeout) = self.timeout {
            return Ok(timeout);
        }
        let Some(text) = self.variable("CLIENT_TIMEOUT") else { return Ok(Duration::from_mins(1)) };
        duration(text).ok_or_else(|| {
            let name = self.variable_name("CLIENT_TIMEOUT");
            wrong(format!("{name} is no time")).with_hint("write it in seconds, `60`, or with units, `1m30s`")
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("mount_point", &self.mount_point)
            .field("kv_engine_version", &self.kv_engine_version)
            .field("namespace", &self.namespace)
            .field("auth_type", &self.auth_type)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// How to sign in. Parses from Airflow's words: `token`, `approle`, `userpass`, `ldap`, `kubernetes`, `jwt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthType {
    /// With a token that is there already.
    #[default]
    Token,
    /// With a role's id and secret.
    Approle,
    /// With a name and a password that Vault keeps.
    Userpass,
    /// With a name and a password that a directory keeps.
    Ldap,
    /// With the token of a Kubernetes service account.
    Kubernetes,
    /// With a signed token of some other issuer.
    Jwt,
}

impl AuthType {
    const ALL: [Self; 6] =
        [Self::Token, Self::Approle, Self::Userpass, Self::Ldap, Self::Kubernetes, Self::Jwt];

    /// Airflow's word, which is also where Vault usually mounts the method.
    pub fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Approle => "approle",
            Self::Userpass => "userpass",
            Self::Ldap => "ldap",
            Self::Kubernetes => "kubernetes",
            Self::Jwt => "jwt",
        }
    }
}

impl FromStr for AuthType {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|auth| auth.word() == word).ok_or_else(|| {
            let known = Self::ALL.map(Self::word).join(", ");
            wrong(format!("auth_type `{word}` is not supported; supported are {known}")).with_hint(
                "sign in with `vault login -method=…` and use the token: auth_type `token` finds it by itself",
            )
        })
    }
}

/// Settings that cannot work, whatever the server says.
pub(crate) fn wrong(message: impl Into<String>) -> Error {
    Error::config(message)
}

/// Seconds, or Go's durations as far as anybody writes them: `90`, `90s`, `1m30s`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds)).filter(|duration| !duration.is_zero());
    }
    let (mut rest, mut total) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let number: u32 = number.parse().ok()?;
        let unit = match unit {
            "h" => Duration::from_hours(1),
            "m" => Duration::from_mins(1),
            "s" => Duration::from_secs(1),
            "ms" => Duration::from_millis(1),
            _ => return None,
        };
        total = total.checked_add(unit.checked_mul(number)?)?;
        rest = after;
    }
    Some(total).filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{AuthType, Settings, duration};

    fn with_env<const N: usize>(pairs: [(&str, &str); N]) -> Settings {
        Settings { env: pairs.into_iter().collect(), ..Settings::default() }
    }

    #[test]
    fn openbao_wins_even_when_empty() {
        assert_eq!(with_env([("VAULT_ADDR", "v")]).variable("ADDR"), Some("v"));
        assert_eq!(with_env([("VAULT_ADDR", "v"), ("BAO_ADDR", "b")]).variable("ADDR"), Some("b"));
        assert_eq!(with_env([("VAULT_ADDR", "v"), ("BAO_ADDR", "")]).variable("ADDR"), None);
    }

    #[test]
    fn slashes_around_places_say_nothing() {
        let mut settings = with_env([("VAULT_NAMESPACE", "/team/a/")]);
        assert_eq!(settings.namespace(), Some("team/a"));
        settings.namespace = Some("root".to_owned());
        assert_eq!(settings.namespace(), None);
        for (given, mount) in [("", None), ("/", None), ("air/flow/", Some("air/flow"))] {
            settings.mount_point = Some(given.to_owned());
            assert_eq!(settings.mount(), mount);
        }
    }

    #[test]
    fn durations_are_gos() {
        for (text, milliseconds) in [("60", 60_000), ("90s", 90_000), ("1m30s", 90_000), ("500ms", 500)] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "0", "s", "5x", "-1", "1m30"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn an_unknown_way_to_sign_in_names_the_known_ones() {
        assert_eq!("ldap".parse(), Ok(AuthType::Ldap));
        let error = "gcp".parse::<AuthType>().unwrap_err();
        assert!(error.message().contains("`gcp`") && error.message().contains("kubernetes"), "{error}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let settings = Settings {
            token: Some("canary".into()),
            password: Some("canary".into()),
            proxy: Some("http://u:canary@proxy".to_owned()),
            url: Some("http://u:canary@vault".to_owned()),
            ..with_env([("VAULT_TOKEN", "canary")])
        };
        assert!(!format!("{settings:?}").contains("canary"));
    }
}

//! The settings of a store, by Airflow's names, and the environment variables that complete them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use airbridge_core::{Environment, Error, Result, SecretText};

/// Everything that can be configured. `Debug` shows only fields that hold no secrets.
///
/// Names are those of Airflow's `VaultBackend`. A `None` is filled from the environment where Vault's own tools do so:
/// from `VAULT_ADDR`, `VAULT_TOKEN` and the other variables in the README. `BAO_…` takes precedence over `VAULT_…`.
#[derive(Clone, Default)]
pub struct Settings {
    /// The server's URL, with the path of a proxy in front of it. Default: `VAULT_ADDR`, then `https://127.0.0.1:8200`.
    pub url: Option<String>,
    /// The path of the mount, which may contain `/`. With `None` or an empty string the store covers all mounts that
    /// the token sees, and names start with the mount.
    pub mount_point: Option<String>,
    /// The expected version of the key-value engine, 1 or 2. The server is asked, and a contradiction is an error.
    pub kv_engine_version: Option<u8>,
    /// The namespace. Default: `VAULT_NAMESPACE`, then the root namespace.
    pub namespace: Option<String>,
    /// The method to sign in with.
    pub auth_type: AuthType,
    /// The path at which the sign-in method is mounted. Default: the method's name.
    pub auth_mount_point: Option<String>,
    /// The token, for [`AuthType::Token`]. Default: `token_path`, `VAULT_TOKEN`, `BAO_TOKEN_PATH`, `~/.vault-token`.
    pub token: Option<SecretText>,
    /// A file with a token. It is read again when the server rejects the token.
    pub token_path: Option<PathBuf>,
    /// The user name, for [`AuthType::Userpass`] and [`AuthType::Ldap`].
    pub username: Option<String>,
    /// The password, for the same.
    pub password: Option<SecretText>,
    /// The id of the role, for [`AuthType::Approle`].
    pub role_id: Option<String>,
    /// The secret id of the role. Some roles need none.
    pub secret_id: Option<SecretText>,
    /// The role, for [`AuthType::Kubernetes`].
    pub kubernetes_role: Option<String>,
    /// The file with the service account's token, read at every sign-in. Default: the pod's own.
    pub kubernetes_jwt_path: Option<PathBuf>,
    /// The role, for [`AuthType::Jwt`].
    pub jwt_role: Option<String>,
    /// The token of the other issuer, for the same.
    pub jwt_token: Option<SecretText>,
    /// A file with that token, read at every sign-in.
    pub jwt_token_path: Option<PathBuf>,
    /// A PEM file of certificates to trust instead of the system's. Default: `VAULT_CACERT`, `VAULT_CACERT_BYTES`,
    /// `VAULT_CAPATH`.
    pub ca_file: Option<PathBuf>,
    /// A PEM file with the certificate that identifies this client. Default: `VAULT_CLIENT_CERT`.
    pub client_cert: Option<PathBuf>,
    /// A PEM file with the key of that certificate; may be the same file. Default: `VAULT_CLIENT_KEY`.
    pub client_key: Option<PathBuf>,
    /// The URL of a proxy. Default: `VAULT_PROXY_ADDR`, `VAULT_HTTP_PROXY`, then `HTTPS_PROXY` or `HTTP_PROXY`,
    /// `ALL_PROXY`, unless `NO_PROXY` names the server.
    pub proxy: Option<String>,
    /// The most time for one request. Default: `VAULT_CLIENT_TIMEOUT`, then 60 seconds.
    pub timeout: Option<Duration>,
    /// Whether to accept a URL with `http://` beyond this machine.
    pub allow_http: bool,
    /// Custom metadata for new secrets, on mounts of version 2.
    pub custom_metadata: BTreeMap<String, String>,
    /// The environment variables of this endpoint. The process's own are never read.
    pub env: Environment,
}

impl Settings {
    /// The value of `BAO_{name}`, or else of `VAULT_{name}`. An empty value counts as unset, but an empty `BAO_{name}`
    /// still hides `VAULT_{name}`.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.env.get(&format!("BAO_{name}")).or_else(|| self.env.get(&format!("VAULT_{name}")));
        value.filter(|value| !value.is_empty())
    }

    /// The name of the variable that [`Self::variable`] reads, for messages.
    pub(crate) fn variable_name(&self, name: &str) -> String {
        let prefix = if self.env.get(&format!("BAO_{name}")).is_some() { "BAO" } else { "VAULT" };
        format!("{prefix}_{name}")
    }

    /// The namespace, without `/` at its start and end; `None` for the root namespace.
    pub(crate) fn namespace(&self) -> Option<&str> {
        let namespace = self.namespace.as_deref().or_else(|| self.variable("NAMESPACE"))?.trim_matches('/');
        Some(namespace).filter(|namespace| !namespace.is_empty() && *namespace != "root")
    }

    /// The mount, without `/` at its start and end; `None` for all mounts.
    pub(crate) fn mount(&self) -> Option<&str> {
        let mount = self.mount_point.as_deref()?.trim_matches('/');
        Some(mount).filter(|mount| !mount.is_empty())
    }

    /// The most time for one request.
    pub(crate) fn timeout(&self) -> Result<Duration> {
        if let Some(timeout) = self.timeout {
            return Ok(timeout);
        }
        let Some(text) = self.variable("CLIENT_TIMEOUT") else { return Ok(Duration::from_mins(1)) };
        duration(text).ok_or_else(|| {
            let name = self.variable_name("CLIENT_TIMEOUT");
            Error::config(format!("`{name}` is not a valid duration"))
                .with_hint("write it in seconds, `60`, or with units, `1m30s`")
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

/// The method to sign in with. Parses from Airflow's words: `token`, `approle`, `userpass`, `ldap`, `kubernetes`,
/// `jwt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthType {
    /// An existing token.
    #[default]
    Token,
    /// The id and secret id of a role.
    Approle,
    /// A user name and password that Vault stores.
    Userpass,
    /// A user name and password that an LDAP directory stores.
    Ldap,
    /// The token of a Kubernetes service account.
    Kubernetes,
    /// A signed token of another issuer.
    Jwt,
}

impl AuthType {
    const ALL: [Self; 6] =
        [Self::Token, Self::Approle, Self::Userpass, Self::Ldap, Self::Kubernetes, Self::Jwt];

    /// Airflow's word for the method, which is also the path at which Vault mounts it by default.
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
            Error::config(format!("`auth_type` `{word}` is not supported; use one of: {known}")).with_hint(
                "sign in with `vault login -method=…`, and leave `auth_type` out to use the token that it stores",
            )
        })
    }
}

/// Seconds, or the units of Go's durations that are used for timeouts: `90`, `90s`, `1m30s`, `500ms`.
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
    fn openbao_variable_takes_precedence_even_if_empty() {
        assert_eq!(with_env([("VAULT_ADDR", "v")]).variable("ADDR"), Some("v"));
        assert_eq!(with_env([("VAULT_ADDR", "v"), ("BAO_ADDR", "b")]).variable("ADDR"), Some("b"));
        assert_eq!(with_env([("VAULT_ADDR", "v"), ("BAO_ADDR", "")]).variable("ADDR"), None);
    }

    #[test]
    fn slashes_around_mount_and_namespace_are_ignored() {
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
    fn durations_parse_as_in_go() {
        for (text, milliseconds) in [("60", 60_000), ("90s", 90_000), ("1m30s", 90_000), ("500ms", 500)] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "0", "s", "5x", "-1", "1m30"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn unsupported_auth_type_error_lists_the_supported_ones() {
        assert_eq!("ldap".parse(), Ok(AuthType::Ldap));
        let error = "gcp".parse::<AuthType>().unwrap_err();
        assert!(error.message().contains("`gcp`") && error.message().contains("kubernetes"), "{error}");
    }

    #[test]
    fn debug_shows_no_secrets() {
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

//! `vault:MOUNT`: the kwargs of Airflow's `VaultBackend`, which hands some of them to hvac.

use std::path::PathBuf;

use airbridge_airflow::{Dialect, Prefix, Scheme};
use airbridge_backend_vault::{AuthType, Settings};

use super::keys::Keys;
use super::naming;
use super::network::{self, Network};
use super::{Built, Opened, Opening};
use crate::backends::Key;
use crate::error::{Error, Result};

/// Airflow's default for `mount_point`.
const MOUNT: &str = "secret";

/// What belongs to ways of signing in that are not supported.
const FOREIGN_SIGN_IN: [&str; 11] = [
    "key_id",
    "assume_role_kwargs",
    "region",
    "gcp_key_path",
    "gcp_keyfile_dict",
    "gcp_scopes",
    "azure_tenant_id",
    "azure_resource",
    "radius_host",
    "radius_secret",
    "radius_port",
];

pub(crate) const KEYS: &[Key] = &[
    ("url", "the server; else `VAULT_ADDR`"),
    (
        "mount_point",
        "the mount; also what follows `vault:`; null: all visible mounts, and ids start with theirs",
    ),
    ("kv_engine_version", "1 or 2; the server is asked, and a contradiction is an error"),
    ("namespace", "the namespace; else `VAULT_NAMESPACE`"),
    ("connections_path", "where connections are: a path, a list of paths, or null to switch them off"),
    ("variables_path", "where variables are"),
    ("config_path", "where config options are"),
    ("global_secrets_path", "one more path for every kind (deprecated in Airflow)"),
    ("use_team_secrets_path", "whether a team's secrets have a path of their own"),
    ("auth_type", "`token` (default), `approle`, `userpass`, `ldap`, `kubernetes`, `jwt`"),
    ("auth_mount_point", "where the method is mounted"),
    ("token", "a secret: in `airbridge.toml` or `VAULT_TOKEN`"),
    ("token_path", "a file with the token"),
    ("username", "for `userpass` and `ldap`"),
    ("password", "a secret: in `airbridge.toml` only"),
    ("role_id", "for `approle`"),
    ("secret_id", "a secret: in `airbridge.toml` only"),
    ("kubernetes_role", "for `kubernetes`"),
    ("kubernetes_jwt_path", "the service account's token"),
    ("jwt_role", "for `jwt`"),
    ("jwt_token", "a secret: in `airbridge.toml` only"),
    ("jwt_token_path", "a file with it"),
    (
        "custom_metadata",
        "custom metadata of new secrets, on version 2 of the engine: `{\"owner\": \"data\"}`",
    ),
    network::TIMEOUT,
    network::CA_FILE,
    network::VERIFY,
    network::PROXY,
    network::ALLOW_HTTP,
    ("endpoint_url", "another word for `url`"),
    ("cert", "a client certificate: the path of a PEM file, or a list of certificate and key"),
    ("proxies", "hvac's own: `{\"https\": \"http://host:port\"}` is `proxy`"),
    ("allow_redirects", "hvac's own; no effect here"),
    ("strict_http", "hvac's own; no effect here"),
    ("session", "hvac's own; refused"),
    ("adapter", "hvac's own; refused"),
    ("key_id", "of a way to sign in that is not supported"),
    ("assume_role_kwargs", "of a way to sign in that is not supported"),
    ("region", "of a way to sign in that is not supported"),
    ("gcp_key_path", "of a way to sign in that is not supported"),
    ("gcp_keyfile_dict", "of a way to sign in that is not supported"),
    ("gcp_scopes", "of a way to sign in that is not supported"),
    ("azure_tenant_id", "of a way to sign in that is not supported"),
    ("azure_resource", "of a way to sign in that is not supported"),
    ("radius_host", "of a way to sign in that is not supported"),
    ("radius_secret", "of a way to sign in that is not supported"),
    ("radius_port", "of a way to sign in that is not supported"),
];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] = &["custom_metadata", "ca_file", "proxy", "allow_http", "endpoint_url"];

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let keys = &mut opening.keys;
    let mount_point = naming::prefix(keys, "mount_point")?;
    let mount = match &mount_point {
        Prefix::Default => Some(MOUNT.to_owned()),
        Prefix::Off => None,
        Prefix::Text(mount) => Some(mount.clone()),
    };
    let scheme = Scheme::Vault {
        paths: naming::paths(keys)?,
        mount_point,
        global_secrets_path: keys.text("global_secrets_path")?,
        use_team_secrets_path: keys.flag("use_team_secrets_path")?,
    };
    let layout = naming::layout(&scheme, opening.version, opening.team.as_deref())?;
    without_effect(keys)?;
    let mut network = Network::read(keys)?;
    network.proxy = network::proxy(keys, network.proxy)?;
    let (client_cert, client_key) = cert(keys)?;
    let url = url(keys)?;
    let variables = &opening.env.variables;
    let either = |openbao: &str, vault: &str| variables.get(openbao).or_else(|| variables.get(vault));
    keys.understand("url", url.as_deref().or_else(|| either("BAO_ADDR", "VAULT_ADDR")));
    let namespace = keys.text("namespace")?;
    keys.understand("namespace", namespace.as_deref().or_else(|| either("BAO_NAMESPACE", "VAULT_NAMESPACE")));
    let settings = Settings {
        url,
        mount_point: mount,
        kv_engine_version: kv_engine_version(keys)?,
        namespace,
        auth_type: match keys.text("auth_type")? {
            Some(word) => word.parse()?,
            None => AuthType::default(),
        },
        auth_mount_point: keys.text("auth_mount_point")?,
        token: keys.secret("token")?,
        token_path: keys.path("token_path")?,
        username: keys.text("username")?,
        password: keys.secret("password")?,
        role_id: keys.text("role_id")?,
        secret_id: keys.secret("secret_id")?,
        kubernetes_role: keys.text("kubernetes_role")?,
        kubernetes_jwt_path: keys.path("kubernetes_jwt_path")?,
        jwt_role: keys.text("jwt_role")?,
        jwt_token: keys.secret("jwt_token")?,
        jwt_token_path: keys.path("jwt_token_path")?,
        ca_file: network.ca_file,
        client_cert,
        client_key,
        proxy: network.proxy,
        timeout: network.timeout,
        allow_http: network.allow_http,
        custom_metadata: keys.texts("custom_metadata")?,
        env: opening.env.variables.clone(),
    };
    opening.built(move || async move {
        let store = airbridge_backend_vault::open(settings).await?;
        Ok(Opened::store(store, layout, Dialect::Vault))
    })
}

fn without_effect(keys: &mut Keys) -> Result<()> {
    keys.no_effect("allow_redirects", "redirects within the server's address are followed");
    keys.no_effect("strict_http", "listings are asked for in the standard way");
    let hint = "leave it out: airbridge has a client of its own";
    keys.refused("session", "is a Python object and cannot be taken", hint)?;
    keys.refused("adapter", "is a Python object and cannot be taken", hint)?;
    // A sign-in that needs these is refused by its name; with another they change nothing.
    for key in FOREIGN_SIGN_IN {
        keys.no_effect(key, "it belongs to a way to sign in that is not used here");
    }
    Ok(())
}

fn url(keys: &mut Keys) -> Result<Option<String>> {
    match (keys.url("url")?, keys.url("endpoint_url")?) {
        (Some(_), Some(_)) => {
            Err(Error::usage("`url` and `endpoint_url` say the same").hint("keep one of them"))
        }
        (url, endpoint_url) => Ok(url.or(endpoint_url)),
    }
}

fn kv_engine_version(keys: &mut Keys) -> Result<Option<u8>> {
    match keys.count("kv_engine_version")? {
        None => Ok(None),
        Some(1) => Ok(Some(1)),
        Some(2) => Ok(Some(2)),
        Some(_) => Err(Error::usage("`kv_engine_version` is 1 or 2")),
    }
}

/// requests' `cert`: one file with both, or certificate and key.
fn cert(keys: &mut Keys) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    let files = keys.texts_or_null("cert")?.unwrap_or_default();
    let mut files = files.into_iter().map(PathBuf::from);
    match (files.next(), files.next(), files.next()) {
        (None, ..) => Ok((None, None)),
        (Some(both), None, _) => Ok((Some(both.clone()), Some(both))),
        (Some(cert), Some(key), None) => Ok((Some(cert), Some(key))),
        _ => Err(Error::configuration("`cert` is a file, or a list of two: certificate and key")),
    }
}

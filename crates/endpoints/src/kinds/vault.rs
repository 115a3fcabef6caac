//! `vault:MOUNT`: the kwargs of Airflow's `VaultBackend`, some of which it passes to hvac.

use std::path::PathBuf;

use airbridge_airflow::{Dialect, Prefix, Scheme};
use airbridge_backend_vault::{AuthType, Settings};

use crate::airflow_config::{AirflowClass, Assumed};
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::kind::Kind;
use crate::naming;
use crate::network::{NetworkKeys, TIMEOUT};
use crate::value::Key;

/// Airflow's default for `mount_point`.
const MOUNT: &str = "secret";

/// Airflow does not ask the server for the version, so a mount of version 1 looks empty to it.
const CLASS: AirflowClass = AirflowClass {
    assumes: Some(("kv_engine_version", Assumed::Number(2))),
    truthy: &["use_team_secrets_path"],
    reads_vault_token: true,
    ..AirflowClass::new("airflow.providers.hashicorp.secrets.vault.VaultBackend")
};

pub(crate) const KIND: Kind = Kind {
    scheme: "vault",
    spelling: "vault:MOUNT",
    examples: &["vault:airflow", "vault:airflow --from url=https://vault.acme.test:8200"],
    label: "HashiCorp Vault or OpenBao; `vault:` is the mount `secret`",
    place_key: Some("mount_point"),
    class: Some(&CLASS),
    keys: KEYS,
    network: Some(&NETWORK),
    variables: &["VAULT_", "BAO_"],
    forwards_keys: false,
    build,
};

const OTHER_AUTH: &str = "the auth type is not supported";
const HVAC: &str = "airbridge does not use hvac";

const KEYS: &[Key] = &[
    Key::kwarg("url", "Address of the server").default_is("`VAULT_ADDR`, then `https://127.0.0.1:8200`"),
    Key::kwarg(
        "mount_point",
        "Path of the mount; also what follows the colon; null means all visible mounts, and ids start with the mount",
    )
    .default_is("`secret`"),
    Key::kwarg("kv_engine_version", "Version of the key-value engine, 1 or 2; an error if the server disagrees")
        .default_is("what the server says"),
    Key::kwarg("namespace", "Namespace").default_is("`VAULT_NAMESPACE`, then the root namespace"),
    Key::kwarg("connections_path", "Path of connections: a path, a list of paths, or null to disable them")
        .default_is("`connections`"),
    Key::kwarg("variables_path", "Path of variables, likewise").default_is("`variables`"),
    Key::kwarg("config_path", "Path of config options, likewise").default_is("`config`"),
    Key::kwarg("global_secrets_path", "Additional path for entries of every kind (deprecated in Airflow)")
        .default_is("none"),
    Key::kwarg("use_team_secrets_path", "Whether a team's secrets have a path of their own")
        .default_is("`true`"),
    Key::kwarg("auth_type", "Auth method: `token`, `approle`, `userpass`, `ldap`, `kubernetes` or `jwt`")
        .default_is("`token`"),
    Key::kwarg("auth_mount_point", "Path at which the auth method is mounted").default_is("the method's name"),
    Key::kwarg("token", "Token, for `token`").secret(Some("VAULT_TOKEN"), Some("token_path")),
    Key::kwarg("token_path", "File that holds the token").default_is("`~/.vault-token`"),
    Key::kwarg("username", "User name, for `userpass` and `ldap`"),
    Key::kwarg("password", "Password, for `userpass` and `ldap`").secret(None, None),
    Key::kwarg("role_id", "Role id, for `approle`"),
    Key::kwarg("secret_id", "Secret id, for `approle`; some roles need none").secret(None, None),
    Key::kwarg("kubernetes_role", "Role, for `kubernetes`"),
    Key::kwarg("kubernetes_jwt_path", "File that holds the service account's token, for `kubernetes`")
        .default_is("the pod's own"),
    Key::kwarg("jwt_role", "Role, for `jwt`"),
    Key::kwarg("jwt_token", "JSON Web Token, for `jwt`").secret(None, Some("jwt_token_path")),
    Key::kwarg("jwt_token_path", "File that holds the JSON Web Token, for `jwt`"),
    Key::kwarg("cert", "Client certificate: a PEM file with certificate and key, or a list of two files")
        .default_is("`VAULT_CLIENT_CERT` and `VAULT_CLIENT_KEY`"),
    Key::own("custom_metadata", "Custom metadata of new secrets, KV version 2 only: `{\"owner\": \"data\"}`")
        .default_is("none")
        .of_new_secrets(),
    Key::ignored("allow_redirects", "redirects within the server's address are always followed"),
    Key::ignored("strict_http", "lists are always requested with the method LIST"),
    Key::rejected("session", HVAC, "remove it; `proxy`, `ca_file` and `timeout` configure the connection"),
    Key::rejected("adapter", HVAC, "remove it; `proxy`, `ca_file` and `timeout` configure the connection"),
    Key::ignored("key_id", OTHER_AUTH),
    Key::ignored("assume_role_kwargs", OTHER_AUTH),
    Key::ignored("region", OTHER_AUTH),
    Key::ignored("gcp_key_path", OTHER_AUTH),
    Key::ignored("gcp_keyfile_dict", OTHER_AUTH).secret(None, None),
    Key::ignored("gcp_scopes", OTHER_AUTH),
    Key::ignored("azure_tenant_id", OTHER_AUTH),
    Key::ignored("azure_resource", OTHER_AUTH),
    Key::ignored("radius_host", OTHER_AUTH),
    Key::ignored("radius_secret", OTHER_AUTH).secret(None, None),
    Key::ignored("radius_port", OTHER_AUTH),
];

const NETWORK: NetworkKeys = NetworkKeys {
    endpoint_url: Some(Key::own("endpoint_url", "Another name for `url`")),
    addresses: &["url"],
    timeout: TIMEOUT.default_is("`VAULT_CLIENT_TIMEOUT`, then 60"),
    ca_file: NetworkKeys::STANDARD.ca_file.default_is("`VAULT_CACERT`, then the system's"),
    verify: Some(Key::kwarg("verify", "Airflow's name for `ca_file` if it is a path; `false` is rejected")),
    proxies: Some(Key::kwarg("proxies", "Airflow's name for `proxy`: `{\"https\": \"http://host:port\"}`")),
    ..NetworkKeys::STANDARD
};

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
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
    let (client_cert, client_key) = cert(keys)?;
    let url = match (keys.url("url")?, context.network.endpoint_url.take()) {
        (Some(_), Some(_)) => {
            return Err(Error::usage("`url` and `endpoint_url` are both set").hint("remove one of the two"));
        }
        (url, endpoint_url) => url.or(endpoint_url),
    };
    let variables = &context.env.variables;
    let either = |openbao: &str, vault: &str| variables.get(openbao).or_else(|| variables.get(vault));
    keys.understand("url", url.as_deref().or_else(|| either("BAO_ADDR", "VAULT_ADDR")));
    let namespace = keys.text("namespace")?;
    keys.understand("namespace", namespace.as_deref().or_else(|| either("BAO_NAMESPACE", "VAULT_NAMESPACE")));
    let http = &mut context.network.http;
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
        ca_file: http.ca_file.take(),
        client_cert,
        client_key,
        proxy: http.proxy.take(),
        timeout: http.timeout,
        allow_http: http.allow_http,
        custom_metadata: keys.texts("custom_metadata")?,
        env: context.env.variables.clone(),
    };
    let layout = context.layout(&scheme)?;
    context.configured(layout, Dialect::Vault, move || airbridge_backend_vault::open(settings.clone()))
}

fn kv_engine_version(keys: &mut Keys) -> Result<Option<u8>> {
    match keys.count("kv_engine_version")? {
        None => Ok(None),
        Some(1) => Ok(Some(1)),
        Some(2) => Ok(Some(2)),
        Some(_) => Err(Error::usage("`kv_engine_version` must be 1 or 2")),
    }
}

/// `cert` of Python's requests: one file with certificate and key, or a list of two files.
fn cert(keys: &mut Keys) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    keys.check_trust("cert")?;
    let files = keys.texts_or_null("cert")?.unwrap_or_default();
    let mut files = files.into_iter().map(PathBuf::from);
    match (files.next(), files.next(), files.next()) {
        (None, ..) => Ok((None, None)),
        (Some(both), None, _) => Ok((Some(both.clone()), Some(both))),
        (Some(cert), Some(key), None) => Ok((Some(cert), Some(key))),
        _ => Err(Error::configuration("`cert` must be one file, or a list of two: certificate and key")),
    }
}

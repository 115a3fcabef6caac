//! `azure:VAULT_NAME`: the kwargs of Airflow's `AzureKeyVaultBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_azure::Settings;

use super::naming::{self, CONFIG_PREFIX, CONNECTIONS_PREFIX, SEP, VARIABLES_PREFIX};
use super::network;
use super::{Built, Opened, Opening};
use crate::backends::Key;
use crate::error::{Error, Result};

pub(crate) const KEYS: &[Key] = &[
    ("vault_url", "the vault's name or its address; also what follows `azure:`"),
    ("tenant_id", "the directory of an application to sign in as"),
    ("client_id", "the application"),
    ("client_secret", "a secret: in `airbridge.toml` or `AZURE_CLIENT_SECRET`"),
    ("managed_identity_client_id", "which identity of the machine; else `AZURE_CLIENT_ID`"),
    ("workload_identity_tenant_id", "the directory of the pod's identity; else `AZURE_TENANT_ID`"),
    (
        "verify_challenge_resource",
        "`false` for a test server that stands in for a vault; refused for Microsoft's vaults",
    ),
    ("tags", "tags of new secrets: `{\"owner\": \"data\"}`"),
    CONNECTIONS_PREFIX,
    VARIABLES_PREFIX,
    CONFIG_PREFIX,
    SEP,
    network::TIMEOUT,
    network::CA_FILE,
    network::PROXY,
    ("connection_verify", "Airflow's kwarg: a path is `ca_file`; `false` is refused"),
    ("proxies", "Airflow's kwarg: `{\"https\": \"http://host:port\"}` is `proxy`"),
    ("api_version", "of Azure's SDK; no effect here"),
    ("connection_timeout", "of Azure's SDK; no effect here"),
    ("read_timeout", "of Azure's SDK; no effect here"),
    ("retry_total", "of Azure's SDK; no effect here"),
    ("retry_connect", "of Azure's SDK; no effect here"),
    ("retry_read", "of Azure's SDK; no effect here"),
    ("retry_status", "of Azure's SDK; no effect here"),
    ("retry_backoff_factor", "of Azure's SDK; no effect here"),
    ("retry_backoff_max", "of Azure's SDK; no effect here"),
    ("retry_mode", "of Azure's SDK; no effect here"),
    ("logging_enable", "of Azure's SDK; no effect here"),
    ("user_agent", "of Azure's SDK; no effect here"),
];

/// What Airflow's class hands on to Azure's SDK and airbridge settles for itself.
const SDK: [&str; 12] = [
    "api_version",
    "connection_timeout",
    "read_timeout",
    "retry_total",
    "retry_connect",
    "retry_read",
    "retry_status",
    "retry_backoff_factor",
    "retry_backoff_max",
    "retry_mode",
    "logging_enable",
    "user_agent",
];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] = &["tags", "timeout", "ca_file", "proxy"];

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let keys = &mut opening.keys;
    let scheme = Scheme::AzureKeyVault { prefixes: naming::prefixes(keys)?, sep: keys.text("sep")? };
    let layout = naming::layout(&scheme, opening.version, opening.team.as_deref())?;
    for key in SDK {
        keys.no_effect(key, "versions, repeats and timeouts are airbridge's own: `timeout`, `rate`");
    }
    let proxy = keys.url("proxy")?;
    let settings = Settings {
        vault_url: keys.url("vault_url")?.unwrap_or_default(),
        verify_challenge_resource: keys.flag("verify_challenge_resource")?,
        tenant_id: keys.text("tenant_id")?,
        client_id: keys.text("client_id")?,
        client_secret: keys.secret("client_secret")?,
        managed_identity_client_id: keys.text("managed_identity_client_id")?,
        workload_identity_tenant_id: keys.text("workload_identity_tenant_id")?,
        ca_file: network::ca_file(keys, "connection_verify")?,
        proxy: network::proxy(keys, proxy)?,
        timeout: keys.seconds("timeout")?,
        tags: keys.texts("tags")?,
        env: opening.env.variables.clone(),
    };
    refuse_unverified(&settings)?;
    let address = settings.address()?;
    keys.understand("vault_url", Some(&address));
    opening.built(move || async move {
        Ok(Opened::store(airbridge_backend_azure::open(settings).await?, layout, Dialect::Text))
    })
}

/// A vault of Microsoft's asks for tokens of its own domain; only a trap would not.
fn refuse_unverified(settings: &Settings) -> Result<()> {
    if settings.names_microsofts_vault()? && settings.verify_challenge_resource == Some(false) {
        return Err(Error::configuration(
            "`verify_challenge_resource` is false, but the vault is Microsoft's and always verified",
        )
        .hint("leave it out; it is for test servers that stand in for a vault"));
    }
    Ok(())
}

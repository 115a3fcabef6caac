//! `azure:VAULT_NAME`: the kwargs of Airflow's `AzureKeyVaultBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_azure::Settings;

use crate::airflow_config::{AirflowClass, UnknownKwargs};
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::naming::{self, CONFIG_PREFIX, CONNECTIONS_PREFIX, SEP, VARIABLES_PREFIX};
use crate::network::NetworkKeys;
use crate::value::Key;

const CLASS: AirflowClass = AirflowClass {
    unknown_kwargs: UnknownKwargs::PassedTo("Azure's SDK"),
    truthy: &["verify_challenge_resource"],
    ..AirflowClass::new("airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend")
};

pub(crate) const KIND: Kind = Kind {
    scheme: "azure",
    spelling: "azure:VAULT_NAME",
    examples: &["azure:acme-kv", "azure:acme-kv --from connections_prefix=team-connections"],
    label: "Azure Key Vault; also `azure:https://…`",
    place_key: Some("vault_url"),
    class: Some(&CLASS),
    keys: KEYS,
    network: Some(&NETWORK),
    variables: &["AZURE_", "IDENTITY_", "MSI_"],
    forwards_keys: false,
    build,
};

const SDK: &str = "it configures Azure's SDK, which airbridge does not use; use `timeout` and `rate`";

const KEYS: &[Key] = &[
    Key::kwarg("vault_url", "Name or address of the vault; also what follows the colon"),
    Key::kwarg("tenant_id", "Directory (tenant) of the application to authenticate as")
        .default_is("`AZURE_TENANT_ID`"),
    Key::kwarg("client_id", "Application to authenticate as").default_is("`AZURE_CLIENT_ID`"),
    Key::kwarg("client_secret", "Secret of the application").secret(Some("AZURE_CLIENT_SECRET"), None),
    Key::kwarg("managed_identity_client_id", "Managed identity to use on a machine that has several")
        .default_is("`AZURE_CLIENT_ID`"),
    Key::kwarg("workload_identity_tenant_id", "Directory (tenant) of the pod's workload identity")
        .default_is("`AZURE_TENANT_ID`"),
    Key::kwarg(
        "verify_challenge_resource",
        "`false` accepts a vault outside Azure's domains, such as a test server; rejected for Microsoft's vaults",
    )
    .default_is("`true`"),
    Key::own("tags", "Tags of new secrets: `{\"owner\": \"data\"}`").default_is("none").of_new_secrets(),
    CONNECTIONS_PREFIX.default_is("`airflow-connections`"),
    VARIABLES_PREFIX.default_is("`airflow-variables`"),
    CONFIG_PREFIX.default_is("`airflow-config`"),
    SEP.default_is("`-`"),
    Key::ignored("api_version", SDK),
    Key::ignored("connection_timeout", SDK),
    Key::ignored("read_timeout", SDK),
    Key::ignored("retry_total", SDK),
    Key::ignored("retry_connect", SDK),
    Key::ignored("retry_read", SDK),
    Key::ignored("retry_status", SDK),
    Key::ignored("retry_backoff_factor", SDK),
    Key::ignored("retry_backoff_max", SDK),
    Key::ignored("retry_mode", SDK),
    Key::ignored("logging_enable", SDK),
    Key::ignored("user_agent", SDK),
];

/// `vault_url` is the address, and it must use https.
const NETWORK: NetworkKeys = NetworkKeys {
    endpoint_url: None,
    allow_http: None,
    verify: Some(Key::kwarg(
        "connection_verify",
        "Airflow's name for `ca_file` if it is a path; `false` is rejected",
    )),
    proxies: Some(Key::kwarg("proxies", "Airflow's name for `proxy`: `{\"https\": \"http://host:port\"}`")),
    ..NetworkKeys::STANDARD
};

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    let scheme = Scheme::AzureKeyVault { prefixes: naming::prefixes(keys)?, sep: keys.text("sep")? };
    let http = &mut context.network.http;
    let settings = Settings {
        vault_url: keys.url("vault_url")?.unwrap_or_default(),
        verify_challenge_resource: keys.flag("verify_challenge_resource")?,
        tenant_id: keys.text("tenant_id")?,
        client_id: keys.text("client_id")?,
        client_secret: keys.secret("client_secret")?,
        managed_identity_client_id: keys.text("managed_identity_client_id")?,
        workload_identity_tenant_id: keys.text("workload_identity_tenant_id")?,
        ca_file: http.ca_file.take(),
        proxy: http.proxy.take(),
        timeout: http.timeout,
        tags: keys.texts("tags")?,
        env: context.env.variables.clone(),
    };
    refuse_unverified(&settings)?;
    let address = settings.address()?;
    keys.understand("vault_url", Some(&address));
    let layout = context.layout(&scheme)?;
    context.configured(layout, Dialect::Text, move || airbridge_backend_azure::open(settings.clone()))
}

/// A vault of Microsoft's asks for tokens of its own domain, so only an impostor needs the check turned off.
fn refuse_unverified(settings: &Settings) -> Result<()> {
    if settings.names_microsofts_vault()? && settings.verify_challenge_resource == Some(false) {
        return Err(Error::configuration(
            "`verify_challenge_resource=false` is not supported for Microsoft's own vaults",
        )
        .hint("remove `verify_challenge_resource`; it is for test servers that stand in for a vault"));
    }
    Ok(())
}

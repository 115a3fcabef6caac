//! `gcp:PROJECT`: the kwargs of Airflow's `CloudSecretManagerBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_gcp::Settings;

use crate::airflow_config::AirflowClass;
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::Result;
use crate::keys::Keys;
use crate::kind::Kind;
use crate::naming::{self, CONFIG_PREFIX, CONNECTIONS_PREFIX, SEP, VARIABLES_PREFIX};
use crate::network::NetworkKeys;
use crate::value::Key;

const CLASS: AirflowClass =
    AirflowClass::new("airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend");

pub(crate) const KIND: Kind = Kind {
    scheme: "gcp",
    spelling: "gcp:PROJECT",
    examples: &["gcp:acme-prod", "gcp:acme-prod --from location=europe-west1"],
    label: "Google Secret Manager",
    place_key: Some("project_id"),
    class: Some(&CLASS),
    keys: KEYS,
    network: Some(&NETWORK),
    variables: &["GOOGLE_", "CLOUDSDK_", "GCE_"],
    forwards_keys: false,
    build,
};

const KEYS: &[Key] = &[
    Key::kwarg("project_id", "Project; also what follows the colon")
        .default_is("`GOOGLE_CLOUD_PROJECT`, then the credentials'"),
    Key::own("location", "Region of regional secrets, such as `europe-west1`").default_is("global secrets"),
    Key::kwarg(
        "gcp_key_path",
        "File with credentials: a service account key, or another that Google's tools write",
    )
    .default_is("Application Default Credentials"),
    Key::kwarg("gcp_keyfile_dict", "The content of such a file as JSON").secret(None, Some("gcp_key_path")),
    Key::kwarg("gcp_credential_config_file", "Credentials of a workload identity pool: a file, or JSON"),
    Key::kwarg("gcp_scopes", "OAuth scopes of tokens: a list, or a string with commas")
        .default_is("`https://www.googleapis.com/auth/cloud-platform`"),
    Key::kwarg(
        "impersonation_chain",
        "Service account to impersonate; in a list each one impersonates the next, and the last one is used",
    )
    .default_is("none"),
    CONNECTIONS_PREFIX.default_is("`airflow-connections`"),
    VARIABLES_PREFIX.default_is("`airflow-variables`"),
    CONFIG_PREFIX.default_is("`airflow-config`"),
    SEP.default_is("`-`"),
    Key::own(
        "locations",
        "Regions that new global secrets are replicated to: a list, or a string with commas",
    )
    .default_is("automatic replication")
    .of_new_secrets(),
    Key::own("kms_keys", "Full names of Cloud KMS keys for new secrets: one, or one for each of `locations`")
        .default_is("Google's own keys")
        .of_new_secrets(),
    Key::own("labels", "Labels of new secrets: `{\"team\": \"data\"}`").default_is("none").of_new_secrets(),
];

const WHOLE_PROGRAM: &str = "Google's library for authentication has this setting for the whole program only";

const NETWORK: NetworkKeys = NetworkKeys {
    ca_file: Key::rejected("ca_file", WHOLE_PROGRAM, "set SSL_CERT_FILE=PATH in the environment")
        .of_airbridge(),
    proxy: Key::rejected("proxy", WHOLE_PROGRAM, "set HTTPS_PROXY=http://host:port in the environment")
        .of_airbridge(),
    ..NetworkKeys::STANDARD
};

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    let scheme = Scheme::GcpSecretManager { prefixes: naming::prefixes(keys)?, sep: keys.text("sep")? };
    let project_id = keys.text("project_id")?;
    if project_id.is_none() {
        keys.understand("project_id", context.env.variables.non_empty("GOOGLE_CLOUD_PROJECT"));
    }
    let settings = Settings {
        project_id,
        location: keys.text("location")?,
        gcp_key_path: keys.path("gcp_key_path")?,
        gcp_keyfile_dict: keys.secret_document("gcp_keyfile_dict")?,
        gcp_credential_config_file: keys.document("gcp_credential_config_file")?,
        gcp_scopes: scopes(keys)?,
        impersonation_chain: keys.list("impersonation_chain")?,
        locations: keys.list("locations")?,
        kms_keys: keys.list("kms_keys")?,
        labels: keys.texts("labels")?,
        endpoint_url: context.network.endpoint_url.take(),
        timeout: context.network.http.timeout,
        allow_http: context.network.http.allow_http,
        env: context.env.variables.clone(),
    };
    let layout = context.layout(&scheme)?;
    context.configured(layout, Dialect::Text, move || airbridge_backend_gcp::open(settings.clone()))
}

/// Airflow's class takes one string with commas.
fn scopes(keys: &mut Keys) -> Result<Vec<String>> {
    let scopes = keys.list("gcp_scopes")?;
    keys.understand("gcp_scopes", (!scopes.is_empty()).then(|| scopes.join(",")).as_deref());
    Ok(scopes)
}

//! `gcp:PROJECT`: the kwargs of Airflow's `CloudSecretManagerBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_gcp::Settings;
use airbridge_core::{Json, JsonStyle, SecretText};

use super::keys::Keys;
use super::naming::{self, CONFIG_PREFIX, CONNECTIONS_PREFIX, SEP, VARIABLES_PREFIX};
use super::{Built, Opened, Opening, network};
use crate::backends::Key;
use crate::error::{Error, Result};

pub(crate) const KEYS: &[Key] = &[
    (
        "project_id",
        "the project; also what follows `gcp:`; else `GOOGLE_CLOUD_PROJECT`, then the credentials'",
    ),
    ("location", "the region whose own secrets are meant, `europe-west1`; without it the global ones"),
    (
        "gcp_key_path",
        "a file with credentials: a service account's key, or another that Google's tools write",
    ),
    ("gcp_keyfile_dict", "a secret: the same as JSON, in `airbridge.toml` only"),
    ("gcp_credential_config_file", "credentials of a workload identity pool: a file, or JSON"),
    ("gcp_scopes", "what tokens are asked for: a list, or a text with commas"),
    ("impersonation_chain", "service accounts to take on, one through the other; the last one acts"),
    CONNECTIONS_PREFIX,
    VARIABLES_PREFIX,
    CONFIG_PREFIX,
    SEP,
    ("locations", "where new global secrets are kept; without it wherever Google likes"),
    ("kms_keys", "keys of your own for new secrets, in full: one, or one in each of `locations`"),
    ("labels", "labels of new secrets: `{\"team\": \"data\"}`"),
    ("endpoint_url", "another address of the service: a private endpoint, an emulator"),
    network::TIMEOUT,
    network::ALLOW_HTTP,
    ("ca_file", "refused: Google's library reads `SSL_CERT_FILE`"),
    ("proxy", "refused: Google's library reads `HTTPS_PROXY`"),
];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] = &[
    "location",
    "locations",
    "kms_keys",
    "labels",
    "endpoint_url",
    "timeout",
    "allow_http",
    "ca_file",
    "proxy",
];

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let keys = &mut opening.keys;
    let scheme = Scheme::GcpSecretManager { prefixes: naming::prefixes(keys)?, sep: keys.text("sep")? };
    let layout = naming::layout(&scheme, opening.version, opening.team.as_deref())?;
    let whole = "is for the whole program with Google's library, not for one endpoint";
    keys.refused("ca_file", whole, "set SSL_CERT_FILE=PATH in the environment")?;
    keys.refused("proxy", whole, "set HTTPS_PROXY=http://host:port in the environment")?;
    let project_id = keys.text("project_id")?;
    if project_id.is_none() {
        keys.understand("project_id", opening.env.variables.non_empty("GOOGLE_CLOUD_PROJECT"));
    }
    let settings = Settings {
        project_id,
        location: keys.text("location")?,
        gcp_key_path: keys.path("gcp_key_path")?,
        gcp_keyfile_dict: json_text(keys, "gcp_keyfile_dict")?,
        gcp_credential_config_file: json_text(keys, "gcp_credential_config_file")?,
        gcp_scopes: scopes(keys)?,
        impersonation_chain: keys.list("impersonation_chain")?,
        locations: keys.list("locations")?,
        kms_keys: keys.list("kms_keys")?,
        labels: keys.texts("labels")?,
        endpoint_url: keys.url("endpoint_url")?,
        timeout: keys.seconds("timeout")?,
        allow_http: keys.flag("allow_http")?.unwrap_or(false),
        env: opening.env.variables.clone(),
    };
    opening.built(move || async move {
        Ok(Opened::store(airbridge_backend_gcp::open(settings).await?, layout, Dialect::Text))
    })
}

/// A text, or a JSON object as its text: Airflow takes either.
fn json_text(keys: &mut Keys, key: &'static str) -> Result<Option<SecretText>> {
    match keys.json(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(json @ Json::Object(_)) => Ok(Some(json.to_text(JsonStyle::LINE))),
        Some(_) => Err(Error::configuration(format!("`{key}` must be a text or a JSON object"))),
    }
}

/// Airflow's class takes one text with commas.
fn scopes(keys: &mut Keys) -> Result<Vec<String>> {
    let scopes = keys.list("gcp_scopes")?;
    keys.understand("gcp_scopes", (!scopes.is_empty()).then(|| scopes.join(",")).as_deref());
    Ok(scopes)
}

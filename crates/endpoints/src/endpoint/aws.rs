//! `aws:REGION`: the kwargs of Airflow's `SecretsManagerBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_aws::Settings;
use airbridge_core::{Fields, Json};

use super::naming::{
    self, CONFIG_LOOKUP, CONFIG_PREFIX, CONNECTIONS_LOOKUP, CONNECTIONS_PREFIX, SEP, VARIABLES_LOOKUP,
    VARIABLES_PREFIX,
};
use super::{Built, Opened, Opening, amazon, network};
use crate::backends::Key;
use crate::error::{Error, Result};

pub(crate) const KEYS: &[Key] = &[
    ("region_name", "the region; also what follows `aws:`"),
    amazon::PROFILE_NAME,
    amazon::ROLE_ARN,
    amazon::ASSUME_ROLE_METHOD,
    amazon::ASSUME_ROLE_KWARGS,
    amazon::ENDPOINT_URL,
    ("kms_key_id", "the KMS key that encrypts what is written: an id, an ARN, or `alias/NAME`"),
    ("tags", "tags of new secrets: `{\"owner\": \"data\"}`"),
    ("replica_regions", "other regions that new secrets are replicated to: a list, or a text with commas"),
    CONNECTIONS_PREFIX,
    VARIABLES_PREFIX,
    CONFIG_PREFIX,
    SEP,
    CONNECTIONS_LOOKUP,
    VARIABLES_LOOKUP,
    CONFIG_LOOKUP,
    ("extra_conn_words", "more field names for the parts of a connection: `{\"user\": [\"who\"]}`"),
    network::TIMEOUT,
    network::CA_FILE,
    network::VERIFY,
    network::PROXY,
    network::ALLOW_HTTP,
    amazon::ACCESS_KEY_ID,
    amazon::SECRET_ACCESS_KEY,
    amazon::SESSION_TOKEN,
    ("full_url_mode", "no effect in today's providers"),
    ("are_secret_values_urlencoded", "no effect in today's providers"),
    amazon::CONFIG_KWARGS,
    amazon::SESSION_KWARGS,
    amazon::SERVICE_CONFIG,
    amazon::API_VERSION,
    amazon::USE_SSL,
];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] =
    &["kms_key_id", "tags", "replica_regions", "timeout", "ca_file", "proxy", "allow_http"];

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let keys = &mut opening.keys;
    let scheme = Scheme::AwsSecretsManager {
        prefixes: naming::prefixes(keys)?,
        sep: keys.text("sep")?,
        lookup: naming::lookup(keys)?,
    };
    let layout = naming::layout(&scheme, opening.version, opening.team.as_deref())?;
    let extra_conn_words = keys.object("extra_conn_words")?.map(|words| conn_words(&words)).transpose()?;
    let dialect = Dialect::SecretsManager { extra_conn_words: extra_conn_words.unwrap_or_default() };
    let history = "the providers of Airflow 2.11 and 3.3 read every value by its content";
    keys.no_effect("full_url_mode", history);
    keys.no_effect("are_secret_values_urlencoded", history);
    let settings = Settings {
        kms_key_id: keys.text("kms_key_id")?,
        tags: keys.texts("tags")?,
        replica_regions: keys.list("replica_regions")?,
        sign_in: amazon::sign_in(keys, &opening.env.variables)?,
    };
    opening.built(move || async move {
        Ok(Opened::store(airbridge_backend_aws::open(settings).await?, layout, dialect))
    })
}

/// Airflow's words for the parts of a connection; `user` means login.
fn conn_words(words: &Fields) -> Result<Vec<(String, Vec<String>)>> {
    const PARTS: [&str; 7] = ["user", "password", "host", "schema", "conn_type", "port", "extra"];
    let list = |part: &str, value: &Json| {
        let Json::Array(items) = value else { return None };
        let items = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
        Some((part.to_owned(), items))
    };
    words
        .iter()
        .map(|(part, value)| {
            if !PARTS.contains(&part) {
                return Err(Error::configuration(format!("`extra_conn_words` knows no part `{part}`"))
                    .hint(format!("Airflow would refuse it, too; the parts are {}", PARTS.join(", "))));
            }
            list(part, value).ok_or_else(|| {
                Error::configuration(format!("`{part}` in `extra_conn_words` must be a list of texts"))
            })
        })
        .collect()
}

//! `aws-ssm:REGION`: the kwargs of Airflow's `SystemsManagerParameterStoreBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_aws_ssm::{Settings, Tier};

use super::naming::{
    self, CONFIG_LOOKUP, CONFIG_PREFIX, CONNECTIONS_LOOKUP, CONNECTIONS_PREFIX, VARIABLES_LOOKUP,
    VARIABLES_PREFIX,
};
use super::{Built, Opened, Opening, amazon, network};
use crate::backends::Key;
use crate::error::Result;

pub(crate) const KEYS: &[Key] = &[
    ("region_name", "the region; also what follows `aws-ssm:`"),
    amazon::PROFILE_NAME,
    amazon::ROLE_ARN,
    amazon::ASSUME_ROLE_METHOD,
    amazon::ASSUME_ROLE_KWARGS,
    amazon::ENDPOINT_URL,
    (
        "tier",
        "what new parameters may hold: `standard` (default), `advanced` or `intelligent`, which cost more",
    ),
    ("kms_key_id", "the KMS key that encrypts what is written: an id, an ARN, or `alias/NAME`"),
    ("tags", "tags of new parameters: `{\"owner\": \"data\"}`"),
    CONNECTIONS_PREFIX,
    VARIABLES_PREFIX,
    CONFIG_PREFIX,
    CONNECTIONS_LOOKUP,
    VARIABLES_LOOKUP,
    CONFIG_LOOKUP,
    network::TIMEOUT,
    network::CA_FILE,
    network::VERIFY,
    network::PROXY,
    network::ALLOW_HTTP,
    amazon::ACCESS_KEY_ID,
    amazon::SECRET_ACCESS_KEY,
    amazon::SESSION_TOKEN,
    amazon::CONFIG_KWARGS,
    amazon::SESSION_KWARGS,
    amazon::SERVICE_CONFIG,
    amazon::API_VERSION,
    amazon::USE_SSL,
];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] = &["tier", "kms_key_id", "tags", "timeout", "ca_file", "proxy", "allow_http"];

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let keys = &mut opening.keys;
    let scheme = Scheme::AwsSsm { prefixes: naming::prefixes(keys)?, lookup: naming::lookup(keys)? };
    let layout = naming::layout(&scheme, opening.version, opening.team.as_deref())?;
    let settings = Settings {
        tier: match keys.text("tier")? {
            Some(word) => word.parse()?,
            None => Tier::default(),
        },
        kms_key_id: keys.text("kms_key_id")?,
        tags: keys.texts("tags")?,
        metadata: opening.metadata,
        sign_in: amazon::sign_in(keys, &opening.env.variables)?,
    };
    opening.built(move || async move {
        Ok(Opened::store(airbridge_backend_aws_ssm::open(settings).await?, layout, Dialect::Text))
    })
}

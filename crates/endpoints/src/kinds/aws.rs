//! `aws:REGION`: the kwargs of Airflow's `SecretsManagerBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_aws::Settings;
use airbridge_core::{Fields, Json};

use super::aws_shared::{self as shared, NETWORK, SIGN_IN_KEYS};
use crate::airflow_config::{AirflowClass, UnknownKwargs};
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::naming::{
    self, CONFIG_LOOKUP, CONFIG_PREFIX, CONNECTIONS_LOOKUP, CONNECTIONS_PREFIX, SEP, VARIABLES_LOOKUP,
    VARIABLES_PREFIX,
};
use crate::value::Key;

const CLASS: AirflowClass = AirflowClass {
    unknown_kwargs: UnknownKwargs::Ignored,
    ..AirflowClass::new("airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend")
};

pub(crate) const KIND: Kind = Kind {
    scheme: "aws",
    spelling: "aws:REGION",
    examples: &["aws:us-east-1", "aws:us-east-1 --from profile_name=legacy"],
    label: "AWS Secrets Manager",
    place_key: Some("region_name"),
    class: Some(&CLASS),
    keys: KEYS,
    network: Some(&NETWORK),
    variables: &["AWS_"],
    forwards_keys: false,
    build,
};

const BY_CONTENT: &str = "the providers of Airflow 2.11 and 3.3 decide by the content of each value";

const KEYS: &[Key] = &[
    shared::REGION_NAME,
    shared::PROFILE_NAME,
    shared::ROLE_ARN,
    shared::ASSUME_ROLE_METHOD,
    shared::ASSUME_ROLE_KWARGS,
    shared::KMS_KEY_ID,
    Key::own("tags", "Tags of new secrets: `{\"owner\": \"data\"}`").default_is("none").of_new_secrets(),
    Key::own(
        "replica_regions",
        "Regions that new secrets are replicated to: a list, or a string with commas",
    )
    .default_is("none")
    .of_new_secrets(),
    CONNECTIONS_PREFIX.default_is("`airflow/connections`"),
    VARIABLES_PREFIX.default_is("`airflow/variables`"),
    CONFIG_PREFIX.default_is("`airflow/config`"),
    SEP.default_is("`/`"),
    CONNECTIONS_LOOKUP,
    VARIABLES_LOOKUP,
    CONFIG_LOOKUP,
    Key::kwarg(
        "extra_conn_words",
        "Additional field names for the parts of a connection: `{\"user\": [\"who\"]}`",
    ),
    SIGN_IN_KEYS[0],
    SIGN_IN_KEYS[1],
    SIGN_IN_KEYS[2],
    Key::ignored("full_url_mode", BY_CONTENT),
    Key::ignored("are_secret_values_urlencoded", BY_CONTENT),
    shared::CONFIG_KWARGS,
    shared::API_VERSION,
    shared::SESSION_KWARGS,
    shared::SERVICE_CONFIG,
    shared::USE_SSL,
];

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    let scheme = Scheme::AwsSecretsManager {
        prefixes: naming::prefixes(keys)?,
        sep: keys.text("sep")?,
        lookup: naming::lookup(keys)?,
    };
    let extra_conn_words = keys.object("extra_conn_words")?.map(|words| conn_words(&words)).transpose()?;
    let dialect = Dialect::SecretsManager { extra_conn_words: extra_conn_words.unwrap_or_default() };
    let settings = Settings {
        kms_key_id: keys.text("kms_key_id")?,
        tags: keys.texts("tags")?,
        replica_regions: keys.list("replica_regions")?,
        sign_in: shared::sign_in(&mut context)?,
    };
    let layout = context.layout(&scheme)?;
    context.configured(layout, dialect, move || airbridge_backend_aws::open(settings.clone()))
}

/// Airflow's names for the parts of a connection, of which `user` is the login.
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
                return Err(Error::configuration(format!("unknown part `{part}` in `extra_conn_words`"))
                    .hint(format!("use the parts that Airflow accepts: {}", PARTS.join(", "))));
            }
            list(part, value).ok_or_else(|| {
                Error::configuration(format!("`{part}` in `extra_conn_words` must be a list of strings"))
            })
        })
        .collect()
}

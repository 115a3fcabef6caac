//! `aws-ssm:REGION`: the kwargs of Airflow's `SystemsManagerParameterStoreBackend`.

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_aws_ssm::{Settings, Tier};

use super::aws_shared::{self as shared, NETWORK, SIGN_IN_KEYS};
use crate::airflow_config::{AirflowClass, UnknownKwargs};
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::Result;
use crate::kind::Kind;
use crate::naming::{
    self, CONFIG_LOOKUP, CONFIG_PREFIX, CONNECTIONS_LOOKUP, CONNECTIONS_PREFIX, VARIABLES_LOOKUP,
    VARIABLES_PREFIX,
};
use crate::value::Key;

const CLASS: AirflowClass = AirflowClass {
    unknown_kwargs: UnknownKwargs::Ignored,
    ..AirflowClass::new(
        "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
    )
};

pub(crate) const KIND: Kind = Kind {
    scheme: "aws-ssm",
    spelling: "aws-ssm:REGION",
    examples: &["aws-ssm:us-east-1", "aws-ssm:us-east-1 --from profile_name=legacy"],
    label: "AWS Systems Manager Parameter Store",
    place_key: Some("region_name"),
    class: Some(&CLASS),
    keys: KEYS,
    network: Some(&NETWORK),
    variables: &["AWS_"],
    forwards_keys: false,
    build,
};

const KEYS: &[Key] = &[
    shared::REGION_NAME,
    shared::PROFILE_NAME,
    shared::ROLE_ARN,
    shared::ASSUME_ROLE_METHOD,
    shared::ASSUME_ROLE_KWARGS,
    Key::own(
        "tier",
        "Tier of new parameters: `standard`, or `advanced` and `intelligent`, which hold larger values and cost money",
    )
    .default_is("`standard`")
    .of_new_secrets(),
    shared::KMS_KEY_ID,
    Key::own("tags", "Tags of new parameters: `{\"owner\": \"data\"}`").default_is("none").of_new_secrets(),
    CONNECTIONS_PREFIX.default_is("`/airflow/connections`"),
    VARIABLES_PREFIX.default_is("`/airflow/variables`"),
    CONFIG_PREFIX.default_is("`/airflow/config`"),
    CONNECTIONS_LOOKUP,
    VARIABLES_LOOKUP,
    CONFIG_LOOKUP,
    SIGN_IN_KEYS[0],
    SIGN_IN_KEYS[1],
    SIGN_IN_KEYS[2],
    shared::CONFIG_KWARGS,
    shared::API_VERSION,
    shared::SESSION_KWARGS,
    shared::SERVICE_CONFIG,
    shared::USE_SSL,
];

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    let scheme = Scheme::AwsSsm { prefixes: naming::prefixes(keys)?, lookup: naming::lookup(keys)? };
    let settings = Settings {
        tier: match keys.text("tier")? {
            Some(word) => word.parse()?,
            None => Tier::default(),
        },
        kms_key_id: keys.text("kms_key_id")?,
        tags: keys.texts("tags")?,
        metadata: context.metadata,
        sign_in: shared::sign_in(&mut context)?,
    };
    let layout = context.layout(&scheme)?;
    context.configured(layout, Dialect::Text, move || airbridge_backend_aws_ssm::open(settings.clone()))
}

//! `kv:NAMESPACE`: an HTTP key-value service.

use airbridge_airflow::{Dialect, PerKind, Scheme};
use airbridge_backend_kv::Settings;

use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::Result;
use crate::kind::Kind;
use crate::naming::{self, CONFIG_PREFIX, CONNECTIONS_PREFIX, SEP, VARIABLES_PREFIX};
use crate::network::NetworkKeys;
use crate::value::Key;

pub(crate) const KIND: Kind = Kind {
    scheme: "kv",
    spelling: "kv:NAMESPACE",
    examples: &["kv:acme", "kv:acme --from endpoint_url=https://kv.acme.test/v1"],
    label: "HTTP key-value service",
    place_key: Some("namespace"),
    // The place has no class of Airflow's.
    class: None,
    keys: KEYS,
    network: Some(&NETWORK),
    // `env_prefix` selects credentials among variables whose names start like this.
    variables: &["KV_"],
    forwards_keys: false,
    build,
};

const KEYS: &[Key] = &[
    Key::own("namespace", "Namespace; also what follows the colon").default_is("`default`"),
    Key::own("token", "Token").secret(Some("KV_TOKEN"), None),
    CONNECTIONS_PREFIX.of_airbridge().default_is("`airflow/connections`"),
    VARIABLES_PREFIX.of_airbridge().default_is("`airflow/variables`"),
    CONFIG_PREFIX.of_airbridge().default_is("`airflow/config`"),
    SEP.of_airbridge().default_is("`/`"),
];

const NETWORK: NetworkKeys = NetworkKeys::STANDARD;

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    // The names of AWS Secrets Manager: `airflow/connections/ID`.
    let scheme = Scheme::AwsSecretsManager {
        prefixes: naming::prefixes(keys)?,
        sep: keys.text("sep")?,
        lookup: PerKind::default(),
    };
    let settings = Settings {
        namespace: keys.text("namespace")?,
        token: keys.secret("token")?,
        endpoint_url: context.network.endpoint_url.take(),
        http: std::mem::take(&mut context.network.http),
        env: context.env.variables.clone(),
    };
    let layout = context.layout(&scheme)?;
    context.configured(layout, Dialect::Text, move || airbridge_backend_kv::open(settings.clone()))
}

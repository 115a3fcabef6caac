//! `airflow-api:URL`: the REST API of a running Airflow.

use airbridge_airflow::{AirflowVersion, Dialect, RowRules, Scheme};
use airbridge_backend_airflow_api::{ApiVersion, Settings};
use airbridge_core::patiently;

use crate::build::BuildContext;
use crate::endpoint::{EndpointConfig, OpenStore};
use crate::error::Result;
use crate::kind::Kind;
use crate::naming;
use crate::network::NetworkKeys;
use crate::value::Key;

pub(crate) const KIND: Kind = Kind {
    scheme: "airflow-api",
    spelling: "airflow-api:URL",
    examples: &[
        "airflow-api:https://airflow.acme.test",
        "airflow-api:https://airflow.acme.test/base --from username=me",
    ],
    label: "the REST API of a running Airflow, by the address of its web interface",
    place_key: Some("url"),
    class: None,
    keys: KEYS,
    network: Some(&NETWORK),
    variables: &["AIRFLOW_API_"],
    forwards_keys: false,
    build,
};

const KEYS: &[Key] = &[
    Key::own("url", "Address of the web server or API server, without `/api/…`; also what follows the colon"),
    Key::own("api_version", "Version of the API: `1` (Airflow 2) or `2` (Airflow 3)")
        .default_is("what the server has"),
    Key::own("token", "Bearer token").secret(Some("AIRFLOW_API_TOKEN"), None),
    Key::own("username", "User name, instead of a token").default_is("`AIRFLOW_API_USERNAME`"),
    Key::own("password", "Password of the user").secret(Some("AIRFLOW_API_PASSWORD"), None),
];

const NETWORK: NetworkKeys = NetworkKeys { endpoint_url: None, addresses: &["url"], ..NetworkKeys::STANDARD };

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    let api_version = match keys.word("api_version", &["1", "2"])? {
        Some("1") => Some(ApiVersion::V1),
        Some(_) => Some(ApiVersion::V2),
        None => None,
    };
    let variables = &context.env.variables;
    let of_environment = |name: &str| variables.non_empty(name).map(str::to_owned);
    let (token, username) = (keys.secret("token")?, keys.text("username")?);
    let username = username.or_else(|| of_environment("AIRFLOW_API_USERNAME").filter(|_| token.is_none()));
    let password = keys.secret("password")?;
    let password = password
        .or_else(|| of_environment("AIRFLOW_API_PASSWORD").map(Into::into).filter(|_| username.is_some()));
    let settings = Settings {
        url: keys.url("url")?,
        api_version,
        token,
        username,
        password,
        team: context.team.clone(),
        http: std::mem::take(&mut context.network.http),
        env: context.env.variables.clone(),
    };
    let (version, team, writes) = (context.chosen_version, context.team.clone(), context.access.writes());
    context.configured_later(move || async move {
        let store = patiently(|| airbridge_backend_airflow_api::open(settings.clone())).await?;
        let respelled = store.api_version() == ApiVersion::V2;
        let version = version.unwrap_or(match store.api_version() {
            ApiVersion::V1 => AirflowVersion::V2_11,
            ApiVersion::V2 => AirflowVersion::V3_3,
        });
        let writes = writes.then_some(RowRules::RestApi);
        let scheme = Scheme::Database { ignores_case: false, writes };
        let layout = naming::layout(&scheme, version, team.as_deref())?;
        Ok(OpenStore { version: Some(version), ..OpenStore::new(store, layout, Dialect::Row { respelled }) })
    })
}

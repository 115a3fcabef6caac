//! `airflow-api:URL`: the REST API of a running Airflow.

use airbridge_airflow::{AirflowVersion, Dialect, RowRules, Scheme};
use airbridge_backend_airflow_api::{ApiVersion, Settings};
use airbridge_core::patiently;

use crate::build::BuildContext;
use crate::endpoint::{EndpointConfig, OpenStore};
use crate::error::{Error, Result};
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
    variables: &["AIRFLOW_API_", "ASTRO_API_TOKEN", "GOOGLE_", "CLOUDSDK_", "GCE_METADATA_"],
    forwards_keys: false,
    build,
};

const KEYS: &[Key] = &[
    Key::own("url", "Address of the web server or API server, without `/api/…`; also what follows the colon"),
    Key::own("api_version", "Version of the API: `1` (Airflow 2) or `2` (Airflow 3)")
        .default_is("what the server has"),
    Key::own(
        "auth",
        "Instead of a token or user: `google` for the credentials of Google Cloud (Cloud Composer), `astro` for the token in \
         `ASTRO_API_TOKEN`",
    ),
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
    let auth = keys.word("auth", &["google", "astro"])?.map(str::to_owned);
    let (mut token, username) = (keys.secret("token")?, keys.text("username")?);
    if let Some(auth) = &auth {
        if token.is_some() || username.is_some() {
            return Err(Error::usage(format!("`auth={auth}` and a token or user are both set"))
                .hint("remove one of the two"));
        }
        if auth == "astro" {
            let found = of_environment("ASTRO_API_TOKEN").map(Into::into);
            token = Some(found.ok_or_else(|| {
                Error::usage("`auth=astro` needs a token")
                    .hint("set ASTRO_API_TOKEN to an API token of Astro")
            })?);
        }
    }
    let username = username.filter(|_| auth.is_none());
    let username = username
        .or_else(|| of_environment("AIRFLOW_API_USERNAME").filter(|_| token.is_none() && auth.is_none()));
    let password = keys.secret("password")?;
    let password = password
        .or_else(|| of_environment("AIRFLOW_API_PASSWORD").map(Into::into).filter(|_| username.is_some()));
    let settings = Settings {
        url: keys.url("url")?,
        api_version,
        token,
        token_source: None,
        actor: None,
        username,
        password,
        team: context.team.clone(),
        http: std::mem::take(&mut context.network.http),
        env: context.env.variables.clone(),
    };
    let (version, team, writes) = (context.chosen_version, context.team.clone(), context.access.writes());
    context.configured_later(move || async move {
        let settings =
            if auth.as_deref() == Some("google") { google::signed_in(settings).await? } else { settings };
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

/// Access tokens of Google Cloud.
#[cfg(feature = "gcp")]
mod google {
    use std::sync::Arc;

    use airbridge_backend_airflow_api::{Settings, TokenSource};
    use airbridge_backend_gcp::{AccessTokens, access_tokens};
    use airbridge_core::{Result, SecretText, patiently};
    use async_trait::async_trait;

    #[derive(Debug)]
    struct Google(AccessTokens);

    #[async_trait]
    impl TokenSource for Google {
        async fn token(&self) -> Result<SecretText> {
            self.0.token().await
        }
    }

    /// The settings, with the credentials that Google's libraries would use.
    pub(super) async fn signed_in(settings: Settings) -> Result<Settings> {
        let of_google = airbridge_backend_gcp::Settings {
            timeout: settings.http.timeout,
            env: settings.env.clone(),
            ..airbridge_backend_gcp::Settings::default()
        };
        let tokens = patiently(|| access_tokens(&of_google)).await?;
        let actor = tokens.actor().map(str::to_owned);
        Ok(Settings { token_source: Some(Arc::new(Google(tokens))), actor, ..settings })
    }
}

#[cfg(not(feature = "gcp"))]
mod google {
    use airbridge_backend_airflow_api::Settings;
    use airbridge_core::{Error, Result};

    #[expect(clippy::unused_async, reason = "as with the feature `gcp`")]
    pub(super) async fn signed_in(_settings: Settings) -> Result<Settings> {
        Err(Error::config("this airbridge was built without Google Cloud, which `auth=google` needs")
            .with_hint("install one with the feature `gcp`, or use `token`"))
    }
}

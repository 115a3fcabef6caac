//! `aws:REGION`: the kwargs of Airflow's `SecretsManagerBackend`, which hands most of them to boto3.

use airbridge_airflow::{Dialect, PerKind, Scheme};
use airbridge_backend_aws::{AssumeRole, Settings};
use airbridge_core::{Environment, Fields, Json};

use super::keys::Keys;
use super::naming::{
    self, CONFIG_LOOKUP, CONFIG_PREFIX, CONNECTIONS_LOOKUP, CONNECTIONS_PREFIX, SEP, VARIABLES_LOOKUP,
    VARIABLES_PREFIX,
};
use super::network::{self, Network};
use super::{Built, Opened, Opening};
use crate::backends::Key;
use crate::failure::{Failure, Outcome};

pub(crate) const KEYS: &[Key] = &[
    ("region_name", "the region; also what follows `aws:`"),
    ("profile_name", "a profile of the AWS configuration; wins over keys in the environment"),
    ("role_arn", "a role to assume"),
    ("assume_role_method", "`assume_role`; other methods are configured in a profile"),
    ("assume_role_kwargs", "`ExternalId`, `RoleSessionName`, `DurationSeconds`"),
    ("endpoint_url", "another address of the service: a private endpoint, an emulator"),
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
    ("aws_access_key_id", "a secret: in `airbridge.toml` only"),
    ("aws_secret_access_key", "a secret: in `airbridge.toml` only"),
    ("aws_session_token", "a secret: in `airbridge.toml` only"),
    ("full_url_mode", "no effect in today's providers"),
    ("are_secret_values_urlencoded", "no effect in today's providers"),
    ("config_kwargs", "boto3's own; no effect here"),
    ("session_kwargs", "boto3's own; refused: `profile_name` and `region_name` are keys of their own"),
    ("service_config", "boto3's own; refused: `endpoint_url` is a key of its own"),
    ("api_version", "boto3's own; no effect here"),
    ("use_ssl", "boto3's own; `false` is refused"),
];

pub(crate) fn build(mut opening: Opening) -> Outcome<Built> {
    let keys = &mut opening.keys;
    let scheme = Scheme::AwsSecretsManager {
        prefixes: naming::prefixes(keys)?,
        sep: keys.text("sep")?,
        lookup: PerKind {
            connections: keys.text("connections_lookup_pattern")?,
            variables: keys.text("variables_lookup_pattern")?,
            config: keys.text("config_lookup_pattern")?,
        },
    };
    let layout = naming::layout(&scheme, opening.version, opening.team.as_deref())?;
    let extra_conn_words = keys.object("extra_conn_words")?.map(|words| conn_words(&words)).transpose()?;
    let dialect = Dialect::SecretsManager { extra_conn_words: extra_conn_words.unwrap_or_default() };
    without_effect(keys)?;
    let network = Network::read(keys)?;
    let env = with_keys(keys, &opening.env.variables)?;
    let settings = Settings {
        region_name: region(keys)?,
        profile_name: keys.text("profile_name")?,
        role_arn: keys.text("role_arn")?,
        assume_role_kwargs: assume_role(keys)?,
        endpoint_url: keys.url("endpoint_url")?,
        ca_file: network.ca_file,
        proxy: network.proxy,
        timeout: network.timeout,
        allow_http: network.allow_http,
        env,
    };
    opening.built(move || async move {
        Ok(Opened::store(airbridge_backend_aws::open(settings).await?, layout, dialect))
    })
}

/// A region becomes a part of a host's name; what cannot be one is a slip, and would only be "no such host".
fn region(keys: &mut Keys) -> Outcome<Option<String>> {
    let region = keys.text("region_name")?;
    let sound = |region: &str| {
        region.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
    };
    match region {
        Some(region) if !sound(&region) => {
            Err(Failure::usage(format!("`{region}` cannot be the name of a region"))
                .hint("write it like us-east-1"))
        }
        region => Ok(region),
    }
}

fn without_effect(keys: &mut Keys) -> Outcome<()> {
    let history = "the providers of Airflow 2.11 and 3.3 read every value by its content";
    keys.no_effect("full_url_mode", history);
    keys.no_effect("are_secret_values_urlencoded", history);
    keys.no_effect(
        "config_kwargs",
        "repeats, timeouts and proxies are airbridge's own: `timeout`, `proxy`, `rate`",
    );
    keys.no_effect("api_version", "the service has one version");
    keys.refused(
        "session_kwargs",
        "is boto3's own and not taken",
        "give `profile_name` and `region_name` instead",
    )?;
    keys.refused("service_config", "is boto3's own and not taken", "give `endpoint_url` instead")?;
    if keys.flag("use_ssl")? == Some(false) {
        return Err(Failure::configuration("`use_ssl` is false, but secrets are not sent unencrypted")
            .hint("an emulator on this machine is endpoint_url=http://127.0.0.1:PORT"));
    }
    if keys.text("assume_role_method")?.is_some_and(|method| method != "assume_role") {
        return Err(Failure::configuration("`assume_role_method` can only be `assume_role` here").hint(
            "web identity and SAML are configured in a profile of the AWS configuration: profile_name=NAME",
        ));
    }
    Ok(())
}

fn assume_role(keys: &mut Keys) -> Outcome<AssumeRole> {
    let mut role = AssumeRole::default();
    let Some(kwargs) = keys.object("assume_role_kwargs")? else { return Ok(role) };
    for (key, value) in kwargs.iter() {
        let wrong =
            |what: &str| Failure::configuration(format!("`{key}` in `assume_role_kwargs` must be {what}"));
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| wrong("a text"));
        match key {
            "ExternalId" => role.external_id = Some(text()?),
            "RoleSessionName" => role.role_session_name = Some(text()?),
            "DurationSeconds" => {
                let seconds = match value {
                    Json::Number(number) => number.expose().parse().ok(),
                    _ => None,
                };
                let seconds = seconds.ok_or_else(|| wrong("a number of seconds"))?;
                role.duration = Some(std::time::Duration::from_secs(seconds));
            }
            _ => {
                return Err(Failure::configuration(format!(
                    "`{key}` in `assume_role_kwargs` is not supported"
                ))
                .hint("supported are ExternalId, RoleSessionName, DurationSeconds; a profile can say more"));
            }
        }
    }
    Ok(role)
}

/// Airflow's words for the parts of a connection; `user` means login.
fn conn_words(words: &Fields) -> Outcome<Vec<(String, Vec<String>)>> {
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
                return Err(Failure::configuration(format!("`extra_conn_words` knows no part `{part}`"))
                    .hint(format!("Airflow would refuse it, too; the parts are {}", PARTS.join(", "))));
            }
            list(part, value).ok_or_else(|| {
                Failure::configuration(format!("`{part}` in `extra_conn_words` must be a list of texts"))
            })
        })
        .collect()
}

/// Access keys of the kwargs are seen as if they were this side's environment.
fn with_keys(keys: &mut Keys, env: &Environment) -> Outcome<Environment> {
    let given = [
        ("AWS_ACCESS_KEY_ID", keys.secret("aws_access_key_id")?),
        ("AWS_SECRET_ACCESS_KEY", keys.secret("aws_secret_access_key")?),
        ("AWS_SESSION_TOKEN", keys.secret("aws_session_token")?),
    ];
    if given.iter().all(|(_, value)| value.is_none()) {
        return Ok(env.clone());
    }
    if given[0].1.is_none() || given[1].1.is_none() {
        return Err(Failure::configuration(
            "`aws_access_key_id` and `aws_secret_access_key` belong together",
        ));
    }
    // A profile or session of the environment is somebody else.
    let hidden = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"];
    let others =
        env.iter().filter(|(name, _)| !hidden.contains(name)).map(|(name, value)| (name, value.clone()));
    Ok(others.chain(given.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect())
}

//! What Amazon's services share: where they are, who signs in, and what Airflow's backends hand to boto3.

use airbridge_backend_aws_common::{AssumeRole, HttpOptions, Settings};
use airbridge_core::{Environment, Json};

use super::keys::Keys;
use super::network::Network;
use crate::backends::Key;
use crate::error::{Error, Result};

pub(super) const PROFILE_NAME: Key =
    ("profile_name", "a profile of the AWS configuration; wins over keys in the environment");
pub(super) const ROLE_ARN: Key = ("role_arn", "a role to assume");
pub(super) const ASSUME_ROLE_METHOD: Key =
    ("assume_role_method", "`assume_role`; other methods are configured in a profile");
pub(super) const ASSUME_ROLE_KWARGS: Key =
    ("assume_role_kwargs", "`ExternalId`, `RoleSessionName`, `DurationSeconds`");
pub(super) const ENDPOINT_URL: Key =
    ("endpoint_url", "another address of the service: a private endpoint, an emulator");
pub(super) const ACCESS_KEY_ID: Key = ("aws_access_key_id", "a secret: in `airbridge.toml` only");
pub(super) const SECRET_ACCESS_KEY: Key = ("aws_secret_access_key", "a secret: in `airbridge.toml` only");
pub(super) const SESSION_TOKEN: Key = ("aws_session_token", "a secret: in `airbridge.toml` only");
pub(super) const CONFIG_KWARGS: Key = ("config_kwargs", "boto3's own; no effect here");
pub(super) const SESSION_KWARGS: Key =
    ("session_kwargs", "boto3's own; refused: `profile_name` and `region_name` are keys of their own");
pub(super) const SERVICE_CONFIG: Key =
    ("service_config", "boto3's own; refused: `endpoint_url` is a key of its own");
pub(super) const API_VERSION: Key = ("api_version", "boto3's own; no effect here");
pub(super) const USE_SSL: Key = ("use_ssl", "boto3's own; `false` is refused");

/// Region, credentials and the way there; `env` is this side's environment.
pub(super) fn sign_in(keys: &mut Keys, env: &Environment) -> Result<Settings> {
    boto3(keys)?;
    let network = Network::read(keys)?;
    let region_name = region(keys)?;
    if region_name.is_none() {
        keys.understand("region_name", env.non_empty("AWS_REGION").or(env.non_empty("AWS_DEFAULT_REGION")));
    }
    Ok(Settings {
        region_name,
        profile_name: keys.text("profile_name")?,
        role_arn: keys.text("role_arn")?,
        assume_role_kwargs: assume_role(keys)?,
        endpoint_url: keys.url("endpoint_url")?,
        http: HttpOptions {
            timeout: network.timeout,
            ca_file: network.ca_file,
            proxy: network.proxy,
            allow_http: network.allow_http,
        },
        env: with_keys(keys, env)?,
    })
}

/// A region becomes a part of a host's name; what cannot be one is a slip, and would only be "no such host".
fn region(keys: &mut Keys) -> Result<Option<String>> {
    let region = keys.text("region_name")?;
    let sound = |region: &str| {
        region.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
    };
    match region {
        Some(region) if !sound(&region) => {
            Err(Error::usage(format!("`{region}` cannot be the name of a region"))
                .hint("write it like us-east-1"))
        }
        region => Ok(region),
    }
}

/// What boto3 takes beside that: without effect here, or refused.
fn boto3(keys: &mut Keys) -> Result<()> {
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
        return Err(Error::configuration("`use_ssl` is false, but secrets are not sent unencrypted")
            .hint("an emulator on this machine is endpoint_url=http://127.0.0.1:PORT"));
    }
    if keys.text("assume_role_method")?.is_some_and(|method| method != "assume_role") {
        return Err(Error::configuration("`assume_role_method` can only be `assume_role` here").hint(
            "web identity and SAML are configured in a profile of the AWS configuration: profile_name=NAME",
        ));
    }
    Ok(())
}

fn assume_role(keys: &mut Keys) -> Result<AssumeRole> {
    let mut role = AssumeRole::default();
    let Some(kwargs) = keys.object("assume_role_kwargs")? else { return Ok(role) };
    for (key, value) in kwargs.iter() {
        let wrong =
            |what: &str| Error::configuration(format!("`{key}` in `assume_role_kwargs` must be {what}"));
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
                return Err(Error::configuration(format!(
                    "`{key}` in `assume_role_kwargs` is not supported"
                ))
                .hint("supported are ExternalId, RoleSessionName, DurationSeconds; a profile can say more"));
            }
        }
    }
    Ok(role)
}

/// Access keys of the kwargs are seen as if they were this side's environment.
fn with_keys(keys: &mut Keys, env: &Environment) -> Result<Environment> {
    let given = [
        ("AWS_ACCESS_KEY_ID", keys.secret("aws_access_key_id")?),
        ("AWS_SECRET_ACCESS_KEY", keys.secret("aws_secret_access_key")?),
        ("AWS_SESSION_TOKEN", keys.secret("aws_session_token")?),
    ];
    if given.iter().all(|(_, value)| value.is_none()) {
        return Ok(env.clone());
    }
    if given[0].1.is_none() || given[1].1.is_none() {
        return Err(Error::configuration("`aws_access_key_id` and `aws_secret_access_key` belong together"));
    }
    // A profile or session of the environment is somebody else.
    let hidden = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"];
    let others =
        env.iter().filter(|(name, _)| !hidden.contains(name)).map(|(name, value)| (name, value.clone()));
    Ok(others.chain(given.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect())
}

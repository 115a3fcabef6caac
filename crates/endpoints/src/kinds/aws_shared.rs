//! What `aws:` and `aws-ssm:` share: region, credentials, and the kwargs that Airflow's classes pass to boto3.

use airbridge_backend_aws_common::{AssumeRole, Settings};
use airbridge_core::{Environment, Json};

use crate::build::BuildContext;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::network::NetworkKeys;
use crate::value::Key;

pub(crate) const REGION_NAME: Key = Key::kwarg("region_name", "Region; also what follows the colon")
    .default_is("`AWS_REGION`, then the profile's");
pub(crate) const PROFILE_NAME: Key = Key::kwarg(
    "profile_name",
    "Profile of the AWS configuration; takes precedence over access keys in the environment",
)
.default_is("`AWS_PROFILE`");
pub(crate) const ROLE_ARN: Key =
    Key::kwarg("role_arn", "Role to assume with the credentials found").default_is("none");
pub(crate) const ASSUME_ROLE_METHOD: Key = Key::kwarg(
    "assume_role_method",
    "How to assume the role; only `assume_role` is supported, a profile configures other methods",
)
.default_is("`assume_role`");
pub(crate) const ASSUME_ROLE_KWARGS: Key = Key::kwarg(
    "assume_role_kwargs",
    "Parameters for assuming the role: `ExternalId`, `RoleSessionName`, `DurationSeconds`",
);
pub(crate) const KMS_KEY_ID: Key =
    Key::own("kms_key_id", "KMS key that encrypts what is written: an id, an ARN or `alias/NAME`")
        .default_is("the service's own key")
        .of_written_secrets();
pub(crate) const CONFIG_KWARGS: Key = Key::ignored(
    "config_kwargs",
    "boto3's retries, timeouts and proxies do not apply to airbridge; use `timeout`, `proxy`, `rate`",
);
pub(crate) const API_VERSION: Key = Key::ignored("api_version", "the service has one API version");
pub(crate) const SESSION_KWARGS: Key = Key::rejected(
    "session_kwargs",
    "it configures a boto3 session, which airbridge does not use",
    "set `profile_name` and `region_name` instead",
);
pub(crate) const SERVICE_CONFIG: Key = Key::rejected(
    "service_config",
    "it configures a boto3 client, which airbridge does not use",
    "set `endpoint_url` instead",
);
pub(crate) const USE_SSL: Key =
    Key::kwarg("use_ssl", "Whether to use TLS; `false` is rejected").default_is("`true`");

/// The access keys, which are secrets.
pub(crate) const SIGN_IN_KEYS: [Key; 3] = [
    Key::kwarg("aws_access_key_id", "Access key id").secret(Some("AWS_ACCESS_KEY_ID"), None),
    Key::kwarg("aws_secret_access_key", "Secret access key").secret(Some("AWS_SECRET_ACCESS_KEY"), None),
    Key::kwarg("aws_session_token", "Session token of temporary credentials")
        .secret(Some("AWS_SESSION_TOKEN"), None),
];

/// The network keys; the first and `verify` are kwargs of boto3.
pub(crate) const NETWORK: NetworkKeys = NetworkKeys {
    endpoint_url: Some(
        Key::kwarg("endpoint_url", "Address of the service, for a private endpoint or an emulator")
            .default_is("`AWS_ENDPOINT_URL`, then the region's"),
    ),
    ca_file: NetworkKeys::STANDARD.ca_file.default_is("`AWS_CA_BUNDLE`, then the system's"),
    verify: Some(Key::kwarg("verify", "Airflow's name for `ca_file` if it is a path; `false` is rejected")),
    ..NetworkKeys::STANDARD
};

/// Reads region, credentials and connection.
pub(crate) fn sign_in(context: &mut BuildContext) -> Result<Settings> {
    let env = &context.env.variables;
    let keys = &mut context.keys;
    check_boto3(keys)?;
    let region_name = region(keys)?;
    if region_name.is_none() {
        keys.understand("region_name", env.non_empty("AWS_REGION").or(env.non_empty("AWS_DEFAULT_REGION")));
    }
    Ok(Settings {
        region_name,
        profile_name: keys.text("profile_name")?,
        role_arn: keys.text("role_arn")?,
        assume_role_kwargs: assume_role(keys)?,
        endpoint_url: context.network.endpoint_url.clone(),
        http: context.network.http.clone(),
        env: with_access_keys(keys, env)?,
    })
}

/// A region becomes a part of a host name, so a mistyped one would only be reported as "no such host".
fn region(keys: &mut Keys) -> Result<Option<String>> {
    let region = keys.text("region_name")?;
    let is_valid = |region: &str| {
        region.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
    };
    match region {
        Some(region) if !is_valid(&region) => {
            Err(Error::usage(format!("`{region}` is not a valid region")).hint("write it as in us-east-1"))
        }
        region => Ok(region),
    }
}

fn check_boto3(keys: &mut Keys) -> Result<()> {
    if keys.flag("use_ssl")? == Some(false) {
        return Err(Error::configuration("`use_ssl=false` is not supported: airbridge always uses TLS")
            .hint("set endpoint_url=http://127.0.0.1:PORT for an emulator on this machine"));
    }
    if keys.text("assume_role_method")?.is_some_and(|method| method != "assume_role") {
        return Err(Error::configuration("`assume_role_method` must be `assume_role`").hint(
            "configure web identity or SAML in a profile of the AWS configuration, and set `profile_name`",
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
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| wrong("a string"));
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
                .hint("use ExternalId, RoleSessionName and DurationSeconds, or configure a profile"));
            }
        }
    }
    Ok(role)
}

/// The environment with the access keys of the kwargs in place of its own.
fn with_access_keys(keys: &mut Keys, env: &Environment) -> Result<Environment> {
    let given = [
        ("AWS_ACCESS_KEY_ID", keys.secret("aws_access_key_id")?),
        ("AWS_SECRET_ACCESS_KEY", keys.secret("aws_secret_access_key")?),
        ("AWS_SESSION_TOKEN", keys.secret("aws_session_token")?),
    ];
    if given.iter().all(|(_, value)| value.is_none()) {
        return Ok(env.clone());
    }
    if given[0].1.is_none() || given[1].1.is_none() {
        return Err(Error::configuration("`aws_access_key_id` and `aws_secret_access_key` must both be set"));
    }
    // A profile or session token of the environment belongs to other credentials.
    let hidden = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"];
    let others =
        env.iter().filter(|(name, _)| !hidden.contains(name)).map(|(name, value)| (name, value.clone()));
    Ok(others.chain(given.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect())
}

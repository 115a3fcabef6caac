//! Region, credentials, role and address, and the configuration for a service's client.

mod missing;
mod primed;

use airbridge_core::{Error, Result};
use airbridge_http::{Address, CONNECT_TIMEOUT};
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;

use missing::{no_credentials, nothing_found};
use primed::Primed;

use crate::identity::identity;
use crate::place::{account, place};
use crate::profile::{Profile, Variables, variables};
use crate::service::Service;
use crate::settings::Settings;
use crate::transport::http_client;

/// What the client of a service needs.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The configuration for the service's own builder: with credentials that were obtained already, and without retries.
    pub config: SdkConfig,
    /// An address other than AWS's default. It takes precedence over the one in `config`, even if it is `None`.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The account, if STS or the credentials say it.
    pub account: Option<String>,
    /// What messages call the store: scheme, region, account and address.
    pub place: String,
    /// Whose the credentials are, if STS says it: `role/NAME`, `user/NAME` or `root`, with the account unless `place` has it.
    pub actor: Option<String>,
}

/// STS, which says whose credentials are.
const STS: Service = Service {
    scheme: "sts",
    name: "AWS STS",
    permissions: "sts",
    endpoint_variable: "AWS_ENDPOINT_URL_STS",
    section: "sts",
};

/// Finds region, credentials and address for `service`, and asks STS once whose the credentials are. Other requests are
/// sent only if the credentials come from the network.
///
/// # Errors
/// `Config` for settings that cannot be used, `Unauthenticated` if credentials are missing or rejected.
pub async fn sign_in(settings: &Settings, service: &Service) -> Result<SignedIn> {
    let mut variables = variables(settings);
    let profile = Profile::load(settings, &variables).await?;
    profile.override_keys(settings, &mut variables)?;
    let region = region(settings, service, &variables, &profile)?;
    let allow_http = settings.http.allow_http;
    let own = settings.endpoint_url.as_deref();
    let own = own.map(|url| Address::parse(url, "`endpoint_url`", allow_http)).transpose()?;

    let client = http_client(settings, service, &variables, &profile, own.as_ref())?;
    let config = load(settings, &variables, &region, client).await;
    let general = general_endpoint(settings, &variables, &profile, &config)?;
    let endpoint = match own {
        Some(own) => Some(own),
        None if ignores_configured_endpoints(&variables, &profile) => None,
        None => service_endpoint(settings, service, &variables, &profile)?.or(general.clone()),
    };
    // An emulator answers for STS at the same address; its users must not be sent to AWS.
    let of_sts = match endpoint.as_ref().filter(|address| address.is_loopback()) {
        Some(emulator) => Ok(Some(emulator.clone())),
        None if ignores_configured_endpoints(&variables, &profile) => Ok(None),
        None => service_endpoint(settings, &STS, &variables, &profile).map(|own| own.or(general)),
    };
    let config = with_role(settings, config).await?;
    let source = config.credentials_provider().ok_or_else(|| nothing_found(&profile, &variables))?;
    // Now, so that a run without credentials ends before it starts.
    let credentials = source.provide_credentials().await;
    let credentials = credentials.map_err(|error| no_credentials(settings, &error, &profile, &variables))?;
    let identity = match of_sts {
        Ok(address) => identity(&config, &credentials, address.map(|address| address.to_string())).await,
        // An address over plain http. Only the name of the actor is lost.
        Err(_) => None,
    };
    // Not with the account of the answer: the place must be the same whether or not STS answers.
    let place = place(service, &region, &credentials, endpoint.as_ref());
    let shown = account(&credentials);
    let account = identity.as_ref().map(|identity| identity.account().to_owned()).or_else(|| shown.clone());
    let actor = identity.map(|identity| identity.actor(shown.as_deref()));

    // airbridge retries calls itself: the SDK would also repeat writes whose outcome is unknown, and ignores rate limits.
    let credentials = SharedCredentialsProvider::new(Primed::new(credentials, source));
    let config =
        config.into_builder().retry_config(RetryConfig::disabled()).credentials_provider(credentials).build();
    let endpoint = endpoint.map(|address| address.to_string());
    Ok(SignedIn { config, endpoint, region, account, place, actor })
}

fn region(
    settings: &Settings,
    service: &Service,
    variables: &Variables,
    profile: &Profile,
) -> Result<String> {
    let variable = |name: &str| variables.get(name).map(String::as_str);
    (settings.region_name.as_deref().filter(|region| !region.is_empty()))
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| profile.get("region"))
        .map(str::to_owned)
        .ok_or_else(|| {
            Error::config(format!(
                "no AWS region is configured: `AWS_REGION` is not set, and profile {} in {} has no region",
                profile.name(),
                profile.files()
            ))
            .with_hint(format!("write {}:REGION, or set `region_name` or `AWS_REGION`", service.scheme))
        })
}

async fn load(
    settings: &Settings,
    variables: &Variables,
    region: &str,
    client: SharedHttpClient,
) -> SdkConfig {
    let answer = settings.http.call_timeout();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(answer))
        .operation_attempt_timeout(answer)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .env(Env::from(variables.clone()))
        .http_client(client)
        .timeout_config(timeouts)
        .region(Region::new(region.to_owned()));
    if let Ok(name) = AppName::new("airbridge") {
        loader = loader.app_name(name);
    }
    if let Some(name) = &settings.profile_name {
        loader = loader.profile_name(name);
    }
    loader.load().await
}

/// The address for every service, from the environment or the profile. It is checked even if the service has an address
/// of its own, because roles are assumed there.
fn general_endpoint(
    settings: &Settings,
    variables: &Variables,
    profile: &Profile,
    config: &SdkConfig,
) -> Result<Option<Address>> {
    let Some(url) = config.endpoint_url() else { return Ok(None) };
    let origin = if variables.contains_key("AWS_ENDPOINT_URL") {
        "`AWS_ENDPOINT_URL`".to_owned()
    } else {
        format!("`endpoint_url` of profile {}", profile.name())
    };
    Address::parse(url, &origin, settings.http.allow_http).map(Some)
}

/// The address for this service only, if the environment or the profile has one that takes precedence over the general
/// one: the order is the service's variable, `AWS_ENDPOINT_URL`, the profile's `services` section, the profile's
/// `endpoint_url`.
fn service_endpoint(
    settings: &Settings,
    service: &Service,
    variables: &Variables,
    profile: &Profile,
) -> Result<Option<Address>> {
    let allow_http = settings.http.allow_http;
    if let Some(url) = variables.get(service.endpoint_variable) {
        return Address::parse(url, &format!("`{}`", service.endpoint_variable), allow_http).map(Some);
    }
    let of_profile =
        profile.service_endpoint(service).filter(|_| !variables.contains_key("AWS_ENDPOINT_URL"));
    let origin =
        || format!("`endpoint_url` of `{}` in the services of profile {}", service.section, profile.name());
    of_profile.map(|url| Address::parse(url, &origin(), allow_http)).transpose()
}

fn ignores_configured_endpoints(variables: &Variables, profile: &Profile) -> bool {
    (variables.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").map(String::as_str))
        .or_else(|| profile.get("ignore_configured_endpoint_urls"))
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

async fn with_role(settings: &Settings, config: SdkConfig) -> Result<SdkConfig> {
    let Some(role) = settings.role_arn.as_deref().filter(|role| !role.is_empty()) else {
        return Ok(config);
    };
    if !(role.starts_with("arn:") && role.contains(":role/")) {
        return Err(Error::config(format!("`role_arn` is not the ARN of a role: {role}"))
            .with_hint("write it as arn:aws:iam::ACCOUNT:role/NAME"));
    }
    let kwargs = &settings.assume_role_kwargs;
    let mut provider = AssumeRoleProvider::builder(role)
        .session_name(kwargs.role_session_name.as_deref().unwrap_or("airbridge"))
        .configure(&config);
    if let Some(id) = &kwargs.external_id {
        provider = provider.external_id(id);
    }
    if let Some(duration) = kwargs.duration {
        provider = provider.session_length(duration);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    Ok(config.into_builder().credentials_provider(provider).build())
}

//! Signing in: region, credentials, role, and the client that comes of it.

mod primed;

use std::time::Duration;

use airbridge_core::{Error, ErrorKind, Operation, Result};
use airbridge_http::causes;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_types::os_shim_internal::Env;

use primed::Primed;

use crate::place::place;
use crate::profile::{Chosen, Variables, variables};
use crate::service::Service;
use crate::settings::Settings;
use crate::transport::{check_endpoint, http_client};

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);

/// Until a call is answered.
const ANSWER: Duration = Duration::from_secs(20);

/// All that a client of one service needs.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// For the service's own builder; with credentials that were got already, and without repeats.
    pub config: SdkConfig,
    /// Another address than Amazon's. It wins over the one in `config`, also when it is `None`.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// What messages call the store: scheme, region, account and address.
    pub place: String,
}

/// Finds region, credentials and address of `service`. Asks the network only where credentials come from there.
///
/// # Errors
/// `Config` for settings that cannot work, `Unauthenticated` where credentials are missing or refused.
pub async fn sign_in(settings: &Settings, service: &Service) -> Result<SignedIn> {
    let mut variables = variables(settings);
    let profile = Chosen::load(settings, &variables).await?;
    profile.prevail(settings, &mut variables)?;
    let region = region(settings, service, &variables, &profile)?;

    let config = load(settings, &variables, &profile, &region).await?;
    let endpoint = endpoint(settings, service, &variables, &profile, &config)?;
    let config = with_role(settings, config).await?;
    let source = config.credentials_provider().ok_or_else(|| nothing_found(&profile, &variables))?;
    // Now, so that a run without credentials ends before it starts.
    let credentials =
        source.provide_credentials().await.map_err(|error| why(settings, &error, &profile, &variables))?;
    let place = place(service, &region, &credentials, endpoint.as_deref());

    // One engine of ours repeats calls; the SDK's resends writes blindly and knows no pace.
    let credentials = SharedCredentialsProvider::new(Primed::new(credentials, source));
    let config =
        config.into_builder().retry_config(RetryConfig::disabled()).credentials_provider(credentials).build();
    Ok(SignedIn { config, endpoint, region, place })
}

fn region(settings: &Settings, service: &Service, variables: &Variables, profile: &Chosen) -> Result<String> {
    let variable = |name: &str| variables.get(name).map(String::as_str);
    (settings.region_name.as_deref().filter(|region| !region.is_empty()))
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| profile.get("region"))
        .map(str::to_owned)
        .ok_or_else(|| {
            config(format!(
                "no region is known: neither AWS_REGION nor profile {} in {} names one",
                profile.name(),
                profile.files()
            ))
            .with_hint(format!("name it: {}:REGION, region_name=…, or AWS_REGION", service.scheme))
        })
}

async fn load(
    settings: &Settings,
    variables: &Variables,
    profile: &Chosen,
    region: &str,
) -> Result<SdkConfig> {
    let answer = settings.timeout.unwrap_or(ANSWER);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT.min(answer))
        .operation_attempt_timeout(answer)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .env(Env::from(variables.clone()))
        .http_client(http_client(settings, variables, profile)?)
        .timeout_config(timeouts)
        .region(Region::new(region.to_owned()));
    if let Ok(name) = AppName::new("airbridge") {
        loader = loader.app_name(name);
    }
    if let Some(name) = &settings.profile_name {
        loader = loader.profile_name(name);
    }
    Ok(loader.load().await)
}

/// Another address than Amazon's, from the settings, the environment or the profile.
fn endpoint(
    settings: &Settings,
    service: &Service,
    variables: &Variables,
    profile: &Chosen,
    config: &SdkConfig,
) -> Result<Option<String>> {
    if let Some(general) = config.endpoint_url() {
        // Signing in goes there too, whatever the settings say of the service.
        check_endpoint(general, "AWS_ENDPOINT_URL (or the profile's endpoint_url)", settings)?;
    }
    if let Some(own) = &settings.endpoint_url {
        check_endpoint(own, "endpoint_url", settings)?;
        return Ok(Some(own.clone()));
    }
    let of_service = service_endpoint(service, variables, profile, config);
    if let Some(own) = &of_service {
        check_endpoint(own, &format!("{} (or the profile's)", service.endpoint_variable), settings)?;
    }
    Ok(of_service)
}

/// What the environment says wins over what the profile says, and the service's own address over the general one.
fn service_endpoint(
    service: &Service,
    variables: &Variables,
    profile: &Chosen,
    config: &SdkConfig,
) -> Option<String> {
    let variable = |name| variables.get(name).cloned();
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .or_else(|| profile.get("ignore_configured_endpoint_urls").map(str::to_owned))
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if ignored {
        return None;
    }
    variable(service.endpoint_variable)
        .or_else(|| variable("AWS_ENDPOINT_URL"))
        .or_else(|| profile.service_endpoint(service).map(str::to_owned))
        .or_else(|| config.endpoint_url().map(str::to_owned))
}

async fn with_role(settings: &Settings, config: SdkConfig) -> Result<SdkConfig> {
    let Some(role) = settings.role_arn.as_deref().filter(|role| !role.is_empty()) else {
        return Ok(config);
    };
    if !(role.starts_with("arn:") && role.contains(":role/")) {
        return Err(self::config(format!("role_arn is {role}, which names no role"))
            .with_hint("write it as arn:aws:iam::ACCOUNT:role/NAME"));
    }
    let how = &settings.assume_role_kwargs;
    let mut provider = AssumeRoleProvider::builder(role)
        .session_name(how.role_session_name.as_deref().unwrap_or("airbridge"))
        .configure(&config);
    if let Some(id) = &how.external_id {
        provider = provider.external_id(id);
    }
    if let Some(duration) = how.duration {
        provider = provider.session_length(duration);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    Ok(config.into_builder().credentials_provider(provider).build())
}

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";

fn why(settings: &Settings, error: &CredentialsError, profile: &Chosen, variables: &Variables) -> Error {
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<AssumeRoleError>()) {
        let role = settings.role_arn.as_deref().or_else(|| profile.get("role_arn")).unwrap_or_default();
        let code = refused.code().unwrap_or("no code");
        return unauthenticated(format!("the role {role} cannot be taken on ({code})")).with_hint(
            "the role's trust policy must name you, you need sts:AssumeRole, and an ExternalId must match",
        );
    }
    let nothing = causes(error)
        .filter_map(|cause| cause.downcast_ref::<CredentialsError>())
        .all(|cause| matches!(cause, CredentialsError::CredentialsNotLoaded(_)));
    let has = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
    if has(KEY_ID) && !has("AWS_SECRET_ACCESS_KEY") {
        return unauthenticated(format!("{KEY_ID} is set, and AWS_SECRET_ACCESS_KEY is not"))
            .with_hint("set both, or neither");
    }
    let Some(source) = source(profile, variables).filter(|_| !nothing) else {
        return nothing_found(profile, variables);
    };
    let error = unauthenticated(format!("the credentials of {source} cannot be got"));
    if profile.get("sso_session").or_else(|| profile.get("sso_start_url")).is_some() {
        return error.with_hint(format!("sign in anew: aws sso login --profile {}", profile.name()));
    }
    error.with_hint("see what Amazon's own tool says: aws sts get-caller-identity")
}

/// The source that was tried: the first of the chain that is set up. A machine of Amazon's has no sign of it.
fn source(profile: &Chosen, variables: &Variables) -> Option<String> {
    let is_set = |name: &&str| variables.contains_key(*name);
    if is_set(&KEY_ID) {
        return Some(KEY_ID.to_owned());
    }
    if profile.exists() {
        return Some(format!("profile {}", profile.name()));
    }
    let variable = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    variable.into_iter().find(is_set).map(str::to_owned)
}

fn nothing_found(profile: &Chosen, variables: &Variables) -> Error {
    let is_set = |name: &str| if variables.contains_key(name) { "set" } else { "not set" };
    let there = if profile.exists() { "without credentials" } else { "not there" };
    unauthenticated(format!(
        "no AWS credentials were found: AWS_ACCESS_KEY_ID is {}; profile {} in {} is {there}; \
         AWS_WEB_IDENTITY_TOKEN_FILE is {}; no container or instance hands any out",
        is_set("AWS_ACCESS_KEY_ID"),
        profile.name(),
        profile.files(),
        is_set("AWS_WEB_IDENTITY_TOKEN_FILE"),
    ))
    .with_hint("sign in (aws sso login, aws configure), set AWS_PROFILE, or name one: profile_name=…")
}

fn config(message: String) -> Error {
    Error::config(message)
}

fn unauthenticated(message: String) -> Error {
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
}

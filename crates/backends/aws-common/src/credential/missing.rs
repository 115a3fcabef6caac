//! Why there are no credentials.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::{causes, is_safe_word};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use crate::profile::{Profile, Variables};
use crate::settings::Settings;

const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// The error for credentials that could not be obtained.
pub(super) fn no_credentials(
    settings: &Settings,
    error: &CredentialsError,
    profile: &Profile,
    variables: &Variables,
) -> Error {
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<AssumeRoleError>()) {
        let role = settings.role_arn.as_deref().or_else(|| profile.get("role_arn")).unwrap_or_default();
        if let Some(status) = passing_status(error) {
            let message = format!("AWS STS cannot assume the role {role} at the moment (HTTP {status})");
            return Error::new(ErrorKind::Unavailable, Operation::Open, message);
        }
        let code = refused.code().filter(|code| is_safe_word(code)).unwrap_or("no error code");
        return unauthenticated(format!("cannot assume the role {role} ({code})")).with_hint(
            "check that the role's trust policy names your identity and its ExternalId, and that you have sts:AssumeRole",
        );
    }
    let nothing = causes(error)
        .filter_map(|cause| cause.downcast_ref::<CredentialsError>())
        .all(|cause| matches!(cause, CredentialsError::CredentialsNotLoaded(_)));
    let has = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
    if has(KEY_ID) && !has(SECRET_KEY) {
        return unauthenticated(format!("`{KEY_ID}` is set, but `{SECRET_KEY}` is not"))
            .with_hint(format!("set `{SECRET_KEY}`, or unset `{KEY_ID}`"));
    }
    let Some(source) = source(profile, variables).filter(|_| !nothing) else {
        return nothing_found(profile, variables);
    };
    let error = unauthenticated(format!("cannot get AWS credentials from {source}"));
    if profile.get("sso_session").or_else(|| profile.get("sso_start_url")).is_some() {
        return error.with_hint(format!("run `aws sso login --profile {}`", profile.name()));
    }
    error.with_hint("run `aws sts get-caller-identity` to see what the AWS CLI reports")
}

/// The status of an answer of STS after which the same request may succeed. The SDK has repeated it a few times.
fn passing_status(error: &CredentialsError) -> Option<u16> {
    let answered = |cause: &(dyn std::error::Error + 'static)| {
        let SdkError::ServiceError(refused) =
            cause.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>()?
        else {
            return None;
        };
        let throttled = refused.err().code().is_some_and(|code| code.starts_with("Throttling"));
        let status = refused.raw().status().as_u16();
        (throttled || matches!(status, 429 | 500..)).then_some(status)
    };
    causes(error).find_map(answered)
}

/// The source of credentials that was tried: the first one of the SDK's order that is configured. The metadata service
/// of an instance needs no configuration, so it is never named.
fn source(profile: &Profile, variables: &Variables) -> Option<String> {
    let is_set = |name: &&str| variables.contains_key(*name);
    if is_set(&KEY_ID) {
        return Some(format!("`{KEY_ID}`"));
    }
    if profile.exists() {
        return Some(format!("profile {}", profile.name()));
    }
    let variable = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    variable.into_iter().find(is_set).map(|name| format!("`{name}`"))
}

/// The error for a machine without any credentials: what was looked for.
pub(super) fn nothing_found(profile: &Profile, variables: &Variables) -> Error {
    let is_set = |name: &str| if variables.contains_key(name) { "set" } else { "not set" };
    let found = if profile.exists() { "has none" } else { "does not exist" };
    unauthenticated(format!(
        "no AWS credentials found: `{KEY_ID}` is {}; profile {} in {} {found}; `AWS_WEB_IDENTITY_TOKEN_FILE` is {}; \
         no container or instance provides credentials",
        is_set(KEY_ID),
        profile.name(),
        profile.files(),
        is_set("AWS_WEB_IDENTITY_TOKEN_FILE"),
    ))
    .with_hint("run `aws sso login` or `aws configure`, or set `AWS_PROFILE` or `profile_name`")
}

fn unauthenticated(message: String) -> Error {
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
}

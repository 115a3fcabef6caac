//! Authentication: finds the credentials and the project, and creates the client.

use airbridge_core::{Error, ErrorKind, Operation, Result};
use airbridge_http::{Address, ConnectError, HttpOptions, causes};
use google_cloud_auth::credentials::{Credentials, anonymous, impersonated, mds};
use google_cloud_auth::errors::CredentialsError;
use google_cloud_secretmanager_v1::client::SecretManagerService;
use http::Extensions;
use tokio::time::timeout;

use crate::client::Client;
use crate::identity;
use crate::key::{Key, TokenOptions};
use crate::metadata;
use crate::new_secret::NewSecret;
use crate::place::{GOOGLE, Place};
use crate::settings::Settings;
use crate::transport::Transport;

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The identity that requests are made as.
#[derive(Debug)]
enum Identity {
    /// That of credentials in JSON.
    Key(Key),
    /// The service account of this machine, if it is a Google Cloud machine.
    Machine,
    /// None: an emulator does not require credentials.
    Anonymous,
}

/// Finds the credentials and the project, acquires a token, and creates the client. Also returns who acts. No request is
/// sent to Secret Manager.
pub(crate) async fn sign_in(settings: &Settings) -> Result<(Client, Option<String>)> {
    let address = settings.address()?;
    let new_secret = NewSecret::new(settings)?;
    let identity = find_identity(settings, address.as_ref())?;
    // Before the project: if both are missing, the error is about the credentials.
    let credentials = credentials(&identity, settings).await?;
    let place = Place::new(project(&identity, settings).await?, settings.location.clone(), address)?;
    let domain = domain(&identity, settings);
    if credentials.universe_domain().await.as_deref().unwrap_or(GOOGLE) != domain {
        return Err(Error::config(format!("the credentials are not for the cloud {domain}"))
            .with_hint("set GOOGLE_CLOUD_UNIVERSE_DOMAIN to the cloud of the credentials, or unset it"));
    }
    let url = place.service_url(&domain);
    let transport = Transport::new(http_client(settings, &url)?, &url, credentials)?;
    let service = SecretManagerService::from_stub(transport);
    Ok((Client::new(service, place, new_secret), actor(&identity, settings).await))
}

/// Credentials that have acquired their first token, and who acts.
pub(crate) async fn tokens(settings: &Settings) -> Result<(Credentials, Option<String>)> {
    let identity = find_identity(settings, None)?;
    let credentials = credentials(&identity, settings).await?;
    Ok((credentials, actor(&identity, settings).await))
}

/// Who acts, as far as the credentials or the machine say it. Never an error.
async fn actor(identity: &Identity, settings: &Settings) -> Option<String> {
    if let Some(impersonated) = settings.impersonation_chain.last() {
        return identity::address(impersonated);
    }
    match identity {
        Identity::Key(key) => identity::of_key(key),
        Identity::Machine => identity::address(&metadata::email(&settings.env).await?),
        Identity::Anonymous => None,
    }
}

fn find_identity(settings: &Settings, address: Option<&Address>) -> Result<Identity> {
    let is_loopback = address.is_some_and(Address::is_loopback);
    match Key::find(settings)? {
        Some(key) => Ok(Identity::Key(key)),
        None if is_loopback && settings.impersonation_chain.is_empty() => Ok(Identity::Anonymous),
        None if metadata::is_disabled(&settings.env) => Err(no_credentials()),
        None => Ok(Identity::Machine),
    }
}

/// Credentials that have acquired their first token, so that a run without credentials fails before it starts.
async fn credentials(identity: &Identity, settings: &Settings) -> Result<Credentials> {
    let scopes = settings.gcp_scopes.clone();
    let options = TokenOptions {
        scopes: if scopes.is_empty() { vec![SCOPE.to_owned()] } else { scopes },
        quota_project: settings.env.non_empty("GOOGLE_CLOUD_QUOTA_PROJECT").map(str::to_owned),
    };
    let own = match identity {
        Identity::Anonymous => return Ok(anonymous::Builder::new().build()),
        Identity::Key(key) => key.credentials(&options)?,
        Identity::Machine => machine(settings, &options)?,
    };
    first_token(&own, identity, settings).await?;
    match settings.impersonation_chain.split_last() {
        Some((last, delegates)) => impersonate(last, delegates, own, options, settings).await,
        None => Ok(own),
    }
}

/// The credentials of the service account `last`, impersonated through `delegates`.
async fn impersonate(
    last: &str,
    delegates: &[String],
    own: Credentials,
    options: TokenOptions,
    settings: &Settings,
) -> Result<Credentials> {
    let builder = impersonated::Builder::from_source_credentials(own)
        .with_target_principal(last)
        .with_delegates(delegates)
        .with_scopes(options.scopes);
    let builder = options.quota_project.iter().fold(builder, impersonated::Builder::with_quota_project_id);
    let invalid = |_| Error::config("`impersonation_chain` is not a list of service accounts");
    let impersonated = builder.build().map_err(invalid)?;
    token(&impersonated, "impersonation_chain", settings).await?;
    Ok(impersonated)
}

fn machine(settings: &Settings, options: &TokenOptions) -> Result<Credentials> {
    let builder = mds::Builder::default().with_scopes(&options.scopes);
    let builder = match metadata::configured_host(&settings.env) {
        Some(host) => builder.with_endpoint(format!("http://{host}")),
        None => builder,
    };
    let builder = options.quota_project.iter().fold(builder, mds::Builder::with_quota_project_id);
    builder.build().map_err(|_| Error::config("GCE_METADATA_HOST is not a valid host"))
}

/// Acquires the first token. The wait for a metadata service that may not exist is short.
async fn first_token(credentials: &Credentials, identity: &Identity, settings: &Settings) -> Result<()> {
    match identity {
        Identity::Anonymous => Ok(()),
        Identity::Key(key) => token(credentials, key.origin(), settings).await,
        Identity::Machine if metadata::configured_host(&settings.env).is_some() => {
            token(credentials, "the metadata service (GCE_METADATA_HOST)", settings).await
        }
        Identity::Machine => match timeout(metadata::PROBE, credentials.headers(Extensions::new())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if is_passing(&error) => Err(token_error(&error, "the metadata service")),
            Ok(Err(_)) | Err(_) => Err(no_credentials()),
        },
    }
}

async fn token(credentials: &Credentials, origin: &str, settings: &Settings) -> Result<()> {
    match timeout(settings.call_timeout(), credentials.headers(Extensions::new())).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(token_error(&error, origin)),
        Err(_) => {
            let message = format!("the token service of the credentials in {origin} did not answer in time");
            Err(new(ErrorKind::Unreachable, message).with_hint("increase `timeout`, or check HTTPS_PROXY"))
        }
    }
}

/// Why no token was acquired. The message of the token service is searched, but never shown: it may be any response.
fn token_error(error: &CredentialsError, origin: &str) -> Error {
    let cause: &(dyn std::error::Error + 'static) = error;
    let words: String = causes(cause).map(ToString::to_string).collect::<Vec<_>>().join(" ").to_lowercase();
    let unauthenticated =
        |message: String, hint: &str| new(ErrorKind::Unauthenticated, message).with_hint(hint.to_owned());
    if words.contains("short-lived") || words.contains("reasonable timeframe") {
        return unauthenticated(
            format!("the credentials in {origin} are rejected: the clock of this machine is wrong"),
            "set the clock of this machine",
        );
    }
    if words.contains("invalid_grant") || words.contains("invalid_rapt") {
        return unauthenticated(
            format!("the credentials in {origin} are expired or revoked"),
            "run `gcloud auth application-default login`, or create a new key file",
        );
    }
    if words.contains("iam.serviceaccounts.getaccesstoken") || words.contains("generateaccesstoken") {
        return unauthenticated(
            format!("the credentials in {origin} may not impersonate the service account"),
            "grant roles/iam.serviceAccountTokenCreator on every service account of `impersonation_chain`",
        );
    }
    if is_passing(error) {
        let message = format!("the token service of the credentials in {origin} failed");
        return new(ErrorKind::Unavailable, message).with_hint("run the command again");
    }
    if error.is_transient() || is_connect_error(cause) {
        let cause = ConnectError::of(cause).unwrap_or(ConnectError::NoConnection);
        let service = format!("the token service of the credentials in {origin}");
        return new(cause.kind(), cause.about(&service))
            .with_hint("check the network, HTTPS_PROXY and SSL_CERT_FILE, which apply to the whole program");
    }
    unauthenticated(
        format!("the credentials in {origin} are rejected, or cannot be used"),
        "test them with `gcloud auth application-default print-access-token`",
    )
}

/// Whether a token service answered that it cannot answer at the moment, or did not complete its answer.
fn is_passing(error: &CredentialsError) -> bool {
    error.is_transient() && !is_connect_error(error)
}

fn is_connect_error(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| cause.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect))
}

/// The project: of the settings, then of the environment, then of the credentials. Credentials from the settings take
/// precedence over the environment, as in Airflow.
async fn project(identity: &Identity, settings: &Settings) -> Result<String> {
    let of_key = || match identity {
        Identity::Key(key) => key.project(),
        Identity::Machine | Identity::Anonymous => None,
    };
    let env = |name| settings.env.non_empty(name);
    let found = (settings.project_id.as_deref().filter(|project| !project.is_empty()))
        .or_else(|| of_key().filter(|_| matches!(identity, Identity::Key(key) if key.is_configured())))
        .or_else(|| env("GOOGLE_CLOUD_PROJECT"))
        .or_else(|| env("GCLOUD_PROJECT"))
        .or_else(of_key);
    if let Some(project) = found {
        return Ok(project.to_owned());
    }
    let of_machine = match identity {
        Identity::Machine => metadata::project(&settings.env).await,
        Identity::Key(_) | Identity::Anonymous => None,
    };
    of_machine.ok_or_else(|| {
        Error::config("no project is given, and the credentials have none")
            .with_hint("give it as gcp:PROJECT, as `project_id`, or in GOOGLE_CLOUD_PROJECT")
    })
}

/// The domain of the cloud: Google's own, or a partner's.
fn domain(identity: &Identity, settings: &Settings) -> String {
    let of_key = match identity {
        Identity::Key(key) => key.domain(),
        Identity::Machine | Identity::Anonymous => None,
    };
    settings.env.non_empty("GOOGLE_CLOUD_UNIVERSE_DOMAIN").or(of_key).unwrap_or(GOOGLE).to_owned()
}

/// The HTTP client for the service. It follows no redirect: a value or a token must not reach another host.
fn http_client(settings: &Settings, url: &str) -> Result<reqwest::Client> {
    let options = HttpOptions {
        timeout: settings.timeout,
        ca_file: None,
        proxy: None,
        allow_http: settings.allow_http,
    };
    options.client(&Address::parse(url, "`endpoint_url`", settings.allow_http)?, &settings.env)
}

fn no_credentials() -> Error {
    new(
        ErrorKind::Unauthenticated,
        "no Google Cloud credentials found in the settings, in GOOGLE_APPLICATION_CREDENTIALS, in the folder of gcloud or at \
         a metadata service"
            .to_owned(),
    )
    .with_hint(
        "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS or `gcp_key_path` to a key file",
    )
}

fn new(kind: ErrorKind, message: String) -> Error {
    Error::new(kind, Operation::Open, message)
}

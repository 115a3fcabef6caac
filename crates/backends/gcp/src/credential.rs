//! Where credentials and project come from.

use std::error::Error as _;

use airbridge_core::{Error, ErrorKind, Operation, Result};
use airbridge_http::{ConnectError, causes};
use google_cloud_auth::credentials::{Credentials, anonymous, impersonated, mds};
use google_cloud_auth::errors::CredentialsError;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_secretmanager_v1::client::SecretManagerService;
use http::Extensions;
use tokio::time::timeout;

use crate::client::Client;
use crate::key::{Key, Terms};
use crate::metadata;
use crate::place::{GOOGLE, Place, check_address, config, is_loopback};
use crate::settings::Settings;
use crate::template::Template;

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Whose credentials are used.
#[derive(Debug)]
enum Who {
    /// Somebody with a file.
    Key(Key),
    /// The account of the machine that this runs on, if it is one of Google's.
    Machine,
    /// Nobody: an emulator asks for nothing.
    Nobody,
}

/// Finds credentials and project, signs in, and makes the client. The service itself is not called.
pub(crate) async fn sign_in(settings: &Settings) -> Result<Client> {
    check_address(settings)?;
    let template = Template::new(settings)?;
    let who = who(settings)?;
    // Before the project is asked for: where there are no credentials, that is what to say.
    let credentials = credentials(&who, settings).await?;
    let place = Place::new(project(&who, settings).await?, settings)?;
    let domain = domain(&who, settings);
    let service = SecretManagerService::builder()
        .with_credentials(credentials)
        .with_universe_domain(&domain)
        .with_endpoint(place.address(&domain))
        .with_retry_policy(NeverRetry)
        .with_attempt_timeout(settings.call_timeout())
        .build()
        .await
        .map_err(|error| unbuildable(&error, &domain))?;
    Ok(Client::new(service, place, template))
}

fn who(settings: &Settings) -> Result<Who> {
    match Key::find(settings)? {
        Some(key) => Ok(Who::Key(key)),
        None if is_loopback(settings) && settings.impersonation_chain.is_empty() => Ok(Who::Nobody),
        None if metadata::is_switched_off(&settings.env) => Err(nobody()),
        None => Ok(Who::Machine),
    }
}

/// Credentials that have got their first token, so that a run without any ends before it starts.
async fn credentials(who: &Who, settings: &Settings) -> Result<Credentials> {
    let named = settings.gcp_scopes.clone();
    let terms = Terms {
        scopes: if named.is_empty() { vec![SCOPE.to_owned()] } else { named },
        quota_project: settings.env.non_empty("GOOGLE_CLOUD_QUOTA_PROJECT").map(str::to_owned),
    };
    let own = match who {
        Who::Nobody => return Ok(anonymous::Builder::new().build()),
        Who::Key(key) => key.credentials(&terms)?,
        Who::Machine => machine(settings, &terms)?,
    };
    first_token(&own, who, settings).await?;
    match settings.impersonation_chain.split_last() {
        Some((last, delegates)) => take_on(last, delegates, own, terms, settings).await,
        None => Ok(own),
    }
}

/// The credentials of a service account that others take on for us.
async fn take_on(
    last: &str,
    delegates: &[String],
    own: Credentials,
    terms: Terms,
    settings: &Settings,
) -> Result<Credentials> {
    let builder = impersonated::Builder::from_source_credentials(own)
        .with_target_principal(last)
        .with_delegates(delegates)
        .with_scopes(terms.scopes);
    let builder = terms.quota_project.iter().fold(builder, impersonated::Builder::with_quota_project_id);
    let taken_on = builder.build().map_err(|_| config("impersonation_chain names no service accounts"))?;
    token(&taken_on, "impersonation_chain", settings).await?;
    Ok(taken_on)
}

fn machine(settings: &Settings, terms: &Terms) -> Result<Credentials> {
    let builder = mds::Builder::default().with_scopes(&terms.scopes);
    let builder = match metadata::named_host(&settings.env) {
        Some(host) => builder.with_endpoint(format!("http://{host}")),
        None => builder,
    };
    let builder = terms.quota_project.iter().fold(builder, mds::Builder::with_quota_project_id);
    builder.build().map_err(|_| config("the metadata service cannot be used"))
}

/// Whether there is anybody to sign in as. Nobody is waited for long who may not be there.
async fn first_token(credentials: &Credentials, who: &Who, settings: &Settings) -> Result<()> {
    match who {
        Who::Nobody => Ok(()),
        Who::Key(key) => token(credentials, key.from(), settings).await,
        Who::Machine if metadata::named_host(&settings.env).is_some() => {
            token(credentials, "this machine's metadata service", settings).await
        }
        Who::Machine => match timeout(metadata::PROBE, credentials.headers(Extensions::new())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(nobody()),
        },
    }
}

async fn token(credentials: &Credentials, from: &str, settings: &Settings) -> Result<()> {
    match timeout(settings.call_timeout(), credentials.headers(Extensions::new())).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(refused(&error, from)),
        Err(_) => {
            Err(new(ErrorKind::Unreachable, format!("no token came in time for the credentials in {from}"))
                .with_hint("timeout=… gives it longer; HTTPS_PROXY names a proxy"))
        }
    }
}

/// What the token service's words say. They are not shown: they are whole answers, and who gave them is not known.
fn refused(error: &CredentialsError, from: &str) -> Error {
    let cause: &(dyn std::error::Error + 'static) = error;
    let words: String = causes(cause).map(ToString::to_string).collect::<Vec<_>>().join(" ").to_lowercase();
    let unauthenticated =
        |text: String, hint: &str| new(ErrorKind::Unauthenticated, text).with_hint(hint.to_owned());
    if words.contains("short-lived") || words.contains("reasonable timeframe") {
        return unauthenticated(
            format!("the credentials in {from} are refused"),
            "this machine's clock is wrong; set it right",
        );
    }
    if words.contains("invalid_grant") || words.contains("invalid_rapt") {
        return unauthenticated(
            format!("the credentials in {from} are expired or revoked"),
            "sign in anew (gcloud auth application-default login), or make a new key",
        );
    }
    if words.contains("iam.serviceaccounts.getaccesstoken") || words.contains("generateaccesstoken") {
        return unauthenticated(
            format!("the credentials in {from} may not take on the service account"),
            "it takes roles/iam.serviceAccountTokenCreator on every service account of the chain",
        );
    }
    if error.is_transient() || connects(cause) {
        let unmade = ConnectError::of(cause).unwrap_or(ConnectError::NoConnection);
        let whom = format!("the sign-in service of the credentials in {from}");
        return new(unmade.kind(), unmade.about(&whom)).with_hint(
            "check the network, HTTPS_PROXY and, for private certificates, SSL_CERT_FILE, which the whole program shares",
        );
    }
    unauthenticated(
        format!("the credentials in {from} are refused, or cannot be used"),
        "see whether they work elsewhere: gcloud auth application-default print-access-token",
    )
}

fn connects(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| cause.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect))
}

/// The project: what is said wins, then the environment, then what the credentials know. Credentials that the settings
/// name win over the environment, as in Airflow.
async fn project(who: &Who, settings: &Settings) -> Result<String> {
    let of_key = || match who {
        Who::Key(key) => key.project(),
        Who::Machine | Who::Nobody => None,
    };
    let env = |name| settings.env.non_empty(name);
    let found = (settings.project_id.as_deref().filter(|project| !project.is_empty()))
        .or_else(|| of_key().filter(|_| matches!(who, Who::Key(key) if key.is_named())))
        .or_else(|| env("GOOGLE_CLOUD_PROJECT"))
        .or_else(|| env("GCLOUD_PROJECT"))
        .or_else(of_key);
    if let Some(project) = found {
        return Ok(project.to_owned());
    }
    let of_machine = match who {
        Who::Machine => metadata::project(&settings.env).await,
        Who::Key(_) | Who::Nobody => None,
    };
    of_machine.ok_or_else(|| {
        config("no project is named, and the credentials know none")
            .with_hint("name it: gcp:PROJECT, project_id=…, or GOOGLE_CLOUD_PROJECT")
    })
}

/// The cloud: Google's own, or a partner's.
fn domain(who: &Who, settings: &Settings) -> String {
    let of_key = match who {
        Who::Key(key) => key.domain(),
        Who::Machine | Who::Nobody => None,
    };
    settings.env.non_empty("GOOGLE_CLOUD_UNIVERSE_DOMAIN").or(of_key).unwrap_or(GOOGLE).to_owned()
}

fn unbuildable(error: &google_cloud_gax::client_builder::Error, domain: &str) -> Error {
    if error.is_universe_domain_mismatch() {
        return config(format!("the credentials are not for the cloud {domain}"))
            .with_hint("GOOGLE_CLOUD_UNIVERSE_DOMAIN must name the cloud that the credentials are for");
    }
    let certificates = error.source().is_some_and(|source| {
        causes(source).any(|cause| cause.to_string().to_lowercase().contains("certificate"))
    });
    if certificates {
        return config("this machine has no certificates to tell Google by")
            .with_hint("install ca-certificates, or name a file: SSL_CERT_FILE");
    }
    config("no client can be made of these settings").with_hint("check endpoint_url and HTTPS_PROXY")
}

fn nobody() -> Error {
    new(ErrorKind::Unauthenticated, "there are no credentials for Google Cloud".to_owned()).with_hint(
        "gcloud auth application-default login, or name a file: GOOGLE_APPLICATION_CREDENTIALS, gcp_key_path=…; \
         none was found there, in gcloud's folder, or at the metadata service of a machine of Google's",
    )
}

fn new(kind: ErrorKind, message: String) -> Error {
    Error::new(kind, Operation::Open, message)
}

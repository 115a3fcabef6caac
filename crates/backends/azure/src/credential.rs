//! Authentication: the kinds of credentials, the order in which they are tried, and the error if none works.
//!
//! The order is that of `DefaultAzureCredential` in Microsoft's other libraries; the Rust SDK has no such type. Variables
//! are read from the endpoint's environment and passed to the SDK, which would otherwise read the process's.

mod authority;
mod certificate;
mod managed;
mod tools;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use airbridge_core::{Environment, Error, ErrorKind, Operation, Result};
use airbridge_http::causes;
use async_trait::async_trait;
use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use crate::challenge::Challenge;
use crate::error::wrap;
use crate::identity::actor_of;
use crate::settings::Settings;
use crate::vault::Vault;
use authority::Authority;
use certificate::{CONVERT, Certificate};
use managed::ManagedIdentity;
use tools::Tools;

/// What authentication needs to know.
pub(crate) struct SignInContext<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) vault: &'a Vault,
    pub(crate) challenge: &'a Challenge,
    pub(crate) http: &'a reqwest::Client,
}

/// A kind of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CredentialKind {
    /// The secret of an application, from the settings.
    ConfiguredSecret,
    /// The secret or certificate of an application, from the environment.
    Environment,
    /// The workload identity of a Kubernetes pod.
    WorkloadIdentity,
    /// The managed identity of a machine.
    ManagedIdentity,
    /// The account that is signed in with `az`.
    AzureCli,
    /// The account that is signed in with `azd`.
    DeveloperCli,
}

/// The values of `AZURE_TOKEN_CREDENTIALS`, as Microsoft's libraries define them.
const SELECTIONS: [(&str, &[CredentialKind]); 7] = [
    (
        "prod",
        &[CredentialKind::Environment, CredentialKind::WorkloadIdentity, CredentialKind::ManagedIdentity],
    ),
    ("dev", &[CredentialKind::AzureCli, CredentialKind::DeveloperCli]),
    ("EnvironmentCredential", &[CredentialKind::Environment]),
    ("WorkloadIdentityCredential", &[CredentialKind::WorkloadIdentity]),
    ("ManagedIdentityCredential", &[CredentialKind::ManagedIdentity]),
    ("AzureCliCredential", &[CredentialKind::AzureCli]),
    ("AzureDeveloperCliCredential", &[CredentialKind::DeveloperCli]),
];

/// All kinds that are tried if the user selects none, in this order.
const ALL: [CredentialKind; 5] = [
    CredentialKind::Environment,
    CredentialKind::WorkloadIdentity,
    CredentialKind::ManagedIdentity,
    CredentialKind::AzureCli,
    CredentialKind::DeveloperCli,
];

/// Acquires the first token, so that a run without credentials fails before it starts. Returns the credential, which
/// renews the token when it expires, and who acts.
pub(crate) async fn sign_in(
    context: &SignInContext<'_>,
) -> Result<(Arc<dyn TokenCredential>, Option<String>)> {
    let (kinds, selected) = kinds(context.settings)?;
    let mut tried = Vec::new();
    for kind in kinds {
        let credential = match context.credential(kind) {
            Ok(Some(credential)) => credential,
            Ok(None) => {
                tried.push(kind.missing_variables().to_owned());
                continue;
            }
            Err(error) => return Err(error),
        };
        match credential.get_token(&[&context.challenge.scope], None).await {
            Ok(token) => {
                let actor = actor_of(token.token.secret());
                return Ok((
                    Arc::new(Authenticated { kind, credential, first: Mutex::new(Some(token)) }),
                    actor,
                ));
            }
            Err(error) => {
                let error = token_error(kind, &error);
                // Configured credentials that fail end the search: the next kind may have other permissions.
                if selected || kind.is_configured(&context.settings.env) {
                    return Err(error);
                }
                tried.push(error.message().to_owned());
            }
        }
    }
    let message = format!("no Azure credentials found: {}", tried.join("; "));
    Err(unauthenticated(message)
        .with_hint("run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"))
}

/// The kinds to try, and whether the user selected exactly one.
fn kinds(settings: &Settings) -> Result<(Vec<CredentialKind>, bool)> {
    let given =
        [settings.tenant_id.is_some(), settings.client_id.is_some(), settings.client_secret.is_some()];
    if given == [true; 3] {
        return Ok((vec![CredentialKind::ConfiguredSecret], true));
    }
    if given.contains(&true) {
        tracing::warn!(
            "`tenant_id`, `client_id` and `client_secret` are ignored, as in Airflow, because not all three are set"
        );
    }
    let Some(value) = settings.env.non_empty("AZURE_TOKEN_CREDENTIALS") else {
        return Ok((ALL.to_vec(), false));
    };
    let known = SELECTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(value));
    let (_, kinds) = known.ok_or_else(|| {
        let values = SELECTIONS.map(|(value, _)| value).join(", ");
        Error::config(format!("unsupported value of AZURE_TOKEN_CREDENTIALS: `{value}`"))
            .with_hint(format!("use one of {values}"))
    })?;
    Ok((kinds.to_vec(), kinds.len() == 1))
}

impl CredentialKind {
    /// Whether the user configured these credentials, so that their failure ends the search.
    fn is_configured(self, env: &Environment) -> bool {
        match self {
            Self::ConfiguredSecret | Self::Environment | Self::WorkloadIdentity => true,
            Self::ManagedIdentity => env.non_empty("IDENTITY_ENDPOINT").is_some(),
            Self::AzureCli | Self::DeveloperCli => false,
        }
    }

    /// Why the kind was not tried.
    fn missing_variables(self) -> &'static str {
        match self {
            Self::WorkloadIdentity => "AZURE_FEDERATED_TOKEN_FILE is not set",
            _ => {
                "AZURE_TENANT_ID and AZURE_CLIENT_ID are not both set with AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH"
            }
        }
    }

    /// The credentials in messages.
    fn name(self) -> &'static str {
        match self {
            Self::ConfiguredSecret => "the application of client_id",
            Self::Environment => "the application of AZURE_CLIENT_ID",
            Self::WorkloadIdentity => "the workload identity of AZURE_CLIENT_ID",
            Self::ManagedIdentity => "the managed identity",
            Self::AzureCli => "`az`",
            Self::DeveloperCli => "`azd`",
        }
    }
}

impl SignInContext<'_> {
    /// The credential of this kind; `None` if its variables are not set.
    fn credential(&self, kind: CredentialKind) -> Result<Option<Arc<dyn TokenCredential>>> {
        let Settings { env, tenant_id, client_id, client_secret, .. } = self.settings;
        let variable = |name: &str| env.non_empty(name);
        match kind {
            CredentialKind::ConfiguredSecret => self.secret(
                tenant_id.as_deref(),
                client_id.as_deref(),
                client_secret.as_ref().map(airbridge_core::SecretText::expose),
            ),
            CredentialKind::Environment => {
                let (tenant, client) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
                let secret = variable("AZURE_CLIENT_SECRET");
                let certificate = variable("AZURE_CLIENT_CERTIFICATE_PATH");
                if let (Some(tenant), Some(client), None, Some(path)) = (tenant, client, secret, certificate)
                {
                    return self.certificate(tenant, client, path).map(Some);
                }
                self.secret(tenant, client, secret)
            }
            CredentialKind::WorkloadIdentity => self.workload(),
            CredentialKind::ManagedIdentity => {
                ManagedIdentity::new(self.settings).map(|identity| Some(Arc::new(identity) as _))
            }
            CredentialKind::AzureCli => {
                let executor = Some(Tools::of(env) as _);
                let options = AzureCliCredentialOptions {
                    tenant_id: self.challenged(),
                    executor,
                    ..Default::default()
                };
                AzureCliCredential::new(Some(options))
                    .map(|cli| Some(cli as _))
                    .map_err(|error| token_error(kind, &error))
            }
            CredentialKind::DeveloperCli => {
                let executor = Some(Tools::of(env) as _);
                let options = AzureDeveloperCliCredentialOptions { tenant_id: self.challenged(), executor };
                AzureDeveloperCliCredential::new(Some(options))
                    .map(|cli| Some(cli as _))
                    .map_err(|error| token_error(kind, &error))
            }
        }
    }

    fn secret(
        &self,
        tenant: Option<&str>,
        client: Option<&str>,
        secret: Option<&str>,
    ) -> Result<Option<Arc<dyn TokenCredential>>> {
        let (Some(tenant), Some(client), Some(secret)) = (tenant, client, secret) else { return Ok(None) };
        let options = ClientSecretCredentialOptions { client_options: self.client_options()? };
        let secret = Secret::new(secret.to_owned());
        let made =
            ClientSecretCredential::new(&self.tenant(tenant), client.to_owned(), secret, Some(options));
        made.map(|made| Some(made as _)).map_err(|_| invalid_ids())
    }

    fn certificate(&self, tenant: &str, client: &str, path: &str) -> Result<Arc<dyn TokenCredential>> {
        let env = &self.settings.env;
        if env.non_empty("AZURE_CLIENT_CERTIFICATE_PASSWORD").is_some() {
            return Err(Error::config(
                "AZURE_CLIENT_CERTIFICATE_PASSWORD is set, but PKCS#12 files and keys with a password are not supported",
            )
            .with_hint(format!("{CONVERT}, and unset AZURE_CLIENT_CERTIFICATE_PASSWORD")));
        }
        let chain = env.non_empty("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
        let chain = chain.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
        let tenant = self.tenant(tenant);
        let certificate = Certificate::read(path.as_ref(), chain)?;
        let assertion = certificate.assertion(client, &self.vault.authority(env)?, &tenant);
        let options = ClientAssertionCredentialOptions { client_options: self.client_options()? };
        let made = ClientAssertionCredential::new(tenant, client.to_owned(), assertion, Some(options));
        made.map(|made| made as _).map_err(|_| invalid_ids())
    }

    fn workload(&self) -> Result<Option<Arc<dyn TokenCredential>>> {
        let Settings { env, managed_identity_client_id, workload_identity_tenant_id, .. } = self.settings;
        let Some(file) = env.non_empty("AZURE_FEDERATED_TOKEN_FILE") else { return Ok(None) };
        let tenant = workload_identity_tenant_id.as_deref().or_else(|| env.non_empty("AZURE_TENANT_ID"));
        let client = managed_identity_client_id.as_deref().or_else(|| env.non_empty("AZURE_CLIENT_ID"));
        let (Some(tenant), Some(client)) = (tenant, client) else {
            return Err(Error::config("AZURE_FEDERATED_TOKEN_FILE is set, but the tenant or the client is not")
                .with_hint(
                    "set AZURE_TENANT_ID and AZURE_CLIENT_ID, or give the pod the label azure.workload.identity/use=true",
                ));
        };
        // Checked here because the SDK does not say which file cannot be read.
        if let Err(error) = std::fs::File::open(file) {
            return Err(Error::config(format!(
                "cannot read {file} (AZURE_FEDERATED_TOKEN_FILE): {}",
                error.kind()
            )));
        }
        let options = WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: self.client_options()? },
            client_id: Some(client.to_owned()),
            tenant_id: Some(self.tenant(tenant)),
            token_file_path: Some(file.into()),
        };
        WorkloadIdentityCredential::new(Some(options)).map(|made| Some(made as _)).map_err(|_| invalid_ids())
    }

    /// The directory to authenticate in. A vault accepts tokens of its own directory only, and an application may be
    /// registered in several. A directory given by its domain cannot be compared with an id, so it is used as it is.
    fn tenant(&self, configured: &str) -> String {
        match &self.challenge.tenant {
            Some(own) if is_id(configured) && is_id(own) && !own.eq_ignore_ascii_case(configured) => {
                tracing::warn!(
                    "{} belongs to the directory {own}, so airbridge authenticates there and not in {configured}",
                    self.vault.place()
                );
                own.clone()
            }
            _ => configured.to_owned(),
        }
    }

    fn challenged(&self) -> Option<String> {
        self.challenge.tenant.clone().filter(|tenant| is_id(tenant))
    }

    fn client_options(&self) -> Result<ClientOptions> {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = self.vault.authority(&self.settings.env)?;
        Ok(ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(Transport::new(Arc::new(Authority::new(self.http.clone())))),
            cloud: Some(Arc::new(cloud.into())),
            ..ClientOptions::default()
        })
    }
}

/// Whether a directory is given by its id, not by its domain.
fn is_id(tenant: &str) -> bool {
    tenant.len() == 36 && tenant.chars().all(|char| char.is_ascii_hexdigit() || char == '-')
}

/// A credential that has acquired a token. It keeps this first token until the SDK asks for one, because command line
/// tools take about a second for each.
struct Authenticated {
    kind: CredentialKind,
    credential: Arc<dyn TokenCredential>,
    first: Mutex<Option<AccessToken>>,
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authenticated").field(&self.kind).finish()
    }
}

#[async_trait]
impl TokenCredential for Authenticated {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(token) => Ok(token),
            None => self
                .credential
                .get_token(scopes, options)
                .await
                .map_err(|error| wrap(token_error(self.kind, &error))),
        }
    }
}

/// The error if no token was acquired. The messages of the tools and of the SDK are searched, but never shown.
fn token_error(kind: CredentialKind, error: &azure_core::Error) -> Error {
    if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        let message = format!("{} cannot get a token: {}", kind.name(), ours.message());
        let error = Error::new(ours.kind(), Operation::Open, message).with_retry_after(ours.retry_after());
        return match ours.hint() {
            Some(hint) => error.with_hint(hint),
            None => error,
        };
    }
    let name = kind.name();
    let words = causes(error).map(ToString::to_string).collect::<Vec<_>>().join(" ").to_lowercase();
    let what = if words.contains("not found on path") {
        "is not installed"
    } else if words.contains(tools::TIMED_OUT) {
        "did not answer in time"
    } else {
        "did not return a token"
    };
    let error = unauthenticated(format!("{name} {what}"));
    match kind {
        CredentialKind::AzureCli => error.with_hint("run `az login`"),
        CredentialKind::DeveloperCli => error.with_hint("run `azd auth login`"),
        _ => error,
    }
}

fn invalid_ids() -> Error {
    Error::config("the tenant id or the client id is not valid")
        .with_hint("check AZURE_TENANT_ID and AZURE_CLIENT_ID (or `tenant_id` and `client_id`) against `az ad sp list --show-mine`")
}

fn unauthenticated(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
}

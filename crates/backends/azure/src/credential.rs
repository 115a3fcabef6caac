//! Signing in: which ways there are, in which order, and what to say when none leads anywhere.
//!
//! The order is that of Microsoft's other libraries (`DefaultAzureCredential`), which this SDK does not have. Every
//! variable is read from the endpoint's own environment and handed over: the SDK by itself looks at the process's.

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
use crate::error::config;
use crate::guard::wrap;
use crate::settings::Settings;
use crate::vault::Vault;
use authority::Authority;
use certificate::Certificate;
use managed::ManagedIdentity;
use tools::Tools;

/// What signing in needs.
pub(crate) struct Door<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) vault: &'a Vault,
    pub(crate) challenge: &'a Challenge,
    pub(crate) http: &'a reqwest::Client,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// An application's secret, from the settings.
    OwnSecret,
    /// An application's secret or certificate, from the environment.
    Application,
    /// A pod's identity.
    Workload,
    /// A machine's identity.
    Managed,
    /// Whoever is signed in with `az`.
    AzureCli,
    /// Whoever is signed in with `azd`.
    DeveloperCli,
}

/// Microsoft's names for the ways, as `AZURE_TOKEN_CREDENTIALS` has them.
const WORDS: [(&str, &[Way]); 7] = [
    ("prod", &[Way::Application, Way::Workload, Way::Managed]),
    ("dev", &[Way::AzureCli, Way::DeveloperCli]),
    ("EnvironmentCredential", &[Way::Application]),
    ("WorkloadIdentityCredential", &[Way::Workload]),
    ("ManagedIdentityCredential", &[Way::Managed]),
    ("AzureCliCredential", &[Way::AzureCli]),
    ("AzureDeveloperCliCredential", &[Way::DeveloperCli]),
];

const ALL: [Way; 5] = [Way::Application, Way::Workload, Way::Managed, Way::AzureCli, Way::DeveloperCli];

/// Signs in, so that a run without a token ends before it starts. Gives what keeps the token fresh.
pub(crate) async fn sign_in(door: &Door<'_>) -> Result<Arc<dyn TokenCredential>> {
    let (ways, chosen) = ways(door.settings)?;
    let mut tried = Vec::new();
    for way in ways {
        let credential = match door.credential(way) {
            Ok(Some(credential)) => credential,
            Ok(None) => {
                tried.push(way.unset().to_owned());
                continue;
            }
            Err(error) => return Err(error),
        };
        match credential.get_token(&[&door.challenge.scope], None).await {
            Ok(token) => return Ok(Arc::new(SignedIn { way, credential, first: Mutex::new(Some(token)) })),
            Err(error) => {
                let error = why(way, &error);
                // What was set up on purpose and fails is not passed over for somebody else's rights.
                if chosen || way.is_on_purpose(&door.settings.env) {
                    return Err(error);
                }
                tried.push(error.message().to_owned());
            }
        }
    }
    let message = format!("nobody is signed in to Azure: {}", tried.join("; "));
    Err(unauthenticated(message)
        .with_hint("sign in (az login), or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"))
}

/// The ways to try, and whether the user chose the one that there is.
fn ways(settings: &Settings) -> Result<(Vec<Way>, bool)> {
    let given =
        [settings.tenant_id.is_some(), settings.client_id.is_some(), settings.client_secret.is_some()];
    if given == [true; 3] {
        return Ok((vec![Way::OwnSecret], true));
    }
    if given.contains(&true) {
        tracing::warn!(
            "tenant_id, client_id and client_secret count only together, so they are left out, as in Airflow"
        );
    }
    let Some(word) = settings.env.non_empty("AZURE_TOKEN_CREDENTIALS") else {
        return Ok((ALL.to_vec(), false));
    };
    let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    let (_, ways) = known.ok_or_else(|| {
        let words = WORDS.map(|(word, _)| word).join(", ");
        config(format!("AZURE_TOKEN_CREDENTIALS is `{word}`, which is not built in"))
            .with_hint(format!("known are {words}"))
    })?;
    Ok((ways.to_vec(), ways.len() == 1))
}

impl Way {
    /// Whether somebody has set this way up, so that its failure ends the search.
    fn is_on_purpose(self, env: &Environment) -> bool {
        match self {
            Self::OwnSecret | Self::Application | Self::Workload => true,
            Self::Managed => env.non_empty("IDENTITY_ENDPOINT").is_some(),
            Self::AzureCli | Self::DeveloperCli => false,
        }
    }

    /// Why it was not tried.
    fn unset(self) -> &'static str {
        match self {
            Self::Workload => "AZURE_FEDERATED_TOKEN_FILE is not set",
            _ => {
                "AZURE_TENANT_ID and AZURE_CLIENT_ID are not both set with AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH"
            }
        }
    }

    /// What messages call it.
    fn name(self) -> &'static str {
        match self {
            Self::OwnSecret => "the application of client_id",
            Self::Application => "the application of AZURE_CLIENT_ID",
            Self::Workload => "the workload identity of AZURE_CLIENT_ID",
            Self::Managed => "the managed identity",
            Self::AzureCli => "`az`",
            Self::DeveloperCli => "`azd`",
        }
    }
}

impl Door<'_> {
    /// The credential of a way, `None` where it is not set up.
    fn credential(&self, way: Way) -> Result<Option<Arc<dyn TokenCredential>>> {
        let Settings { env, tenant_id, client_id, client_secret, .. } = self.settings;
        let variable = |name: &str| env.non_empty(name);
        match way {
            Way::OwnSecret => self.secret(
                tenant_id.as_deref(),
                client_id.as_deref(),
                client_secret.as_ref().map(airbridge_core::SecretText::expose),
            ),
            Way::Application => {
                let (tenant, client) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
                let secret = variable("AZURE_CLIENT_SECRET");
                let certificate = variable("AZURE_CLIENT_CERTIFICATE_PATH");
                if let (Some(tenant), Some(client), None, Some(path)) = (tenant, client, secret, certificate)
                {
                    return self.certificate(tenant, client, path).map(Some);
                }
                self.secret(tenant, client, secret)
            }
            Way::Workload => self.workload(),
            Way::Managed => ManagedIdentity::new(self.settings).map(|identity| Some(Arc::new(identity) as _)),
            Way::AzureCli => {
                let executor = Some(Tools::of(env) as _);
                let options = AzureCliCredentialOptions {
                    tenant_id: self.challenged(),
                    executor,
                    ..Default::default()
                };
                AzureCliCredential::new(Some(options))
                    .map(|cli| Some(cli as _))
                    .map_err(|error| why(way, &error))
            }
            Way::DeveloperCli => {
                let executor = Some(Tools::of(env) as _);
                let options = AzureDeveloperCliCredentialOptions { tenant_id: self.challenged(), executor };
                AzureDeveloperCliCredential::new(Some(options))
                    .map(|cli| Some(cli as _))
                    .map_err(|error| why(way, &error))
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
        made.map(|made| Some(made as _)).map_err(|_| wrong_ids())
    }

    fn certificate(&self, tenant: &str, client: &str, path: &str) -> Result<Arc<dyn TokenCredential>> {
        let env = &self.settings.env;
        if env.non_empty("AZURE_CLIENT_CERTIFICATE_PASSWORD").is_some() {
            return Err(config(
                "AZURE_CLIENT_CERTIFICATE_PASSWORD is set, and keys with a password are not built in",
            )
            .with_hint(
                "take the password off (openssl pkey -in FILE -out FILE), or use AZURE_CLIENT_SECRET",
            ));
        }
        let chain = env.non_empty("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
        let chain = chain.is_some_and(|word| word == "1" || word.eq_ignore_ascii_case("true"));
        let tenant = self.tenant(tenant);
        let certificate = Certificate::read(path.as_ref(), chain)?;
        let assertion = certificate.of(client, &self.vault.authority(env)?, &tenant);
        let options = ClientAssertionCredentialOptions { client_options: self.client_options()? };
        let made = ClientAssertionCredential::new(tenant, client.to_owned(), assertion, Some(options));
        made.map(|made| made as _).map_err(|_| wrong_ids())
    }

    fn workload(&self) -> Result<Option<Arc<dyn TokenCredential>>> {
        let Settings { env, managed_identity_client_id, workload_identity_tenant_id, .. } = self.settings;
        let Some(file) = env.non_empty("AZURE_FEDERATED_TOKEN_FILE") else { return Ok(None) };
        let tenant = workload_identity_tenant_id.as_deref().or_else(|| env.non_empty("AZURE_TENANT_ID"));
        let client = managed_identity_client_id.as_deref().or_else(|| env.non_empty("AZURE_CLIENT_ID"));
        let (Some(tenant), Some(client)) = (tenant, client) else {
            return Err(config("AZURE_FEDERATED_TOKEN_FILE is set, but not whose it is").with_hint(
                "AZURE_TENANT_ID and AZURE_CLIENT_ID belong to it; the pod's label azure.workload.identity/use sets them",
            ));
        };
        // The SDK reads the file when it is handed over, and says less about what is wrong with it.
        if let Err(error) = std::fs::File::open(file) {
            return Err(config(format!(
                "AZURE_FEDERATED_TOKEN_FILE, {file}, cannot be read: {}",
                error.kind()
            )));
        }
        let options = WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options: self.client_options()? },
            client_id: Some(client.to_owned()),
            tenant_id: Some(self.tenant(tenant)),
            token_file_path: Some(file.into()),
        };
        WorkloadIdentityCredential::new(Some(options)).map(|made| Some(made as _)).map_err(|_| wrong_ids())
    }

    /// The directory to sign in to. No vault takes another directory's tokens than its own; an application may be known
    /// in several. A directory's domain cannot be compared with its id.
    fn tenant(&self, configured: &str) -> String {
        match &self.challenge.tenant {
            Some(own) if is_id(configured) && is_id(own) && !own.eq_ignore_ascii_case(configured) => {
                tracing::warn!(
                    "{} belongs to the directory {own}, so it is signed in to there, not in {configured}",
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

/// Whether a directory is named by its id, not by a domain.
fn is_id(tenant: &str) -> bool {
    tenant.len() == 36 && tenant.chars().all(|char| char.is_ascii_hexdigit() || char == '-')
}

/// Who is signed in. Keeps the first token until it is asked for: command line tools take a second for each.
struct SignedIn {
    way: Way,
    credential: Arc<dyn TokenCredential>,
    first: Mutex<Option<AccessToken>>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedIn").field(&self.way).finish()
    }
}

#[async_trait]
impl TokenCredential for SignedIn {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(token) => Ok(token),
            None => {
                self.credential.get_token(scopes, options).await.map_err(|error| wrap(why(self.way, &error)))
            }
        }
    }
}

/// Why a way led to no token. The tools' and the SDK's own words are searched, and never passed on.
fn why(way: Way, error: &azure_core::Error) -> Error {
    if let Some(ours) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        let message = format!("{} gets no token: {}", way.name(), ours.message());
        let told = Error::new(ours.kind(), Operation::Open, message).with_retry_after(ours.retry_after());
        return match ours.hint() {
            Some(hint) => told.with_hint(hint),
            None => told,
        };
    }
    let name = way.name();
    let said = causes(error).map(ToString::to_string).collect::<Vec<_>>().join(" ").to_lowercase();
    let what = if said.contains("not found on path") {
        "is not installed"
    } else if said.contains(tools::TOO_LATE) {
        "does not answer in time"
    } else {
        "gives no token"
    };
    let error = unauthenticated(format!("{name} {what}"));
    match way {
        Way::AzureCli => error.with_hint("sign in: az login"),
        Way::DeveloperCli => error.with_hint("sign in: azd auth login"),
        _ => error,
    }
}

fn wrong_ids() -> Error {
    config("the ids of the directory or of the application are none")
        .with_hint("az ad sp list --mine shows them")
}

fn unauthenticated(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Operation::Open, message)
}

#![doc = include_str!("../README.md")]
//!
//! # Source files
//!
//! | topic | module |
//! | --- | --- |
//! | settings | `settings` |
//! | the vault's address and its cloud | `vault` |
//! | which token the vault requires | `challenge`, `discovery` |
//! | keeping the token from other hosts | `guard` |
//! | credentials and the order in which they are tried | `credential` |
//! | who acts | `identity` |
//! | certificates, proxy, timeouts | `transport` |
//! | the requests to the vault | `client`; types of Azure's SDK end there |
//! | names and values that the service would reject | `check` |
//! | how reads and writes keep the contract of a store | `store`, `write` |
//! | which response means which kind of error | `error` |
//! | the policy for these requests | `policy` |

mod challenge;
mod check;
mod client;
mod credential;
mod descriptor;
mod discovery;
mod error;
mod guard;
mod identity;
mod policy;
mod settings;
mod store;
mod timestamp;
mod transport;
mod vault;
mod write;

use std::sync::Arc;

use airbridge_core::{Result, SecretStore};

use client::Client;
use credential::{SignInContext, sign_in};
use guard::Guard;
use vault::Vault;

pub use settings::Settings;

/// Opens a vault: asks it which token it requires, authenticates, and returns the store.
///
/// No secret is requested, so missing permissions are found by the first operation.
///
/// # Errors
///
/// - `Config` if the settings cannot work, the server is not a vault, or it asks for a token of another service.
/// - `Unauthenticated` if no credentials are found, or they are rejected.
/// - `Unreachable`, `RateLimited` or `Unavailable` if the vault or the token service does not answer as expected.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    check::rules(&settings.tags).check_own("tags")?;
    let vault = Vault::new(&settings.vault_url, &settings.env)?;
    let http = transport::http_client(&settings, &vault)?;
    let challenge = discovery::challenge(&vault, &http, &Client::api_version()).await?;
    challenge.check(&vault, settings.verify_challenge_resource)?;
    let context = SignInContext { settings: &settings, vault: &vault, challenge: &challenge, http: &http };
    let (credential, actor) = sign_in(&context).await?;
    let verify = vault.is_microsofts() || settings.verify_challenge_resource != Some(false);
    let guard = Guard::new(http, vault.url().clone(), challenge, vault.place());
    Ok(Arc::new(store::KeyVault::new(
        Client::new(vault, guard, credential, verify)?,
        actor,
        settings.tags.clone(),
    )))
}

#![doc = include_str!("../README.md")]
//!
//! # The rooms
//!
//! | to see | look at |
//! | --- | --- |
//! | what a user can set | `settings` |
//! | which vault, in which cloud | `vault` |
//! | what the vault asks for, and why a token goes nowhere else | `challenge`, `guard` |
//! | how to sign in, and in which order the ways are tried | `credential` |
//! | certificates, proxy, times | `transport` |
//! | the six remote calls | `client`; the vendor's types stop there |
//! | what the service would refuse | `check` |
//! | how reads and writes keep the contract | `store`, `write` |
//! | which answer means what | `error`: the one place where a vendor's error becomes a kind |

mod challenge;
mod check;
mod client;
mod credential;
mod descriptor;
mod error;
mod guard;
mod moment;
mod settings;
mod store;
mod transport;
mod vault;
mod write;

use std::sync::Arc;

use airbridge_core::{Result, SecretStore};

use challenge::Challenge;
use client::Client;
use credential::{Door, sign_in};
use guard::Guard;
use vault::Vault;

pub use settings::Settings;

/// Asks the vault whose tokens it takes, signs in, and opens the store.
///
/// # Errors
///
/// `Config` for settings that cannot work, for what is no vault, and for a vault that asks for another service's token;
/// `Unauthenticated` where nobody is signed in or credentials are refused; `Unreachable`, `RateLimited` and
/// `Unavailable` for what they say. Whether we may do anything there is found out by doing it.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    check::rules(&settings.tags).check_own("tags")?;
    let vault = Vault::new(&settings.vault_url, &settings.env)?;
    let http = transport::http_client(&settings)?;
    let challenge = Challenge::of(&vault, &http, &Client::api_version()).await?;
    challenge.check(&vault, settings.verify_challenge_resource)?;
    let door = Door { settings: &settings, vault: &vault, challenge: &challenge, http: &http };
    let credential = sign_in(&door).await?;
    let verify = vault.is_microsofts() || settings.verify_challenge_resource != Some(false);
    let guard = Guard::new(http, vault.url().clone(), challenge, vault.place());
    Ok(Arc::new(store::KeyVault::new(Client::new(vault, guard, credential, verify)?, settings.tags.clone())))
}

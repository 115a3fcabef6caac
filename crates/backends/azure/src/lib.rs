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
use client::{Client, Tags};
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
    let tags = tags(&settings)?;
    let vault = Vault::new(&settings.vault_url, &settings.env)?;
    let http = transport::http_client(&settings)?;
    let challenge = Challenge::of(&vault, &http, &Client::api_version()).await?;
    challenge.check(&vault, settings.verify_challenge_resource)?;
    let door = Door { settings: &settings, vault: &vault, challenge: &challenge, http: &http };
    let credential = sign_in(&door).await?;
    let verify = vault.is_microsofts() || settings.verify_challenge_resource != Some(false);
    let guard = Guard::new(http, vault.url().clone(), challenge, vault.place());
    Ok(Arc::new(store::KeyVault::new(Client::new(vault, guard, credential, verify)?, tags)))
}

/// The tags for new secrets, once the service will take them.
fn tags(settings: &Settings) -> Result<Tags> {
    let tags = &settings.tags;
    let (most, longest) = (descriptor::TAGS - 1, descriptor::TAG_LENGTH);
    let too_long = |text: &String| text.chars().count() > longest;
    if tags.len() > most {
        let message =
            format!("{} tags are too many: Azure Key Vault takes 15, and airbridge needs one", tags.len());
        return Err(error::config(message).with_hint(format!("give at most {most}")));
    }
    if let Some((name, _)) = tags.iter().find(|(name, value)| too_long(name) || too_long(value)) {
        let start: String = name.chars().take(40).collect();
        return Err(error::config(format!("the tag `{start}` is longer than {longest} characters")));
    }
    if tags.contains_key(descriptor::LABEL) {
        return Err(error::config(format!("the tag `{}` is airbridge's own", descriptor::LABEL)));
    }
    Ok(tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::{Settings, tags};

    #[test]
    fn tags_are_what_the_service_takes() {
        let with = |pairs: Vec<(String, String)>| Settings {
            tags: pairs.into_iter().collect(),
            ..Settings::default()
        };
        let numbered = |count: usize| (0..count).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(tags(&with(numbered(14))).unwrap().len(), 14);
        for wrong in [
            numbered(15),
            vec![("a".to_owned(), "x".repeat(257))],
            vec![("airbridge-id".to_owned(), String::new())],
        ] {
            assert_eq!(tags(&with(wrong)).unwrap_err().kind(), airbridge_core::ErrorKind::Config);
        }
    }
}

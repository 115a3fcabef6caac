//! One function per request to the vault. Types of Azure's SDK are used in this file only, apart from authentication.

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use airbridge_core::{Error, Metadata, SecretName, SecretText, Version};
use azure_core::credentials::TokenCredential;
use azure_core::http::pager::{PagerContinuation, PagerOptions};
use azure_core::http::{ClientOptions, RequestContent, RetryOptions, Transport, Url, UserAgentOptions};
use azure_security_keyvault_secrets::models::{
    DeletedSecretProperties, Secret, SecretAttributes, SecretClientGetSecretOptions,
    SecretClientListDeletedSecretPropertiesOptions, SecretClientListSecretPropertiesOptions,
    SecretProperties, SetSecretParameters,
};
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use futures::TryStreamExt;

use crate::descriptor::{LABEL, LIST_PAGE};
use crate::error::{Call, Fault, classify};
use crate::guard::Guard;
use crate::timestamp::Timestamp;
use crate::vault::Vault;

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// The tags of a secret.
pub(crate) type Tags = HashMap<String, String>;

/// The requests to one vault.
pub(crate) struct Client {
    service: SecretClient,
    vault: Vault,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    pub(crate) entries: Vec<T>,
    /// The address of the next page; `None` after the last.
    pub(crate) next: Option<String>,
}

/// One secret in a listing.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) enabled: bool,
    /// Whether the secret belongs to a certificate.
    pub(crate) managed: bool,
    pub(crate) label: Option<String>,
    pub(crate) metadata: Metadata,
}

/// A deleted secret.
#[derive(Debug)]
pub(crate) struct Deleted {
    pub(crate) name: String,
    /// When the service will delete it permanently.
    pub(crate) purged: Option<Timestamp>,
}

/// A secret with its value.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) text: Option<SecretText>,
    pub(crate) version: Option<Version>,
    pub(crate) managed: bool,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) preserved: Preserved,
}

/// What a new version must repeat from the previous one, because the service does not carry it over.
#[derive(Debug, Default)]
pub(crate) struct Preserved {
    pub(crate) tags: Tags,
    pub(crate) content_type: Option<String>,
}

impl Client {
    pub(crate) fn new(
        vault: Vault,
        guard: Guard,
        credential: Arc<dyn TokenCredential>,
        verify: bool,
    ) -> airbridge_core::Result<Self> {
        let options = SecretClientOptions {
            client_options: ClientOptions {
                // `airbridge_core::RetryingStore` retries. The SDK's policy would repeat writes without checking whether they
                // were executed, and would wait for as long as the server asks.
                retry: RetryOptions::none(),
                transport: Some(Transport::new(Arc::new(guard))),
                user_agent: UserAgentOptions { application_id: Some("airbridge".to_owned()) },
                ..ClientOptions::default()
            },
            verify_challenge_resource: Some(verify),
            ..SecretClientOptions::default()
        };
        let service = SecretClient::new(vault.url().as_str(), credential, Some(options))
            .map_err(|_| Error::config("`vault_url` is not a valid vault address"))?;
        Ok(Self { service, vault })
    }

    /// The version of the service's API.
    pub(crate) fn api_version() -> String {
        SecretClientOptions::default().api_version
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// One page of all secrets. The service has no filter.
    pub(crate) async fn list(&self, page: Option<&str>) -> Result<Listed<Entry>> {
        let fault = |error| classify(Call::List, &self.vault, &error);
        let method_options = page_options(page);
        let options = SecretClientListSecretPropertiesOptions { maxresults: Some(LIST_PAGE), method_options };
        let pages = self.service.list_secret_properties(Some(options)).map_err(fault)?;
        let Some(page) = pin!(pages.into_pages()).try_next().await.map_err(fault)? else {
            return Ok(Listed::empty());
        };
        let page = page.into_model().map_err(fault)?;
        let entries = page.value.into_iter().filter_map(entry).collect();
        Ok(Listed { entries, next: page.next_link.filter(|link| !link.is_empty()) })
    }

    /// One page of all deleted secrets.
    pub(crate) async fn list_deleted(&self, page: Option<&str>) -> Result<Listed<Deleted>> {
        let fault = |error| classify(Call::ListDeleted, &self.vault, &error);
        let method_options = page_options(page);
        let options =
            SecretClientListDeletedSecretPropertiesOptions { maxresults: Some(LIST_PAGE), method_options };
        let pages = self.service.list_deleted_secret_properties(Some(options)).map_err(fault)?;
        let Some(page) = pin!(pages.into_pages()).try_next().await.map_err(fault)? else {
            return Ok(Listed::empty());
        };
        let page = page.into_model().map_err(fault)?;
        let entries = page.value.into_iter().filter_map(|properties| deleted(&properties)).collect();
        Ok(Listed { entries, next: page.next_link.filter(|link| !link.is_empty()) })
    }

    /// Reads one version of a secret; `None` for the newest. `call` says what the value is for.
    pub(crate) async fn get(
        &self,
        call: Call,
        name: &SecretName,
        version: Option<&Version>,
    ) -> Result<Value> {
        let fault = |error| classify(call, &self.vault, &error);
        let secret_version = version.map(|version| version.as_str().to_owned());
        let options = SecretClientGetSecretOptions { secret_version, ..Default::default() };
        let secret = self.service.get_secret(name.as_str(), Some(options)).await.map_err(fault)?;
        Ok(value(secret.into_model().map_err(fault)?))
    }

    /// Reads a deleted secret, without its value.
    pub(crate) async fn get_deleted(&self, name: &SecretName) -> Result<Deleted> {
        let fault = |error| classify(Call::LookDeleted, &self.vault, &error);
        let secret = self.service.get_deleted_secret(name.as_str(), None).await.map_err(fault)?;
        let secret = secret.into_model().map_err(fault)?;
        Ok(Deleted {
            name: name.as_str().to_owned(),
            purged: secret.scheduled_purge_date.map(Timestamp::from),
        })
    }

    /// Creates a secret, or a new version if the secret exists. Returns the new version.
    pub(crate) async fn set(
        &self,
        name: &SecretName,
        text: &SecretText,
        preserved: Preserved,
    ) -> Result<Option<Version>> {
        let fault = |error| classify(Call::Set, &self.vault, &error);
        let Preserved { tags, content_type } = preserved;
        let parameters = SetSecretParameters {
            value: Some(text.expose().to_owned()),
            tags: Some(tags).filter(|tags| !tags.is_empty()),
            content_type,
            ..SetSecretParameters::default()
        };
        let body: RequestContent<SetSecretParameters> = parameters.try_into().map_err(fault)?;
        let secret = self.service.set_secret(name.as_str(), body, None).await.map_err(fault)?;
        Ok(value(secret.into_model().map_err(fault)?).version)
    }

    /// Deletes a secret with all its versions. It can be recovered until the vault's retention period ends.
    pub(crate) async fn delete(&self, name: &SecretName) -> Result<()> {
        let fault = |error| classify(Call::Delete, &self.vault, &error);
        self.service.delete_secret(name.as_str(), None).await.map_err(fault).map(drop)
    }

    /// Begins to recover a deleted secret with all its versions. It can be read and written some seconds later.
    pub(crate) async fn recover(&self, name: &SecretName) -> Result<()> {
        let fault = |error| classify(Call::Recover, &self.vault, &error);
        self.service.recover_deleted_secret(name.as_str(), None).await.map_err(fault).map(drop)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.vault.place()).finish_non_exhaustive()
    }
}

impl<T> Listed<T> {
    fn empty() -> Self {
        Self { entries: Vec::new(), next: None }
    }
}

fn page_options(page: Option<&str>) -> PagerOptions<'static> {
    let continuation = page.and_then(|page| Url::parse(page).ok()).map(PagerContinuation::Link);
    PagerOptions { continuation, ..PagerOptions::default() }
}

fn entry(properties: SecretProperties) -> Option<Entry> {
    let (name, _) = split(properties.id.as_deref()?)?;
    let enabled = properties.attributes.and_then(|attributes| attributes.enabled).unwrap_or(true);
    let mut tags = properties.tags.unwrap_or_default();
    let label = tags.remove(LABEL);
    let metadata = Metadata::from_tags(tags.into_iter().collect());
    Some(Entry { name, enabled, managed: properties.managed == Some(true), label, metadata })
}

fn deleted(properties: &DeletedSecretProperties) -> Option<Deleted> {
    let (name, _) = split(properties.id.as_deref()?)?;
    Some(Deleted { name, purged: properties.scheduled_purge_date.map(Timestamp::from) })
}

fn value(secret: Secret) -> Value {
    let SecretAttributes { expires, not_before, .. } = secret.attributes.unwrap_or_default();
    Value {
        text: secret.value.map(SecretText::new),
        version: secret.id.as_deref().and_then(split).and_then(|(_, version)| version).map(Version::new),
        managed: secret.managed == Some(true),
        expires: expires.map(Timestamp::from),
        not_before: not_before.map(Timestamp::from),
        preserved: Preserved { tags: secret.tags.unwrap_or_default(), content_type: secret.content_type },
    }
}

/// The name and version in an id: `https://VAULT/secrets/NAME/VERSION`.
fn split(id: &str) -> Option<(String, Option<String>)> {
    let mut parts = id.split('/').skip(4);
    let name = parts.next().filter(|name| !name.is_empty())?;
    Some((name.to_owned(), parts.next().filter(|version| !version.is_empty()).map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn id_is_split_into_name_and_version() {
        let name = "a-b".to_owned();
        assert_eq!(split("https://v.vault.azure.net/secrets/a-b"), Some((name.clone(), None)));
        assert_eq!(split("https://v.vault.azure.net/secrets/a-b/"), Some((name.clone(), None)));
        assert_eq!(split("https://v.test:8443/secrets/a-b/0f1e"), Some((name, Some("0f1e".to_owned()))));
        assert_eq!(split("https://v.test/secrets/"), None);
        assert_eq!(split("a-b"), None);
    }
}

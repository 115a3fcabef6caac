//! Secret Manager as a store: listing and reading.

use std::sync::Arc;

use airbridge_core::{
    Change, Cursor, Descriptor, Header, Metadata, NamePrefix, Page, Payload, Read, Receipt, Rejection,
    Result, SecretName, SecretStore, State, Stored, SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::future::join_all;

use crate::beside;
use crate::check::RULES;
use crate::client::{Client, Entry, Value, VersionState};
use crate::credential::sign_in;
use crate::descriptor::descriptor;
use crate::error::{Cause, Fault};
use crate::settings::Settings;
use crate::write::Writer;

/// Signs in and opens the store.
///
/// # Errors
/// `Config` for settings that cannot work, `Unauthenticated` where credentials are missing or refused. The service itself
/// is not called.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    let settings = settings.addressed();
    let writer = Writer::new(settings.call_timeout());
    let client = sign_in(&settings).await?;
    let descriptor = descriptor(client.place().to_owned());
    Ok(Arc::new(GoogleSecretManager { client, descriptor, writer }))
}

/// Secret Manager of one project, the global secrets or those of one region.
#[derive(Debug)]
struct GoogleSecretManager {
    client: Client,
    descriptor: Descriptor,
    writer: Writer,
}

impl GoogleSecretManager {
    async fn read(&self, wanted: &Read) -> Result<Option<Stored>> {
        let Read { name, version } = wanted;
        let version = version.as_ref();
        match self.client.access(name, version).await {
            Ok(value) => Ok(Some(stored(value))),
            Err(fault) => match fault.cause {
                // A version that is not there is absent, whatever the secret has now.
                Cause::Absent if version.is_some() => Ok(None),
                Cause::Absent => self.without_version(name).await,
                Cause::State => self.without_value(name, version, fault).await,
                _ => Err(fault.about(name)),
            },
        }
    }

    /// There is no latest version: nothing is there, or a container without value, or `latest` lags behind.
    async fn without_version(&self, name: &SecretName) -> Result<Option<Stored>> {
        match self.client.container(name).await {
            Ok(found) if found.marker().is_some() => self.made_by_us(name).await,
            Ok(_) => Ok(Some(Stored::hidden(State::NoValue, None))),
            Err(fault) if matches!(fault.cause, Cause::Absent | Cause::Denied) => Ok(None),
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// What a create of ours left: its value, by a number that does not lag, or a container that is no secret yet. The
    /// next create makes it one, so it counts as absent.
    async fn made_by_us(&self, name: &SecretName) -> Result<Option<Stored>> {
        match self.client.access(name, Some(&Version::new("1"))).await {
            Ok(value) => Ok(Some(stored(value))),
            Err(fault) if fault.cause == Cause::Absent => Ok(None),
            Err(fault) if fault.cause == Cause::State => Ok(Some(Stored::hidden(State::NoValue, None))),
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// The version is there, and its value is not to be had. An older one in its stead would bring back what somebody
    /// switched off on purpose.
    async fn without_value(
        &self,
        name: &SecretName,
        version: Option<&Version>,
        fault: Fault,
    ) -> Result<Option<Stored>> {
        let (state, number, destroyed_on) = match self.client.version(name, version).await {
            Ok(found) => (found.state, Some(found.version), found.destroyed_on),
            // Without the permission to look, the refusal's own words must do.
            Err(_) => (fault.state, version.cloned(), None),
        };
        let state = if state == VersionState::Enabled { VersionState::Unknown } else { state };
        let (hidden, note) = match state {
            VersionState::Disabled => {
                (State::Disabled, destroyed_on.map(|day| format!("it will be destroyed on {day}")))
            }
            VersionState::Destroyed => {
                (State::NoValue, Some("the value of its latest version is destroyed".to_owned()))
            }
            VersionState::Enabled | VersionState::Unknown => return Err(fault.about(name)),
        };
        Ok(Some(Stored { note, ..Stored::hidden(hidden, number) }))
    }
}

#[async_trait]
impl SecretStore for GoogleSecretManager {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        RULES.check(name, payload)
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        beside::supported_metadata(metadata, there, self.client.labels())
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let prefix = prefix.as_str();
        if !RULES.can_start_name(prefix) {
            return Ok(Page { headers: Vec::new(), next: None });
        }
        let listed = self.client.list(prefix, cursor.map(Cursor::as_str)).await;
        let listed = listed.map_err(|fault| fault.error)?;
        let headers = listed.entries.into_iter().filter(|entry| entry.name.starts_with(prefix)).map(header);
        Ok(Page { headers: headers.collect(), next: listed.next.map(Cursor::new) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        Ok(join_all(wanted.iter().map(|read| self.read(read))).await)
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        Ok(join_all(changes.iter().map(|change| self.writer.write(&self.client, change))).await)
    }
}

fn header(entry: Entry) -> Header {
    Header { owner: entry.owner, metadata: entry.metadata, ..Header::live(SecretName::new(entry.name)) }
}

fn stored(value: Value) -> Stored {
    match value.text {
        Some(text) => Stored::payload(Payload::Text(text), Some(value.version)),
        None => Stored::hidden(State::Binary, Some(value.version)),
    }
}

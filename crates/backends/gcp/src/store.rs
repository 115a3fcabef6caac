//! The store: listing and reading. [`Writer`] does the writing.

use std::sync::Arc;

use airbridge_core::{
    Change, Cursor, Descriptor, Header, Metadata, NamePrefix, Page, Payload, Policy, PolicyRequest, Read,
    Receipt, Rejection, Result, SecretName, SecretStore, State, Stored, SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::future::join_all;

use crate::check::RULES;
use crate::client::{Client, Entry, Value};
use crate::credential::sign_in;
use crate::descriptor::descriptor;
use crate::error::{Cause, Fault};
use crate::policy::policies;
use crate::secret_options;
use crate::settings::Settings;
use crate::version_state::VersionState;
use crate::write::Writer;

/// Authenticates and opens the store. No request is sent to Secret Manager itself.
///
/// # Errors
///
/// - `Config` if the settings or the credentials cannot work.
/// - `Unauthenticated` if no credentials are found, or they are rejected.
/// - `Unreachable` if the token service does not answer.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    let writer = Writer::new(settings.call_timeout());
    let (client, actor) = sign_in(&settings).await?;
    let descriptor = descriptor(client.place().to_owned(), actor);
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
        // Any other name or version would form the address of something else.
        if !RULES.is_name(name.as_str()) || version.is_some_and(|version| !RULES.is_name(version.as_str())) {
            return Ok(None);
        }
        match self.client.access(name, version).await {
            Ok(value) => Ok(Some(stored(value))),
            Err(fault) => match fault.cause {
                // The requested version does not exist, whatever other versions do.
                Cause::Absent if version.is_some() => Ok(None),
                Cause::Absent => self.without_version(name).await,
                Cause::State(state) => self.without_value(name, version, state, fault).await,
                _ => Err(fault.about(name)),
            },
        }
    }

    /// Reads a secret without a latest version: there is no such secret, it has no version, or `latest` lags.
    async fn without_version(&self, name: &SecretName) -> Result<Option<Stored>> {
        match self.client.container(name).await {
            Ok(found) if found.marker().is_some() => self.created_by_airbridge(name).await,
            Ok(_) => Ok(Some(Stored::hidden(State::NoValue, None))),
            Err(fault) if matches!(fault.cause, Cause::Absent | Cause::Denied) => Ok(None),
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// Reads a secret that airbridge created. Version 1 does not lag as `latest` does. If it does not exist, the create was
    /// interrupted; the next create completes it, so the secret counts as absent.
    async fn created_by_airbridge(&self, name: &SecretName) -> Result<Option<Stored>> {
        match self.client.access(name, Some(&Version::new("1"))).await {
            Ok(value) => Ok(Some(stored(value))),
            Err(fault) if fault.cause == Cause::Absent => Ok(None),
            Err(fault) if matches!(fault.cause, Cause::State(_)) => {
                Ok(Some(Stored::hidden(State::NoValue, None)))
            }
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// Reads a version whose value is not available, in the `state` that the response named. An older version is not read
    /// instead: the newer one may have been disabled on purpose.
    async fn without_value(
        &self,
        name: &SecretName,
        version: Option<&Version>,
        state: VersionState,
        fault: Fault,
    ) -> Result<Option<Stored>> {
        let (state, number, destroyed_on) = match self.client.version(name, version).await {
            Ok(found) => (found.state, Some(found.version), found.destroyed_on),
            // Without the permission to read the version, the state in the response is used.
            Err(_) => (state, version.cloned(), None),
        };
        let state = if state == VersionState::Enabled { VersionState::Unknown } else { state };
        let (hidden, note) = match state {
            VersionState::Disabled => {
                (State::Disabled, destroyed_on.map(|date| format!("the version will be destroyed on {date}")))
            }
            VersionState::Destroyed => (State::NoValue, Some("its latest version is destroyed".to_owned())),
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
        secret_options::supported_metadata(metadata, there, self.client.labels())
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

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(request, self.client.project())
    }
}

fn header(entry: Entry) -> Header {
    Header {
        owner: entry.owner,
        metadata: entry.metadata.boxed(),
        ..Header::live(SecretName::new(entry.name))
    }
}

fn stored(value: Value) -> Stored {
    match value.text {
        Some(text) => Stored::payload(Payload::Text(text), Some(value.version)),
        None => Stored::hidden(State::Binary, Some(value.version)),
    }
}

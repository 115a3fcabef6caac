//! The store: listing and reading. [`Writer`] does the writing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_core::{
    Change, Cursor, Descriptor, Header, Metadata, NamePrefix, Page, Payload, Policy, PolicyRequest, Read,
    Receipt, Rejection, Result, SecretName, SecretStore, State, Stored, SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::future::join_all;

use crate::check::{RULES, rules};
use crate::client::{Client, Deleted, Entry, Listed, Value};
use crate::descriptor::descriptor;
use crate::error::{Call, Cause};
use crate::policy::policies;
use crate::timestamp::Timestamp;
use crate::write::Writer;

/// The secrets of one vault.
#[derive(Debug)]
pub(crate) struct KeyVault {
    client: Client,
    descriptor: Descriptor,
    /// The user's tags for new secrets.
    tags: BTreeMap<String, String>,
    /// Whether the vault denied the listing of deleted secrets. It is then not requested again in this run.
    deleted_denied: AtomicBool,
}

/// A position in a listing: first all secrets, then all deleted ones. A page is known by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position<'a> {
    Live(Option<&'a str>),
    Deleted(Option<&'a str>),
}

impl<'a> Position<'a> {
    const DELETED: &'static str = "deleted:";

    fn of(cursor: Option<&'a Cursor>) -> Self {
        match cursor.map(|cursor| (cursor.as_str(), cursor.as_str().strip_prefix(Self::DELETED))) {
            None => Self::Live(None),
            Some((_, Some(""))) => Self::Deleted(None),
            Some((_, Some(page))) => Self::Deleted(Some(page)),
            Some((page, None)) => Self::Live(Some(page)),
        }
    }

    fn cursor(self) -> Cursor {
        match self {
            Self::Live(page) => Cursor::new(page.unwrap_or_default()),
            Self::Deleted(page) => Cursor::new(format!("{}{}", Self::DELETED, page.unwrap_or_default())),
        }
    }
}

impl KeyVault {
    pub(crate) fn new(client: Client, actor: Option<String>, tags: BTreeMap<String, String>) -> Self {
        let descriptor = descriptor(client.vault().place(), actor);
        Self { client, descriptor, tags, deleted_denied: AtomicBool::new(false) }
    }

    async fn live_page(&self, prefix: &str, page: Option<&str>) -> Result<Page> {
        let Listed { entries, next } = self.client.list(page).await.map_err(|fault| fault.error)?;
        let headers = entries.into_iter().filter(|entry| starts_with(&entry.name, prefix)).map(header);
        let next = match &next {
            Some(page) => Some(Position::Live(Some(page)).cursor()),
            None if self.deleted_denied.load(Ordering::Relaxed) => None,
            None => Some(Position::Deleted(None).cursor()),
        };
        Ok(Page { headers: headers.collect(), next })
    }

    async fn deleted_page(&self, prefix: &str, page: Option<&str>) -> Result<Page> {
        let Listed { entries, next } = match self.client.list_deleted(page).await {
            Ok(listed) => listed,
            Err(fault) if fault.cause == Cause::Denied => {
                self.deleted_denied.store(true, Ordering::Relaxed);
                let place = self.descriptor.place.as_str();
                tracing::warn!(
                    "{place} denies listing deleted secrets: if one of them still holds a name, the write of that name will fail"
                );
                return Ok(Page { headers: Vec::new(), next: None });
            }
            Err(fault) => return Err(fault.error),
        };
        let headers = entries.into_iter().filter(|entry| starts_with(&entry.name, prefix));
        let headers = headers.map(|deleted| self.deleted_header(&deleted)).collect();
        Ok(Page { headers, next: next.map(|page| Position::Deleted(Some(&page)).cursor()) })
    }

    fn deleted_header(&self, deleted: &Deleted) -> Header {
        let until = deleted.purged.map(|purged| {
            let (day, vault) = (purged.date_with_days_from(Timestamp::now()), self.client.vault().name());
            let tool = format!("--vault-name {vault} --name {}", deleted.name);
            format!("{day}; recover it with `az keyvault secret recover {tool}`, or free the name with `az keyvault secret purge {tool}`")
        });
        Header { state: State::Deleted { until }, ..Header::live(SecretName::new(&deleted.name)) }
    }

    async fn read_one(&self, wanted: &Read) -> Result<Option<Stored>> {
        let Read { name, version } = wanted;
        // Any other name or version would form the address of something else.
        if !RULES.is_name(name.as_str())
            || version.as_ref().is_some_and(|version| !RULES.is_name(version.as_str()))
        {
            return Ok(None);
        }
        match self.client.get(Call::Get, name, version.as_ref()).await {
            Ok(value) => Ok(Some(stored(value))),
            Err(fault) if fault.cause == Cause::Absent => Ok(None),
            Err(fault) if fault.cause == Cause::Disabled => {
                Ok(Some(Stored::hidden(State::Disabled, version.clone())))
            }
            Err(fault) => Err(fault.about(name)),
        }
    }
}

#[async_trait]
impl SecretStore for KeyVault {
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
        rules(&self.tags).supported(metadata, there)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let prefix = prefix.as_str();
        if !RULES.can_start_name(prefix) {
            return Ok(Page { headers: Vec::new(), next: None });
        }
        match Position::of(cursor) {
            Position::Live(page) => self.live_page(prefix, page).await,
            Position::Deleted(page) => self.deleted_page(prefix, page).await,
        }
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        Ok(join_all(wanted.iter().map(|wanted| self.read_one(wanted))).await)
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let writer = Writer { client: &self.client, tags: &self.tags };
        Ok(join_all(changes.iter().map(|change| writer.write(change))).await)
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(request, self.client.vault().name())
    }
}

/// Names that differ in case only are the same name.
fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn header(entry: Entry) -> Header {
    Header {
        state: if entry.enabled { State::Live } else { State::Disabled },
        owner: entry.managed.then(|| "a certificate of the same name".to_owned()),
        label: entry.label,
        metadata: entry.metadata.boxed(),
        ..Header::live(SecretName::new(entry.name))
    }
}

fn stored(value: Value) -> Stored {
    let note = note(value.expires, value.not_before, Timestamp::now());
    let version: Option<Version> = value.version;
    let stored = match value.text {
        Some(text) => Stored::payload(Payload::Text(text), version),
        None => Stored::hidden(State::NoValue, version),
    };
    Stored { note, ..stored }
}

/// A note about the dates of a secret. The service and Airflow do not enforce them, so the secret is read.
fn note(expires: Option<Timestamp>, not_before: Option<Timestamp>, now: Timestamp) -> Option<String> {
    match (expires.filter(|expires| *expires <= now), not_before.filter(|start| *start > now)) {
        (Some(end), _) => Some(format!("it expired on {}; Azure and Airflow still read it", end.date())),
        (None, Some(start)) => {
            Some(format!("it is valid only from {}; Azure and Airflow already read it", start.date()))
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::Cursor;

    use super::{Position, starts_with};

    #[test]
    fn position_is_restored_from_its_cursor() {
        let page = Some("https://v.test/deletedsecrets?$skiptoken=x");
        for position in [Position::Live(page), Position::Deleted(None), Position::Deleted(page)] {
            assert_eq!(Position::of(Some(&position.cursor())), position);
        }
        assert_eq!(Position::of(None::<&Cursor>), Position::Live(None));
    }

    #[test]
    fn prefix_is_compared_without_case() {
        assert!(starts_with("Airflow-Connections-x", "airflow-connections-") && starts_with("a", ""));
        assert!(!starts_with("airflow", "airflow-") && !starts_with("b", "a"));
    }
}

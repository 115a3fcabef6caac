//! The reference implementation of the contract.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Action, Capabilities, Change, Cursor, Description, Descriptor, Error, ErrorKind, Header, Limits, Look,
    Metadata, MetadataRules, NamePrefix, Operation, Page, Payload, Policy, PolicyRequest, Rates, Read,
    Receipt, Rejection, Result, SecretName, SecretStore, State, Stored, SupportedMetadata, Undo, Version,
};

/// A store in memory. Versions count from 1, and all of them are kept.
#[derive(Debug)]
pub struct MemoryStore {
    descriptor: Descriptor,
    page: NonZeroUsize,
    secrets: Mutex<BTreeMap<SecretName, Secret>>,
}

#[derive(Debug, Default)]
struct Secret {
    versions: Vec<Payload>,
    metadata: Metadata,
    is_deleted: bool,
}

impl MemoryStore {
    /// An empty store whose descriptor has this `place` and whose listings have `page` names per page.
    pub fn new(place: impl Into<String>, page: NonZeroUsize) -> Self {
        let descriptor = Descriptor {
            backend: "memory",
            place: place.into(),
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: true,
                metadata: true,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 20, write_batch: 1, look_batch: 0, concurrency: 16 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo { former_versions: true, ..Undo::NONE },
        };
        Self { descriptor, page, secrets: Mutex::default() }
    }

    /// The same store, which keeps deleted secrets: their names are reserved until they are restored.
    pub fn keeping_deleted(mut self) -> Self {
        self.descriptor.undo.restores = true;
        self
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<SecretName, Secret>> {
        // No change to the map can panic half way, so a poisoned lock is still valid.
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_one(&self, wanted: &Read) -> Option<Stored> {
        let secrets = self.secrets();
        let Secret { versions, is_deleted, .. } = secrets.get(&wanted.name)?;
        if *is_deleted {
            return Some(Stored::hidden(State::Deleted { until: None }, None));
        }
        let index = match &wanted.version {
            Some(version) => version.as_str().parse::<usize>().ok()?.checked_sub(1)?,
            None => versions.len() - 1,
        };
        let payload = versions.get(index)?.clone();
        Some(Stored::payload(payload, Some(version(index + 1))))
    }

    fn write_one(&self, change: &Change) -> Result<Receipt> {
        let mut secrets = self.secrets();
        let restores = self.descriptor.undo.restores;
        let found = secrets.get_mut(&change.name);
        let is_deleted = found.as_ref().is_some_and(|secret| secret.is_deleted);
        let current = found.as_ref().map(|secret| version(secret.versions.len()));
        let fail =
            |kind, message: &str| Err(Error::new(kind, Operation::Write, message).with_name(&change.name));
        match (&change.action, current) {
            (Action::Create(_) | Action::Replace { .. }, _) if change.name.as_str().is_empty() => {
                fail(ErrorKind::InvalidName, "a name must not be empty")
            }
            (Action::Create(_), _) if is_deleted => fail(ErrorKind::NameReserved, "the name is reserved"),
            (Action::Replace { .. }, _) if is_deleted => {
                fail(ErrorKind::NameReserved, "the secret is deleted")
            }
            (Action::Create(payload), None) => {
                let metadata = change.metadata().clone();
                let secret = Secret { versions: vec![payload.clone()], metadata, is_deleted: false };
                secrets.insert(change.name.clone(), secret);
                Ok(Receipt { version: Some(version(1)) })
            }
            (Action::Create(_), Some(_)) => fail(ErrorKind::AlreadyExists, "the name is taken"),
            (Action::Replace { .. }, None) => fail(ErrorKind::NotFound, "no such secret"),
            (Action::Replace { expect, .. } | Action::Delete { expect }, Some(current))
                if expect.as_ref().is_some_and(|expect| *expect != current) =>
            {
                fail(ErrorKind::VersionMismatch, "the secret has another version than expected")
            }
            (Action::Replace { payload, .. }, Some(_)) => {
                let secret = secrets.entry(change.name.clone()).or_default();
                secret.versions.push(payload.clone());
                secret.metadata = change.metadata().over(&secret.metadata);
                Ok(Receipt { version: Some(version(secret.versions.len())) })
            }
            (Action::Restore { .. }, _) if !restores => {
                fail(ErrorKind::Unsupported, "memory keeps no deleted secrets")
            }
            (Action::Restore { payload }, _) => match found {
                None => fail(ErrorKind::NotFound, "no such secret"),
                Some(secret) => {
                    secret.is_deleted = false;
                    secret.versions.extend(payload.clone());
                    Ok(Receipt { version: Some(version(secret.versions.len())) })
                }
            },
            (Action::Delete { .. }, _) if restores => {
                if let Some(secret) = found {
                    secret.is_deleted = true;
                }
                Ok(Receipt { version: None })
            }
            (Action::Delete { .. }, _) => {
                secrets.remove(&change.name);
                Ok(Receipt { version: None })
            }
        }
    }
}

fn version(number: usize) -> Version {
    Version::new(number.to_string())
}

#[async_trait]
impl SecretStore for MemoryStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, _payload: &Payload) -> Result<(), Rejection> {
        if name.as_str().is_empty() {
            return Err(Rejection::new("name-invalid", "a name must not be empty"));
        }
        Ok(())
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        current: Option<&Metadata>,
    ) -> SupportedMetadata {
        let tag = |key: &str, _: &str| match key.chars().count() {
            1..=128 => Ok(()),
            length => Err(format!("memory accepts keys of 1 to 128 characters, this one has {length}")),
        };
        let (description, own) = (Description::Own(1024), &BTreeMap::new());
        MetadataRules { service: "memory", description, tags: 50, tag, own }.supported(metadata, current)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let secrets = self.secrets();
        let after = cursor.map_or("", Cursor::as_str);
        let mut listed = secrets.iter().filter(|(name, _)| {
            name.as_str().starts_with(prefix.as_str()) && (cursor.is_none() || name.as_str() > after)
        });
        let header = |(name, secret): (&SecretName, &Secret)| Header {
            metadata: secret.metadata.clone().boxed(),
            version: Some(version(secret.versions.len())),
            state: if secret.is_deleted { State::Deleted { until: None } } else { State::Live },
            ..Header::live(name.clone())
        };
        let headers: Vec<_> = listed.by_ref().take(self.page.get()).map(header).collect();
        let more = listed.next().is_some();
        let next = headers.last().filter(|_| more).map(|last| Cursor::new(last.name.as_str()));
        Ok(Page { headers, next })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        Ok(wanted.iter().map(|read| Ok(self.read_one(read))).collect())
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        Ok(changes.iter().map(|change| self.write_one(change)).collect())
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        let secrets = self.secrets();
        let now = |change: &Change| Some(version(secrets.get(&change.name)?.versions.len()));
        Ok(changes.iter().map(|change| now(change).map(Look::new)).collect())
    }

    fn policies(&self, _request: &PolicyRequest) -> Vec<Policy> {
        Vec::new()
    }
}

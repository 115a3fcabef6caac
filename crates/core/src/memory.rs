//! The reference implementation: every promise of the contract, and nothing else.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Action, Capabilities, Change, Content, Cursor, Descriptor, Error, ErrorKind, Header, Limits, NamePrefix,
    Operation, Page, Payload, Rates, Read, Receipt, Result, SecretName, SecretStore, Stored, Unfit, Version,
};

/// A store in memory, with versions counted from 1 and all of them kept.
#[derive(Debug)]
pub struct MemoryStore {
    descriptor: Descriptor,
    page: NonZeroUsize,
    secrets: Mutex<BTreeMap<SecretName, Vec<Payload>>>,
}

impl MemoryStore {
    /// An empty store called `place`, which lists `page` names at a time.
    pub fn new(place: impl Into<String>, page: NonZeroUsize) -> Self {
        let descriptor = Descriptor {
            backend: "memory",
            place: place.into(),
            capabilities: Capabilities { write: true, atomic_write: true, lists_by_prefix: true },
            limits: Limits { read_batch: 20, write_batch: 1, concurrency: 16 },
            rates: Rates::default(),
            settle: Duration::ZERO,
        };
        Self { descriptor, page, secrets: Mutex::default() }
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<SecretName, Vec<Payload>>> {
        // A panic elsewhere cannot leave the map half changed: each change is one assignment.
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_one(&self, wanted: &Read) -> Option<Stored> {
        let secrets = self.secrets();
        let versions = secrets.get(&wanted.name)?;
        let index = match &wanted.version {
            Some(version) => version.as_str().parse::<usize>().ok()?.checked_sub(1)?,
            None => versions.len() - 1,
        };
        let payload = versions.get(index)?.clone();
        Some(Stored { content: Content::Payload(payload), version: Some(version(index + 1)), note: None })
    }

    fn write_one(&self, change: &Change) -> Result<Receipt> {
        let mut secrets = self.secrets();
        let current = secrets.get(&change.name).map(|versions| version(versions.len()));
        let fail =
            |kind, message: &str| Err(Error::new(kind, Operation::Write, message).with_name(&change.name));
        match (&change.action, current) {
            (Action::Create(payload), None) => {
                secrets.insert(change.name.clone(), vec![payload.clone()]);
                Ok(Receipt { version: Some(version(1)) })
            }
            (Action::Create(_), Some(_)) => fail(ErrorKind::AlreadyExists, "the name is taken"),
            (Action::Replace { .. }, None) => fail(ErrorKind::NotFound, "nothing has this name"),
            (Action::Replace { expect, .. } | Action::Delete { expect }, Some(current))
                if expect.as_ref().is_some_and(|expect| *expect != current) =>
            {
                fail(ErrorKind::VersionMismatch, "it was changed meanwhile")
            }
            (Action::Replace { payload, .. }, Some(_)) => {
                let versions = secrets.entry(change.name.clone()).or_default();
                versions.push(payload.clone());
                Ok(Receipt { version: Some(version(versions.len())) })
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

    fn check(&self, name: &SecretName, _payload: &Payload) -> Result<(), Unfit> {
        if name.as_str().is_empty() {
            return Err(Unfit::new("name-invalid", "a name has at least one character"));
        }
        Ok(())
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let secrets = self.secrets();
        let after = cursor.map_or("", Cursor::as_str);
        let mut names = secrets.keys().filter(|name| {
            name.as_str().starts_with(prefix.as_str()) && (cursor.is_none() || name.as_str() > after)
        });
        let headers: Vec<_> = names.by_ref().take(self.page.get()).cloned().map(Header::live).collect();
        let more = names.next().is_some();
        let next = headers.last().filter(|_| more).map(|last| Cursor::new(last.name.as_str()));
        Ok(Page { headers, next })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        Ok(wanted.iter().map(|read| Ok(self.read_one(read))).collect())
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        Ok(changes.iter().map(|change| self.write_one(change)).collect())
    }
}

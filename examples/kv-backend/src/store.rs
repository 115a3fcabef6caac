//! The contract, method by method.

use std::time::Duration;

use airbridge_core::{
    Action, Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Header, Limits, Metadata, NamePrefix,
    Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored,
    SupportedMetadata, TextRules, Undo, Version, one_by_one,
};
use async_trait::async_trait;

use crate::client::{Client, Condition, Outcome};

/// The names and values that the service accepts.
const RULES: TextRules = TextRules {
    service: "the key-value service",
    secret: "key",
    characters: "printable ASCII characters",
    may_stand: |char| char.is_ascii_graphic() || char == ' ',
    name: 200,
    value: 32_768,
    empty: true,
};

/// Whether a secret can have this name. `.` and `..` cannot be sent, even encoded: as the last part of an address they
/// lead to another one.
fn is_name(name: &str) -> bool {
    RULES.is_name(name) && name != "." && name != ".."
}

/// One namespace of the service.
#[derive(Debug)]
pub(crate) struct KvStore {
    client: Client,
    descriptor: Descriptor,
}

impl KvStore {
    pub(crate) fn new(client: Client) -> Self {
        let descriptor = Descriptor {
            backend: "kv",
            place: client.place().to_owned(),
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: true,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 16 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        };
        Self { client, descriptor }
    }

    async fn read(&self, read: &Read) -> Result<Option<Stored>> {
        if !is_name(read.name.as_str()) {
            return Ok(None);
        }
        let Some((bytes, version)) = self.client.get(&read.name).await? else { return Ok(None) };
        // The service keeps only the newest version.
        if read.version.as_ref().is_some_and(|wanted| *wanted != version) {
            return Ok(None);
        }
        Ok(Some(match str::from_utf8(&bytes) {
            Ok(text) => Stored::payload(Payload::text(text), Some(version)),
            Err(_) => Stored::hidden(State::Binary, Some(version)),
        }))
    }

    async fn write(&self, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        let (outcome, kind, what) = match &change.action {
            Action::Create(payload) => {
                let outcome = self.put(name, payload, Condition::Absent).await?;
                (outcome, ErrorKind::AlreadyExists, "the name is taken")
            }
            Action::Replace { payload, expect } => {
                let outcome = self.put(name, payload, condition(expect.as_ref())).await?;
                (outcome, ErrorKind::VersionMismatch, "the secret has changed")
            }
            Action::Delete { .. } if !is_name(name.as_str()) => return Ok(Receipt { version: None }),
            Action::Delete { expect } => {
                let outcome = self.client.delete(name, condition(expect.as_ref())).await?;
                (outcome, ErrorKind::VersionMismatch, "the secret has changed")
            }
            _ => return Err(self.failed(ErrorKind::Unsupported, "not supported", name)),
        };
        match outcome {
            Outcome::Made(version) => Ok(Receipt { version }),
            Outcome::ConditionFailed if kind == ErrorKind::AlreadyExists => {
                Err(self.failed(kind, what, name))
            }
            // The service answers the same for an absent name.
            Outcome::ConditionFailed => match (self.client.get(name).await?, &change.action) {
                (Some(_), _) => Err(self.failed(kind, what, name)),
                (None, Action::Delete { .. }) => Ok(Receipt { version: None }),
                (None, _) => Err(self.failed(ErrorKind::NotFound, "no such secret", name)),
            },
        }
    }

    async fn put(&self, name: &SecretName, payload: &Payload, condition: Condition<'_>) -> Result<Outcome> {
        self.check(name, payload).map_err(|rejection| rejection.into_error(name))?;
        self.client.put(name, condition, RULES.text(payload, name)?).await
    }

    fn failed(&self, kind: ErrorKind, what: &str, name: &SecretName) -> Error {
        Error::write(kind, format!("{what} in {}", self.client.place()), name)
    }
}

fn condition(expect: Option<&Version>) -> Condition<'_> {
    expect.map_or(Condition::Exists, Condition::Version)
}

#[async_trait]
impl SecretStore for KvStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        RULES.check(name, payload)?;
        if is_name(name.as_str()) {
            return Ok(());
        }
        Err(Rejection::new("name-invalid", "the key-value service does not accept the names . and .."))
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _current: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "the key-value service keeps no metadata")
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        if !RULES.can_start_name(prefix.as_str()) {
            return Ok(Page { headers: Vec::new(), next: None });
        }
        let listing = self.client.list(prefix.as_str(), cursor.map(Cursor::as_str)).await?;
        let items = listing.items.into_iter();
        let items = items.filter(|item| is_name(&item.name) && item.name.starts_with(prefix.as_str()));
        let header =
            |name, etag| Header { version: Some(Version::new(etag)), ..Header::live(SecretName::new(name)) };
        Ok(Page {
            headers: items.map(|item| header(item.name, item.etag)).collect(),
            next: listing.next.map(Cursor::new),
        })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        one_by_one(wanted, |read| self.read(read)).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        one_by_one(changes, |change| self.write(change)).await
    }
}

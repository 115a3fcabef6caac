//! A folder with one file per secret, as Docker and Kubernetes mount them: `/run/secrets/NAME`.
//!
//! This is a complete adapter, written as `docs/adding-a-backend.md` describes. It is small because it knows this place
//! only: what names and values mean to Airflow, retries, rate limits and batches are the work of its callers.

mod disk;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::{
    Action, Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Header, Limits, Metadata, NamePrefix,
    Operation, Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName, SecretStore, State,
    Stored, SupportedMetadata, TextRules, Undo, one_by_one,
};
use async_trait::async_trait;

/// The names and values that a file can have.
const RULES: TextRules = TextRules {
    service: "a folder of secrets",
    secret: "file",
    characters: "ASCII letters, digits, - _ and .",
    may_stand: |char| char.is_ascii_alphanumeric() || "-_.".contains(char),
    // The longest key in Kubernetes; Linux allows file names of 255 bytes.
    name: 253,
    // What Kubernetes allows for a secret as a whole: <https://kubernetes.io/docs/concepts/configuration/secret/>
    value: 1_048_576,
    empty: true,
};

/// Names on one page of a listing. A folder needs no pages, but most services have them, so this example does too.
const PAGE: usize = 100;

/// A folder of secrets.
#[derive(Debug)]
pub struct FolderStore {
    descriptor: Descriptor,
    folder: PathBuf,
}

impl FolderStore {
    /// The secrets in `folder`.
    ///
    /// # Errors
    ///
    /// `Config` if there is no such folder: an empty listing would look like a folder without secrets.
    pub fn open(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            let message = format!("no such folder: {}", folder.display());
            return Err(
                Error::new(ErrorKind::Config, Operation::Open, message).with_hint("create it with `mkdir`")
            );
        }
        let descriptor = Descriptor {
            backend: "folder",
            place: format!("folder:{}", folder.display()),
            actor: None,
            // The system guarantees that a create never replaces a file. Files have no versions to compare.
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 8 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        };
        Ok(Self { descriptor, folder: folder.to_owned() })
    }

    fn read(&self, name: &SecretName) -> Result<Option<Stored>> {
        // No other name can have been stored, and `..` must not lead out of the folder.
        if !is_name(name.as_str()) {
            return Ok(None);
        }
        let failed = |error| disk::error(Operation::Read, &self.descriptor.place, &error);
        let Some(bytes) = disk::read(&self.folder.join(name.as_str())).map_err(failed)? else {
            return Ok(None);
        };
        Ok(Some(match String::from_utf8(bytes) {
            Ok(text) => Stored::payload(Payload::text(text), None),
            Err(error) => {
                disk::wipe(error.into_bytes());
                Stored::hidden(State::Binary, None)
            }
        }))
    }

    fn write(&self, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        match &change.action {
            // The plan has checked it, but a name such as `../x` must never get further than this.
            Action::Create(payload) | Action::Replace { payload, .. } => {
                self.check(name, payload).map_err(|rejection| rejection.into_error(name))?;
            }
            // A secret that cannot exist is deleted already.
            _ if !is_name(name.as_str()) => return Ok(Receipt { version: None }),
            _ => {}
        }
        let path = self.folder.join(name.as_str());
        let done = match &change.action {
            Action::Create(payload) => disk::create(&self.folder, &path, RULES.text(payload, name)?),
            Action::Replace { payload, .. } => disk::replace(&self.folder, &path, RULES.text(payload, name)?),
            Action::Delete { .. } => disk::delete(&path),
            _ => return Err(self.failed(ErrorKind::Unsupported, "not supported", name)),
        };
        done.map(|()| Receipt { version: None }).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => self.failed(ErrorKind::AlreadyExists, "the name is taken", name),
            io::ErrorKind::NotFound => self.failed(ErrorKind::NotFound, "no such file", name),
            _ => disk::error(Operation::Write, &self.descriptor.place, &error),
        })
    }

    fn failed(&self, kind: ErrorKind, what: &str, name: &SecretName) -> Error {
        Error::write(kind, format!("{what} in {}", self.descriptor.place), name)
    }
}

#[async_trait]
impl SecretStore for FolderStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        RULES.check(name, payload)?;
        if name.as_str().starts_with('.') {
            return Err(Rejection::new(
                "name-invalid",
                "a folder of secrets does not accept a name that starts with a dot",
            ));
        }
        Ok(())
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _current: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "a file has no metadata")
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let mut names = disk::names(&self.folder)
            .map_err(|error| disk::error(Operation::List, &self.descriptor.place, &error))?;
        names.retain(|name| {
            is_name(name)
                && name.starts_with(prefix.as_str())
                && cursor.is_none_or(|after| name.as_str() > after.as_str())
        });
        names.sort_unstable();
        let more = names.len() > PAGE;
        names.truncate(PAGE);
        let next = names.last().filter(|_| more).map(Cursor::new);
        Ok(Page {
            headers: names.into_iter().map(|name| Header::live(SecretName::new(name))).collect(),
            next,
        })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        one_by_one(wanted, async |wanted: &Read| self.read(&wanted.name)).await
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        one_by_one(changes, async |change: &Change| self.write(change)).await
    }
}

/// Whether a secret can have this name. Names that start with a dot belong to Kubernetes or to a file being written.
fn is_name(name: &str) -> bool {
    RULES.is_name(name) && !name.starts_with('.')
}

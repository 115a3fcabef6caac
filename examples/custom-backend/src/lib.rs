//! A folder with one file for each secret, as Docker and Kubernetes mount them: `/run/secrets/NAME`.
//!
//! The whole adapter, as `docs/adding-a-backend.md` explains it. It is small because it says only what is true of this
//! place: names and values become entries of Airflow's elsewhere, and repeats, pace and batches are the callers'.

mod disk;

use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::{
    Action, Capabilities, Change, Cursor, Descriptor, Error, ErrorKind, Header, Limits, Metadata, NamePrefix,
    Operation, Page, Payload, Rates, Read, Receipt, Rejection, Result, SecretName, SecretStore, State,
    Stored, SupportedMetadata, TextRules,
};
use async_trait::async_trait;

/// What can be a file here, and what it can hold.
const RULES: TextRules = TextRules {
    service: "a folder of secrets",
    secret: "file",
    characters: "ASCII letters, digits, - _ and .",
    may_stand: |char| char.is_ascii_alphanumeric() || "-_.".contains(char),
    // The longest name of a file on Linux, and of a key in Kubernetes.
    name: 253,
    // What Kubernetes allows for a secret as a whole: <https://kubernetes.io/docs/concepts/configuration/secret/>
    value: 1_048_576,
    empty: true,
};

/// Names on one page of a listing. A folder has no pages; services do, and these are like theirs.
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
    /// `Config` if there is no such folder: an empty listing would look like a place without secrets.
    pub fn open(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            let message = format!("{} is no folder", folder.display());
            return Err(
                Error::new(ErrorKind::Config, Operation::Open, message).with_hint("make it first: mkdir")
            );
        }
        let descriptor = Descriptor {
            backend: "folder",
            place: format!("folder:{}", folder.display()),
            // A create never replaces; a file has no version that a replace could be held to.
            capabilities: Capabilities {
                write: true,
                atomic_write: true,
                versions: false,
                metadata: false,
                lists_by_prefix: true,
            },
            limits: Limits { read_batch: 1, write_batch: 1, concurrency: 8 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
        };
        Ok(Self { descriptor, folder: folder.to_owned() })
    }

    fn read(&self, name: &SecretName) -> Result<Option<Stored>> {
        let failed = |error| disk::error(Operation::Read, &self.descriptor.place, &error).with_name(name);
        // Nothing else can have been stored, and `..` must not lead out of the folder.
        if !is_name(name.as_str()) {
            return Ok(None);
        }
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
        let new = |kind, what: &str| {
            let message = format!("{what} in {}", self.descriptor.place);
            Error::write(kind, message, name)
        };
        if !is_name(name.as_str()) {
            return match change.action {
                Action::Delete { .. } => Ok(Receipt { version: None }),
                _ => Err(new(ErrorKind::InvalidName, "no file can have this name")),
            };
        }
        let path = self.folder.join(name.as_str());
        let done = match &change.action {
            Action::Create(Payload::Text(text)) => disk::create(&self.folder, &path, text),
            Action::Replace { payload: Payload::Text(text), .. } => disk::replace(&self.folder, &path, text),
            Action::Delete { .. } => disk::delete(&path),
            _ => return Err(new(ErrorKind::Unsupported, "files hold texts, and nothing else can be done")),
        };
        match done {
            Ok(()) => Ok(Receipt { version: None }),
            Err(error) => match error.kind() {
                std::io::ErrorKind::AlreadyExists => Err(new(ErrorKind::AlreadyExists, "the name is taken")),
                std::io::ErrorKind::NotFound => Err(new(ErrorKind::NotFound, "nothing has this name")),
                _ => Err(disk::error(Operation::Write, &self.descriptor.place, &error).with_name(name)),
            },
        }
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
                "a folder of secrets takes no name with a dot in front",
            ));
        }
        Ok(())
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _there: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "a file has no room for it")
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
        Ok(wanted.iter().map(|wanted| self.read(&wanted.name)).collect())
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        Ok(changes.iter().map(|change| self.write(change)).collect())
    }
}

/// Whether this is the name of a secret. What begins with a dot is Kubernetes' own, or being written.
fn is_name(name: &str) -> bool {
    RULES.is_name(name) && !name.starts_with('.')
}

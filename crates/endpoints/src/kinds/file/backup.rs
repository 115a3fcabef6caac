//! Backups: bundles of what a run is about to replace or delete, written before its first change.

use std::fmt;
use std::path::{Path, PathBuf};

use airbridge_airflow::file::Bundle;
use airbridge_airflow::{EntryId, Kind, Layout, Scheme};
use airbridge_backend_files::OutputFile;
use airbridge_bundle::{Key, Lock, decrypt, encrypt};
use airbridge_core::{Content, DocumentError, Payload, Record, SecretText, Warning};
use zeroize::Zeroizing;

use super::bundle::{Used, key, lock};
use crate::bundle::SavedValues;
use crate::error::{Error, Result};
use crate::files::UsedFile;
use crate::naming;
use crate::open::OpenOptions;

/// A backup that will be written.
pub struct NewBackup {
    path: PathBuf,
    lock: Lock,
    file: OutputFile,
}

impl fmt::Debug for NewBackup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewBackup").field("path", &self.path).finish_non_exhaustive()
    }
}

impl NewBackup {
    /// Checks the path and the keys. Returns the files that they name, and what the user should know about them.
    ///
    /// # Errors
    ///
    /// The file exists or cannot be written, or it is not said who can decrypt it.
    pub fn prepare(path: &Path, options: &OpenOptions) -> Result<(Self, Vec<UsedFile>, Vec<Warning>)> {
        let label = path.display().to_string();
        if path.extension().is_none_or(|extension| extension != "age") {
            return Err(Error::usage(format!("{label} is not the name of a bundle"))
                .hint("name a file that ends in .age for --backup"));
        }
        if path.symlink_metadata().is_ok() {
            return Err(Error::usage(format!("{label} exists, and a backup is a new file"))
                .hint("name another file for --backup"));
        }
        let mut used = Used::default();
        let lock = lock(&options.env, &options.bundle, &label, &mut used)?;
        let file = OutputFile::prepare(path)?;
        used.files.push(UsedFile::written(path, "the backup"));
        Ok((Self { path: path.to_owned(), lock, file }, used.files, used.notes))
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Encrypts and writes the whole backup.
    ///
    /// # Errors
    ///
    /// The values cannot be encrypted, or the file cannot be written.
    pub fn write(self, values: SavedValues) -> Result<()> {
        let SavedValues { rules, former, written } = values;
        let bundle = Bundle { rules, records: records(former)?, written: records(written)? };
        let plain = bundle.to_text();
        if !Bundle::parse(&plain)
            .is_ok_and(|read| read.records == bundle.records && read.written == bundle.written)
        {
            return Err(Error::usage("the former values cannot be written to a bundle without a change"));
        }
        let cipher = encrypt(plain.expose().as_bytes(), &self.lock)
            .map_err(|error| about(&self.path.display().to_string(), &error))?;
        Ok(self.file.write(&cipher)?)
    }
}

impl SavedValues {
    /// Decrypts a backup. Returns also the files that its keys are in, and what the user should know about them.
    ///
    /// # Errors
    ///
    /// The file cannot be read or decrypted, or is not a bundle.
    pub fn read(path: &Path, options: &OpenOptions) -> Result<(Self, Vec<UsedFile>, Vec<Warning>)> {
        let label = path.display().to_string();
        let mut used = Used::default();
        let key: Key = key(&options.env, &options.bundle, Some(path), &label, &mut used)?;
        used.files.push(UsedFile::read(path, "the backup"));
        let cipher = airbridge_backend_files::read_input(path).map_err(|error| {
            Error::usage(format!("{label} cannot be read: {}", airbridge_core::why(&error)))
                .hint("name the file that --backup wrote")
        })?;
        let damaged = |error: DocumentError| about(&label, &error);
        let mut bytes = decrypt(&cipher, &key).map_err(damaged)?;
        let plain = match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => SecretText::new(text),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                return Err(Error::usage(format!("{label}: the content is not a bundle of airbridge")));
            }
        };
        let Bundle { rules, records, written } = Bundle::parse(&plain).map_err(damaged)?;
        let layout = layout()?;
        let entries =
            |records: Vec<Record>| records.into_iter().filter_map(|record| entry(&layout, record)).collect();
        Ok((Self { rules, former: entries(records), written: entries(written) }, used.files, used.notes))
    }
}

fn about(label: &str, error: &DocumentError) -> Error {
    Error::usage(format!("{label}: {error}")).maybe_hint(error.hint.as_deref())
}

fn layout() -> Result<Layout> {
    naming::layout(
        &Scheme::Files { kinds: Kind::ALL.to_vec() },
        airbridge_airflow::AirflowVersion::default(),
        None,
    )
}

fn records(entries: Vec<(EntryId, Payload)>) -> Result<Vec<Record>> {
    let layout = layout()?;
    let record = |(id, payload): (EntryId, Payload)| {
        // A backup is of one team, whose name its run records.
        let name = layout.name_of(&id.with_team(None)).map_err(|error| Error::usage(error.message))?;
        let content = Content::Payload(payload);
        Ok(Record { name, content, note: None, left_out: Vec::new(), metadata: None })
    };
    entries.into_iter().map(record).collect()
}

fn entry(layout: &Layout, record: Record) -> Option<(EntryId, Payload)> {
    use airbridge_airflow::Parsed;
    let (Parsed::Exact(id), Content::Payload(payload)) = (layout.parse(&record.name), record.content) else {
        return None;
    };
    Some((id, payload))
}

//! What is done on the disk. Errors are put into words here, for the system's own name paths that nobody asked about.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use airbridge_core::{Error, ErrorKind, Operation, SecretText};
use tempfile::NamedTempFile;
use zeroize::Zeroize;

/// The names of the files in a folder, in any order.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Kubernetes mounts links to files; folders and pipes are no secrets.
        if entry.path().is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

/// What a file holds; `None` if there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file that nobody else can read; it is there whole or not at all. Fails if the name is taken.
pub(crate) fn create(folder: &Path, path: &Path, text: &SecretText) -> io::Result<()> {
    written(folder, text)?.persist_noclobber(path).map(drop).map_err(|failed| failed.error)
}

/// Puts another file in its place. Fails if there is none.
pub(crate) fn replace(folder: &Path, path: &Path, text: &SecretText) -> io::Result<()> {
    fs::symlink_metadata(path)?;
    written(folder, text)?.persist(path).map(drop).map_err(|failed| failed.error)
}

/// Removes a file, if there is one.
pub(crate) fn delete(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// A file with a name of its own that is only readable by its owner, and goes if it is dropped.
fn written(folder: &Path, text: &SecretText) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.expose().as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Values do not stay in memory that is given back.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.zeroize();
}

/// Which kind an error of the disk is. Everything is decided from the kind: repeats, one entry's end, the run's end.
pub(crate) fn error(operation: Operation, place: &str, error: &io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::PermissionDenied, "check the folder's owner and mode")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::QuotaExceeded, "make room, then run it again")
        }
        io::ErrorKind::Interrupted | io::ErrorKind::TimedOut => (ErrorKind::Unavailable, "run it again"),
        _ => (ErrorKind::Unexpected, "look at the folder and its disk"),
    };
    Error::new(kind, operation, format!("{operation} in {place} failed: {}", error.kind())).with_hint(hint)
}

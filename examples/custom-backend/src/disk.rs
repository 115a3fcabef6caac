//! The calls to the disk, and the function that turns its errors into kinds.

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
        // Kubernetes mounts links to files, which `is_file` follows. Folders and pipes are not secrets.
        if entry.path().is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

/// The content of a file; `None` if it does not exist.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates a file that only its owner can read, as a whole or not at all. Fails if the name is taken.
pub(crate) fn create(folder: &Path, path: &Path, text: &SecretText) -> io::Result<()> {
    written(folder, text)?.persist_noclobber(path).map(drop).map_err(|failed| failed.error)
}

/// Replaces a file. Fails if it does not exist.
pub(crate) fn replace(folder: &Path, path: &Path, text: &SecretText) -> io::Result<()> {
    fs::symlink_metadata(path)?;
    written(folder, text)?.persist(path).map(drop).map_err(|failed| failed.error)
}

/// Removes a file, if it exists.
pub(crate) fn delete(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// A new file with a temporary name that only its owner can read. It is removed on drop.
fn written(folder: &Path, text: &SecretText) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.expose().as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Overwrites the bytes, so that the value does not stay in freed memory.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.zeroize();
}

/// Turns an error of the disk into an error with a kind, by which callers decide about retries and the end of the run.
/// The message has the system's description of the kind only, because its full message can contain other paths.
pub(crate) fn error(operation: Operation, place: &str, error: &io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::PermissionDenied, "check the folder's owner and mode")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::QuotaExceeded, "free some space, then run again")
        }
        io::ErrorKind::Interrupted | io::ErrorKind::TimedOut => (ErrorKind::Unavailable, "run again"),
        _ => (ErrorKind::Unexpected, "check the folder and its disk"),
    };
    Error::new(kind, operation, format!("{operation} in {place} failed: {}", error.kind())).with_hint(hint)
}

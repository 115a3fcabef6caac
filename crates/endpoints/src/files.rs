//! The files that a run uses, so that none of its outputs replaces one of them.

use std::io;
use std::path::{Path, PathBuf};

use airbridge_backend_files::{FileIdentity, read_input};
use airbridge_core::Environment;
use zeroize::Zeroizing;

use crate::variables::{Role, role};

/// A file that an endpoint or a run reads or writes.
#[derive(Clone, Debug)]
pub struct UsedFile {
    /// The path, as it was given.
    pub path: PathBuf,
    /// What it is, as messages name it: "the rules file".
    pub what: String,
    /// Whether the run writes it.
    pub written: bool,
}

impl UsedFile {
    /// A file that is read.
    pub fn read(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), written: false }
    }

    /// A file that is written.
    pub fn written(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self { written: true, ..Self::read(path, what) }
    }

    /// What its path leads to.
    pub fn identity(&self) -> FileIdentity {
        FileIdentity::of(&self.path)
    }
}

/// Variables that name files, besides those of services.
const OTHERS: [&str; 2] = ["AIRFLOW_CONFIG", "SSL_CERT_FILE"];

/// Files in the home folder that services' libraries read.
const IN_HOME: [&str; 4] = [
    ".aws/config",
    ".aws/credentials",
    ".config/gcloud/application_default_credentials.json",
    ".vault-token",
];

/// The files that libraries of services find by the environment, as far as they exist.
pub(crate) fn of_environment(env: &Environment) -> Vec<UsedFile> {
    let named = env.iter().filter(|(name, _)| role(name) == Role::File || OTHERS.contains(name));
    let named =
        named.map(|(name, value)| UsedFile::read(value.expose(), format!("the file that {name} names")));
    let home = env.get("HOME").map(Path::new).into_iter();
    let home = home.flat_map(|home| {
        IN_HOME.map(|file| UsedFile::read(home.join(file), format!("~/{file}, which holds credentials")))
    });
    named.chain(home).filter(|file| file.path.is_file()).collect()
}

/// The text of a file or a pipe, at most 256 MiB.
///
/// # Errors
///
/// It cannot be read, is a folder, is larger, or is not UTF-8 ([`io::ErrorKind::InvalidData`]).
pub fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    text(&read_input(path)?)
}

/// The text of standard input, as [`read_text`].
///
/// # Errors
///
/// As [`read_text`].
pub fn read_stdin_text() -> io::Result<Zeroizing<String>> {
    text(&airbridge_backend_files::read_stdin_now()?)
}

fn text(bytes: &[u8]) -> io::Result<Zeroizing<String>> {
    let text = std::str::from_utf8(bytes).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok(Zeroizing::new(text.to_owned()))
}

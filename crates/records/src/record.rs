//! The record of one run, from its first write to its end.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::folder::{RunId, StateFolder, make_folder, new_file};
use crate::journal::{Journal, Line};

/// What a run was asked to do. No field holds a secret: none can be given on the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// `airbridge.record/1`.
    pub schema: String,
    /// When it began.
    pub started: Timestamp,
    /// The version of airbridge.
    pub airbridge: String,
    /// `copy`, `import`, `export` or `undo`.
    pub command: String,
    /// The source as the user wrote it.
    pub from: String,
    /// The target as the user wrote it.
    pub to: String,
    /// The keys of `--from` and `--to`.
    pub from_keys: Vec<String>,
    /// The keys of the target.
    pub to_keys: Vec<String>,
    /// The folder in which it ran, from which relative paths count.
    pub directory: PathBuf,
    /// The file of `--config`.
    pub config: Option<PathBuf>,
    /// The team of `--team`.
    pub team: Option<String>,
    /// The file of `--backup`, as an absolute path.
    #[serde(default)]
    pub backup: Option<PathBuf>,
    /// The plan, as `plan --output json` prints it.
    pub plan: Value,
}

/// The schema of [`Header`].
pub(crate) const SCHEMA: &str = "airbridge.record/1";

/// The record of a run that has begun. Its journal is locked until it ends, so that others see that it is running.
#[derive(Debug)]
pub struct Record {
    id: RunId,
    path: PathBuf,
    pub(crate) journal: Journal,
}

impl Record {
    /// Makes the folder of a run, writes what it was asked to do, and begins its journal.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn begin(folder: &StateFolder, header: Header) -> io::Result<Self> {
        let id = RunId::new(header.started);
        // A run that is killed here has no record, instead of half of one.
        let begun = folder.runs().join(format!(".{id}"));
        make_folder(&begun)?;
        write_whole(
            &begun,
            "run.json",
            &serde_json::to_vec(&Header { schema: SCHEMA.to_owned(), ..header })?,
        )?;
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).mode(0o600).open(begun.join("journal.jsonl"))?;
        lock(&file)?;
        let path = folder.runs().join(id.as_str());
        std::fs::rename(&begun, &path)?;
        Ok(Self { id, path, journal: Journal::new(file) })
    }

    /// A record without a folder.
    #[cfg(test)]
    pub(crate) fn with_journal(journal: Journal) -> Self {
        Self { id: RunId::new(Timestamp::now()), path: PathBuf::new(), journal }
    }

    /// The name of the run.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends the record: the report, then a last line in the journal.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn end(&self, exit: u8, report: &Value) -> io::Result<()> {
        write_whole(&self.path, "report.json", &serde_json::to_vec(report)?)?;
        self.journal.write(&[Line::End { at: Timestamp::now(), exit }])?;
        self.journal.sync()
    }
}

/// Locks the journal until this process ends. On a file system without locks the run goes on without one.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(std::fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes a file that is there whole or not at all.
fn write_whole(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let sibling = folder.join(format!(".{name}"));
    let mut file = new_file(&sibling)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(sibling, folder.join(name))
}

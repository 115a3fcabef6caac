//! A SQLite file that no program has open.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use airbridge_core::{Error, ErrorKind, Operation, Result};

/// The bytes of the header that say whether the file has a write-ahead log. <https://www.sqlite.org/fileformat.html>
const VERSIONS: std::ops::Range<usize> = 18..20;

/// A file in write-ahead-log mode that no program has open, so that no log file exists. Even a reader would create the log,
/// which changes the folder. So SQLite reads it as a file that does not change, and [`check`](Self::check) makes sure that it
/// did not.
#[derive(Debug)]
pub(crate) struct StillFile {
    path: PathBuf,
    seen: Option<(u64, SystemTime)>,
}

impl StillFile {
    /// The file, if it is one.
    pub(crate) fn new(path: &Path) -> Option<Self> {
        let mut header = [0; VERSIONS.end];
        fs::File::open(path).ok()?.read_exact(&mut header).ok()?;
        let has_log = header.get(VERSIONS)?.iter().all(|version| *version == 2);
        let found = Self { path: path.to_owned(), seen: look(path) };
        (has_log && !found.is_in_use()).then_some(found)
    }

    fn is_in_use(&self) -> bool {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        fs::metadata(log).is_ok()
    }

    /// Fails if a program has written the file, or has opened it to write it.
    pub(crate) fn check(&self, operation: Operation, place: &str) -> Result<()> {
        if look(&self.path) == self.seen && !self.is_in_use() {
            return Ok(());
        }
        let message = format!("{place} was opened by another program while it was read");
        Err(Error::new(ErrorKind::Unavailable, operation, message))
    }
}

fn look(path: &Path) -> Option<(u64, SystemTime)> {
    let found = fs::metadata(path).ok()?;
    Some((found.len(), found.modified().ok()?))
}

//! A file without secrets that is written at the end of a run, such as a report.

use std::path::{Path, PathBuf};

use airbridge_core::{Operation, Result};

use crate::disk::{Staged, Steps};
use crate::error;

/// A file that will be written as a whole. It is prepared before the run, so that a path that cannot be written is found
/// then; what the path held stays until the new content replaces it. A new file is readable by its owner only.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    staged: Staged,
}

impl OutputFile {
    /// Creates a temporary file beside `path`. It is removed on drop.
    ///
    /// # Errors
    ///
    /// The folder or the existing file cannot be written.
    pub fn prepare(path: &Path) -> Result<Self> {
        let staged = Staged::empty(path, Steps::default()).map_err(|error| classify(&error, path))?;
        Ok(Self { path: path.to_owned(), staged })
    }

    /// Writes the content and puts it in place in one step.
    ///
    /// # Errors
    ///
    /// The disk is full, or the folder has changed.
    pub fn write(mut self, bytes: &[u8]) -> Result<()> {
        let written = self.staged.fill(bytes).and_then(|()| self.staged.commit());
        written.map(drop).map_err(|error| classify(&error, &self.path))
    }
}

fn classify(error: &std::io::Error, path: &Path) -> airbridge_core::Error {
    error::classify(error, Operation::Write, &path.display().to_string())
}

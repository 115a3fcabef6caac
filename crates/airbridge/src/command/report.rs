//! `--report FILE`: the JSON document in a file, however the run ends.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::{Failure, Outcome, why};
use crate::output::pretty;

/// A report file. It is opened before anything else, so that a path that cannot be written is reported at once.
#[derive(Debug)]
pub(super) struct Report {
    file: Option<(PathBuf, File)>,
}

impl Report {
    /// Opens `path`, if there is one. Its content is replaced only when the report is written.
    pub(super) fn open(path: Option<&Path>) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self { file: None }) };
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(|error| {
            Failure::usage(format!("the report {} cannot be written: {}", path.display(), why(&error)))
                .hint("give --report a file in an existing folder")
        })?;
        Ok(Self { file: Some((path.to_owned(), file)) })
    }

    /// Writes the document.
    pub(super) fn write(&mut self, document: &Value) -> Outcome<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let text = pretty(document);
        // A pipe or /dev/null cannot be truncated or synced.
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let emptied = if is_file { file.set_len(0) } else { Ok(()) };
        let written =
            emptied.and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.write_all(b"\n"));
        written.and_then(|()| if is_file { file.sync_all() } else { Ok(()) }).map_err(|error| {
            Failure::failed(
                "output",
                format!("the report {} cannot be written: {}", path.display(), error.kind()),
            )
        })
    }
}

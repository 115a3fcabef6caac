//! `--report FILE`: the JSON document in a file, however the run ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use airbridge_endpoints::OutputFile;
use rustix::fs::OFlags;
use serde_json::Value;

use crate::failure::{Failure, Outcome, why};
use crate::output::pretty;

/// How an earlier report begins.
const BEGIN: &[u8] = b"{\n  \"schema\": \"airbridge.";

/// A report that will be written at the end of the run. Its path is checked before anything else, so that one that cannot
/// be written is found at once.
#[derive(Debug)]
pub(super) struct Report(Option<(PathBuf, Sink)>);

#[derive(Debug)]
enum Sink {
    /// A file, which is replaced as a whole.
    File(OutputFile),
    /// A pipe or a device.
    Stream(File),
}

impl Report {
    /// Prepares `path`, if there is one. What it holds stays until the report is written.
    pub(super) fn prepare(path: Option<&Path>) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self(None)) };
        let is_stream = std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        let sink = if is_stream {
            stream(path).map(Sink::Stream).map_err(|error| match rustix::io::Errno::from_io_error(&error) {
                Some(rustix::io::Errno::NXIO) => "no program reads from it".to_owned(),
                _ => why(&error),
            })
        } else {
            OutputFile::prepare(path).map(Sink::File).map_err(|error| {
                let message = error.message();
                let start = format!("{} cannot be written: ", path.display());
                message.strip_prefix(start.as_str()).unwrap_or(message).to_owned()
            })
        };
        let sink = sink.map_err(|why| {
            Failure::usage(format!("the report {} cannot be written: {why}", path.display()))
                .hint("give --report a file in an existing folder")
        })?;
        Ok(Self(Some((path.to_owned(), sink))))
    }

    /// Drops the report if its path holds anything but an earlier report. It may be a file that the run uses: a run that
    /// failed before its endpoints were known cannot tell. Returns the path.
    pub(super) fn give_up_unless_harmless(&mut self) -> Option<PathBuf> {
        let harmless = match &self.0 {
            Some((path, Sink::File(_))) => is_empty_or_report(path),
            Some((_, Sink::Stream(_))) | None => true,
        };
        if harmless { None } else { self.0.take().map(|(path, _)| path) }
    }

    /// Writes the document.
    pub(super) fn write(self, document: &Value) -> Outcome<()> {
        let Some((path, sink)) = self.0 else { return Ok(()) };
        let text = pretty(document) + "\n";
        let failed = |what: String| Failure::failed("output", what);
        match sink {
            Sink::File(file) => file
                .write(text.as_bytes())
                .map_err(|error| failed(format!("the report {}", error.message())).maybe_hint(error.hint())),
            Sink::Stream(mut stream) => stream.write_all(text.as_bytes()).map_err(|error| {
                failed(format!("the report {} cannot be written: {}", path.display(), error.kind()))
            }),
        }
    }
}

/// Opens a pipe or a device. A pipe that no program reads is an error, instead of waiting for one.
fn stream(path: &Path) -> std::io::Result<File> {
    let flag = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let stream = OpenOptions::new().write(true).custom_flags(flag).open(path)?;
    // From here on, writing waits for the reader.
    rustix::fs::fcntl_setfl(&stream, OFlags::empty())?;
    Ok(stream)
}

fn is_empty_or_report(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return !path.exists() };
    let mut start = Vec::new();
    let read = file.take(BEGIN.len() as u64).read_to_end(&mut start);
    read.is_ok() && (start.is_empty() || start == BEGIN)
}

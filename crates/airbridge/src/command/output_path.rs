//! A path on the command line that a run writes at its end, besides the target.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use airbridge_endpoints::OutputFile;
use rustix::fs::OFlags;

use crate::failure::{Failure, Outcome, why};

/// What will be written at the end of the run. The path is checked before anything else, so that one that cannot be written
/// is found at once. What it holds stays until then.
#[derive(Debug)]
pub(super) struct OutputPath {
    path: PathBuf,
    /// What it is, as messages name it: "the report".
    what: &'static str,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    /// A file, which is replaced as a whole.
    File(OutputFile),
    /// A pipe or a device.
    Stream(File),
}

impl OutputPath {
    /// Prepares a path; `option` is the option that names it.
    pub(super) fn prepare(path: &Path, what: &'static str, option: &str) -> Outcome<Self> {
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
            Failure::usage(format!("{what} {} cannot be written: {why}", path.display()))
                .hint(format!("give {option} a file in an existing folder"))
        })?;
        Ok(Self { path: path.to_owned(), what, sink })
    }

    /// The path, as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a pipe or a device, which holds nothing to lose.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.sink, Sink::Stream(_))
    }

    /// Writes the whole content.
    pub(super) fn write(self, text: &str) -> Outcome<()> {
        let Self { path, what, sink } = self;
        let failed = |message: String| Failure::failed("output", message);
        match sink {
            Sink::File(file) => file
                .write(text.as_bytes())
                .map_err(|error| failed(format!("{what} {}", error.message())).maybe_hint(error.hint())),
            Sink::Stream(mut stream) => stream.write_all(text.as_bytes()).map_err(|error| {
                failed(format!("{what} {} cannot be written: {}", path.display(), error.kind()))
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

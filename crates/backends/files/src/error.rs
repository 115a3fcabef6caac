//! Where the operating system's word becomes a kind, a sentence and a way out.

use std::io;

use airbridge_core::{DocumentError, Error, ErrorKind, Operation};

use crate::bytes::SIZE_LIMIT;

/// `subject` is the path as the user gave it, or the stream. Every sentence names it first.
pub(crate) fn classify(error: &io::Error, operation: Operation, subject: &str) -> Error {
    let (kind, what, hint) = match operation {
        Operation::Write => write_fault(error.kind()),
        _ => read_fault(error.kind()),
    }
    .unwrap_or((ErrorKind::Unexpected, "", ""));
    if hint.is_empty() {
        // The system's own words: they describe the call and cannot hold what stands in the file.
        let verb = if operation == Operation::Write { "written" } else { "read" };
        return Error::new(kind, operation, format!("{subject} cannot be {verb}: {error}"));
    }
    Error::new(kind, operation, format!("{subject} {what}")).with_hint(hint)
}

type Fault = Option<(ErrorKind, &'static str, &'static str)>;

fn read_fault(kind: io::ErrorKind) -> Fault {
    use io::ErrorKind as Io;
    Some(match kind {
        Io::NotFound => (ErrorKind::NotFound, "does not exist", "check the path"),
        Io::PermissionDenied => (
            ErrorKind::PermissionDenied,
            "cannot be read: permission denied",
            "run as a user who may read it, or change its permissions",
        ),
        Io::IsADirectory => (
            ErrorKind::Config,
            "is a folder where a file is expected",
            "name a file in it, or `format=folder`",
        ),
        Io::NotADirectory => {
            (ErrorKind::Config, "cannot be: a part of its path is a file, not a folder", "check the path")
        }
        Io::InvalidFilename => (ErrorKind::Config, "is too long for a file name", "check the path"),
        Io::FileTooLarge => {
            const { assert!(SIZE_LIMIT == 256 << 20, "the sentence below says it") };
            (
                ErrorKind::Config,
                "is larger than 256 MiB, the most that is read",
                "split it into several files",
            )
        }
        _ => return None,
    })
}

fn write_fault(kind: io::ErrorKind) -> Fault {
    use io::ErrorKind as Io;
    Some(match kind {
        Io::NotFound => {
            (ErrorKind::Config, "cannot be written: its folder does not exist", "make the folder first")
        }
        Io::PermissionDenied => (
            ErrorKind::PermissionDenied,
            "cannot be written: permission denied",
            "run as the owner of the file, and see that it and its folder may be written",
        ),
        Io::ReadOnlyFilesystem => (
            ErrorKind::PermissionDenied,
            "cannot be written: the file system is read-only",
            "write to another place, or mount it for writing",
        ),
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => (
            ErrorKind::QuotaExceeded,
            "cannot be written: there is no room left on its disk",
            "make room and run again; a file that was there is as it was",
        ),
        Io::ResourceBusy | Io::CrossesDevices => (
            ErrorKind::Config,
            "cannot be replaced: it is a mount of its own",
            "mount the folder that holds it instead of the single file",
        ),
        Io::BrokenPipe => (
            ErrorKind::Unexpected,
            "was closed before everything was written",
            "the program that reads it ended early; run again when it reads to the end",
        ),
        Io::IsADirectory | Io::NotADirectory | Io::InvalidFilename => return read_fault(kind),
        _ => return None,
    })
}

/// A file that its format cannot understand.
pub(crate) fn document(error: &DocumentError, operation: Operation, subject: &str) -> Error {
    let sentence = Error::new(ErrorKind::Config, operation, format!("{subject}: {error}"));
    match &error.hint {
        Some(hint) => sentence.with_hint(hint),
        None => sentence,
    }
}

/// A file that is not what it was when it was listed, or just before it would have been replaced.
pub(crate) fn moved(subject: &str) -> Error {
    Error::new(
        ErrorKind::VersionMismatch,
        Operation::Write,
        format!("{subject} was changed by somebody else since it was read; it was left as it is"),
    )
    .with_hint("run again: the plan is then made from what is there now")
}

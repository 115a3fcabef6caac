//! Turns errors of the operating system into kinds, messages and hints.

use std::io;

use airbridge_core::{DocumentError, Error, ErrorKind, Operation};

use crate::bytes::SIZE_LIMIT;

/// `subject` is the path as the user gave it, or the stream. Every message starts with it.
pub(crate) fn classify(error: &io::Error, operation: Operation, subject: &str) -> Error {
    let (kind, what, hint) = match operation {
        Operation::Write => write_fault(error.kind()),
        _ => read_fault(error.kind()),
    }
    .unwrap_or((ErrorKind::Unexpected, "", ""));
    if hint.is_empty() {
        // The system's message describes the call and cannot contain content of the file.
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
            "run as a user with read permission, or change the permissions of the file",
        ),
        Io::IsADirectory => (
            ErrorKind::Config,
            "is a folder where a file is expected",
            "name a file in it, or `format=folder`",
        ),
        Io::NotADirectory => {
            (ErrorKind::Config, "is not a valid path: a part of it is a file, not a folder", "check the path")
        }
        Io::InvalidInput => {
            (ErrorKind::Config, "is not a regular file", "name a file, or `-` for standard input or output")
        }
        Io::InvalidFilename => (ErrorKind::Config, "is too long for a file name", "check the path"),
        Io::FileTooLarge => {
            const { assert!(SIZE_LIMIT == 256 << 20, "the message below names the limit") };
            (ErrorKind::Config, "is larger than the maximum of 256 MiB", "split it into several files")
        }
        _ => return None,
    })
}

fn write_fault(kind: io::ErrorKind) -> Fault {
    use io::ErrorKind as Io;
    Some(match kind {
        Io::NotFound => {
            (ErrorKind::Config, "cannot be written: its folder does not exist", "create the folder")
        }
        Io::PermissionDenied => (
            ErrorKind::PermissionDenied,
            "cannot be written: permission denied",
            "run as the owner of the file, and check the permissions of the file and its folder",
        ),
        Io::ReadOnlyFilesystem => (
            ErrorKind::PermissionDenied,
            "cannot be written: the file system is read-only",
            "write to another path, or mount the file system read-write",
        ),
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => (
            ErrorKind::QuotaExceeded,
            "cannot be written: no space left on the disk",
            "free some space and run again; an existing file is unchanged",
        ),
        Io::ResourceBusy | Io::CrossesDevices => (
            ErrorKind::Config,
            "cannot be replaced: it is a mount point",
            "mount its folder instead of the single file",
        ),
        Io::InvalidInput => (
            ErrorKind::Config,
            "is not a regular file and cannot be replaced",
            "name a file, or `-` for standard output",
        ),
        Io::WouldBlock => (
            ErrorKind::Unavailable,
            "cannot be written: another run of airbridge is writing into its folder",
            "run the same command again when the other run has ended",
        ),
        Io::BrokenPipe => (
            ErrorKind::Unexpected,
            "was closed before everything was written",
            "check why the reading program ended early, then run again",
        ),
        Io::IsADirectory | Io::NotADirectory | Io::InvalidFilename => return read_fault(kind),
        _ => return None,
    })
}

/// The error for a file that its format cannot understand.
pub(crate) fn document(error: &DocumentError, operation: Operation, subject: &str) -> Error {
    let failed = Error::new(ErrorKind::Config, operation, format!("{subject}: {error}"));
    match &error.hint {
        Some(hint) => failed.with_hint(hint),
        None => failed,
    }
}

/// The error for a file that changed after it was listed, or just before it would have been replaced.
pub(crate) fn moved(subject: &str) -> Error {
    Error::new(
        ErrorKind::VersionMismatch,
        Operation::Write,
        format!("{subject} was changed by another program after it was read, so it was not replaced"),
    )
    .with_hint("run the same command again to make a new plan")
}

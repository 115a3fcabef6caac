//! Standard input and output, each as a whole.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use airbridge_core::{Operation, Result};
use zeroize::Zeroizing;

use crate::bytes::{SIZE_LIMIT, read_whole};
use crate::disk::read_input;
use crate::{blocking, error};

/// Standard input in messages.
pub(crate) const STDIN: &str = "standard input";
/// Standard output in messages.
pub(crate) const STDOUT: &str = "standard output";

/// Reads standard input to its end, at most 256 MiB. It can be read once only.
///
/// # Errors
///
/// Standard input cannot be read, or is larger.
pub async fn read_stdin() -> Result<Zeroizing<Vec<u8>>> {
    blocking::run(Operation::Open, || {
        read_stdin_now().map_err(|error| error::classify(&error, Operation::Open, STDIN))
    })
    .await
}

/// Reads standard input to its end on this thread, at most 256 MiB.
///
/// # Errors
///
/// As [`read_input`](crate::read_input).
pub fn read_stdin_now() -> io::Result<Zeroizing<Vec<u8>>> {
    // The handle of the standard library has a buffer that is never wiped.
    let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    read_whole(stdin, 0, SIZE_LIMIT)
}

/// Whether standard input is a socket. Reads nothing.
pub fn stdin_is_socket() -> bool {
    let stdin = io::stdin().as_fd().try_clone_to_owned().map(File::from);
    stdin.and_then(|stdin| stdin.metadata()).is_ok_and(|found| found.file_type().is_socket())
}

/// Reads a pipe that has a path to its end, at most 256 MiB. It waits until another program writes into it.
///
/// # Errors
///
/// The pipe cannot be read, or has more.
pub async fn read_pipe(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let path = path.to_owned();
    blocking::run(Operation::Open, move || {
        read_input(&path)
            .map_err(|error| error::classify(&error, Operation::Open, &path.display().to_string()))
    })
    .await
}

/// Writes all bytes to standard output, without the library's buffer for the same reason.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    File::from(io::stdout().as_fd().try_clone_to_owned()?).write_all(bytes)
}

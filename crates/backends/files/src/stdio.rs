//! Standard input and output, each as a whole.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use airbridge_core::{Operation, Result};
use zeroize::Zeroizing;

use crate::bytes::{SIZE_LIMIT, read_whole};
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
        // The handle of the standard library has a buffer that is never wiped.
        let stdin = io::stdin().as_fd().try_clone_to_owned().map(File::from);
        stdin
            .and_then(|stdin| read_whole(stdin, 0, SIZE_LIMIT))
            .map_err(|error| error::classify(&error, Operation::Open, STDIN))
    })
    .await
}

/// Writes all bytes to standard output, without the library's buffer for the same reason.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    File::from(io::stdout().as_fd().try_clone_to_owned()?).write_all(bytes)
}

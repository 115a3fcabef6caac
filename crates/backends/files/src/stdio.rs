//! Standard input and output, whole.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use airbridge_core::{Operation, Result};
use zeroize::Zeroizing;

use crate::bytes::{SIZE_LIMIT, read_whole};
use crate::{blocking, error};

/// What messages call standard input.
pub(crate) const STDIN: &str = "standard input";
/// What messages call standard output.
pub(crate) const STDOUT: &str = "standard output";

/// Everything on standard input, at most 256 MiB; read it once and early, since it cannot be read again.
pub async fn read_stdin() -> Result<Zeroizing<Vec<u8>>> {
    blocking::run(Operation::Open, || {
        // The library's own handle keeps what it reads in a buffer that nobody wipes.
        let stdin = io::stdin().as_fd().try_clone_to_owned().map(File::from);
        stdin
            .and_then(|stdin| read_whole(stdin, 0, SIZE_LIMIT))
            .map_err(|error| error::classify(&error, Operation::Open, STDIN))
    })
    .await
}

/// Writes everything to standard output, past the library's buffer for the same reason.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    File::from(io::stdout().as_fd().try_clone_to_owned()?).write_all(bytes)
}

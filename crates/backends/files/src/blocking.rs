//! Work that waits for a disk or a pipe.

use airbridge_core::{Error, ErrorKind, Operation, Result};

/// Runs `work`, which waits for a disk or a pipe, on a thread of its own. Once started it runs to its end, even if the
/// caller is cancelled, so that no file is left half replaced.
pub(crate) async fn run<T: Send + 'static>(
    operation: Operation,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::new(ErrorKind::Unexpected, operation, "the program is shutting down")),
        },
    }
}

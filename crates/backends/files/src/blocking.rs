//! Work that waits for a disk or a pipe.

use airbridge_core::{Error, ErrorKind, Operation, Result};

/// Runs `work`, which waits for a disk or a pipe, where it does not hold up the program. Once begun it goes on to its
/// end, even if nobody waits for it any more: a file is not left half replaced.
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

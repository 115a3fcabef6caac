//! A single call with the patience of a listing: for opening a store, which no wrapper retries.

use std::future::Future;

use tokio::time::sleep;

use super::THROTTLE_TIMEOUT;
use super::retry_policy::{Passing, RetryPolicy};
use crate::Result;

/// Calls `call` again after a temporary fault, with the delays and limits of a read. `call` must be safe to repeat.
///
/// # Errors
/// The first error that a repetition would not change, or the last one when there are no attempts left.
pub async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut policy = RetryPolicy::new(THROTTLE_TIMEOUT);
    loop {
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let delay =
            Passing::of(error.kind()).and_then(|passing| policy.grant(passing, error.retry_after(), None));
        match delay {
            Some(delay) => {
                tracing::debug!("retry in {delay:?}: {}", error.kind().word());
                sleep(delay).await;
            }
            None => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::patiently;
    use crate::{Error, ErrorKind, Operation};

    #[tokio::test(start_paused = true)]
    async fn temporary_faults_are_repeated_and_others_are_not() {
        for (kind, calls) in [
            (ErrorKind::RateLimited, 3),
            (ErrorKind::Unavailable, 3),
            (ErrorKind::AnswerLost, 3),
            (ErrorKind::Unauthenticated, 1),
            (ErrorKind::Config, 1),
        ] {
            let mut made = 0;
            let outcome = patiently(|| {
                made += 1;
                let outcome = if made < 3 { Err(Error::new(kind, Operation::Open, "x")) } else { Ok(()) };
                async move { outcome }
            });
            let outcome = outcome.await;
            assert_eq!((outcome.is_ok(), made), (calls == 3, calls), "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn fault_that_stays_is_reported() {
        let outcome =
            patiently(|| async { Err::<(), _>(Error::new(ErrorKind::Unavailable, Operation::Open, "down")) });
        assert_eq!(outcome.await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}

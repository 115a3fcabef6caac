//! One budget for all endpoints of one place.

use std::sync::{Arc, Mutex, PoisonError};

use super::rate_limiter::RateLimiter;
use crate::{Operation, Quota};

/// The limiters of one run. Two stores of one place (an account and region, a project, a vault) whose calls of a class may
/// be as many a second share that class's limiter, and so do not exceed it together.
#[derive(Clone, Debug, Default)]
pub struct RateLimiters(Arc<Mutex<Vec<Known>>>);

#[derive(Debug)]
struct Known {
    place: String,
    quota: Option<Quota>,
    limiter: Arc<RateLimiter>,
}

impl RateLimiters {
    /// The limiter for calls of this class to `place`.
    pub(super) fn limiter(
        &self,
        place: &str,
        operation: Operation,
        quota: Option<Quota>,
    ) -> Arc<RateLimiter> {
        // Whoever panicked here has added a limiter or has not.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Known| {
            known.place == place && known.limiter.operation() == operation && known.quota == quota
        };
        if let Some(known) = known.iter().find(same) {
            return Arc::clone(&known.limiter);
        }
        let limiter = Arc::new(RateLimiter::new(operation, quota));
        known.push(Known { place: place.to_owned(), quota, limiter: Arc::clone(&limiter) });
        limiter
    }
}

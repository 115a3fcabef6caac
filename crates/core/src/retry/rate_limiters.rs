//! One rate limit for all stores of one place.

use std::sync::{Arc, Mutex, PoisonError};

use super::rate_limiter::RateLimiter;
use crate::{Operation, Quota};

/// The rate limiters of one run. Two stores of one place (an account and region, a project, a vault) with the same rate
/// for an operation share its limiter, so that together they do not exceed it.
#[derive(Clone, Debug, Default)]
pub struct RateLimiters(Arc<Mutex<Vec<Known>>>);

#[derive(Debug)]
struct Known {
    place: String,
    quota: Option<Quota>,
    limiter: Arc<RateLimiter>,
}

impl RateLimiters {
    /// The limiter for one operation at `place`.
    pub(super) fn limiter(
        &self,
        place: &str,
        operation: Operation,
        quota: Option<Quota>,
    ) -> Arc<RateLimiter> {
        // The list is valid at every point at which a panic could poison the lock.
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

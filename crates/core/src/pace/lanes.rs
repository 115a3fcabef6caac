//! One budget for all endpoints of one place.

use std::sync::{Arc, Mutex, PoisonError};

use super::lane::Lane;
use crate::{Operation, Quota};

/// The lanes of one run. Two stores of one place (an account and region, a project, a vault) whose calls of a class may
/// be as many a second share that class's lane, and so do not exceed it together.
#[derive(Clone, Debug, Default)]
pub struct Lanes(Arc<Mutex<Vec<Known>>>);

#[derive(Debug)]
struct Known {
    place: String,
    quota: Option<Quota>,
    lane: Arc<Lane>,
}

impl Lanes {
    /// The lane for calls of this class to `place`.
    pub(super) fn lane(&self, place: &str, operation: Operation, quota: Option<Quota>) -> Arc<Lane> {
        // Whoever panicked here has added a lane or has not.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Known| {
            known.place == place && known.lane.operation() == operation && known.quota == quota
        };
        if let Some(known) = known.iter().find(same) {
            return Arc::clone(&known.lane);
        }
        let lane = Arc::new(Lane::new(operation, quota));
        known.push(Known { place: place.to_owned(), quota, lane: Arc::clone(&lane) });
        lane
    }
}

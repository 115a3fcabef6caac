//! The faults, the requests, and what the server and a test share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The request is passed on, and so is its answer.
    Nothing,
    /// The server never sees the request. The answer has this status, and a body that contains
    /// [`CANARY`](crate::CANARY).
    Answer {
        /// The HTTP status.
        status: u16,
        /// The value of `Retry-After`, in whole seconds.
        retry_after: Option<Duration>,
    },
    /// The server never sees the request, and the connection is closed without an answer.
    CutBefore,
    /// The server carries out the request, and the connection is closed without an answer.
    CutAfter,
    /// The server carries out the request, and the connection is closed within the answer.
    CutWithin,
    /// The server never sees the request, and no answer ever comes: for tests of a timeout.
    Silence,
}

impl WireFault {
    /// An answer with this status and without `Retry-After`.
    pub fn answer(status: u16) -> Self {
        Self::Answer { status, retry_after: None }
    }
}

/// One request that came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// The method: `GET`, `PUT` …
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query as it was sent, without `?`; empty if there is none.
    pub query: String,
    /// The number of requests before it.
    pub number: usize,
}

pub(super) type Cue = dyn Fn(&WireRequest) -> WireFault + Send + Sync;

/// What the server and the test share.
pub(super) struct State {
    /// Host and port of the server behind.
    pub(super) upstream: String,
    pub(super) cue: Mutex<Arc<Cue>>,
    pub(super) requests: Mutex<Vec<WireRequest>>,
}

/// What is behind a lock; each state that a panic can leave is a valid one.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

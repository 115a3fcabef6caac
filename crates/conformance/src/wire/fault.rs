//! The faults, the requests, and what the server and a test share.

use std::sync::atomic::AtomicUsize;
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
    /// The server never sees the request. The answer asks to send it to this address instead, with the status 307.
    Redirect(String),
    /// The server never sees the request. The answer is a page in HTML with the status 200, as of a gateway where one must
    /// sign in.
    Page,
    /// The server never sees the request. The answer has this status and no body.
    Empty(u16),
    /// The server never sees the request. The answer has the status 200 and a body without an end, which is cut after
    /// [`ENDLESS`](Self::ENDLESS) bytes. With `announced` its header promises 10 GB.
    Endless {
        /// Whether the header says how long the body is.
        announced: bool,
    },
    /// The server never sees the request. The answer has the status 200, and a body without an end comes byte by byte.
    Slow,
    /// The server never sees the request. The answer has this status, and the connection is closed within it.
    CutAnswer(u16),
    /// The server never sees the request. The answer has this status, and this body of JSON.
    Says {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The server never sees the request. The answer has this status, and is an error of one service that quotes the request.
    Echo {
        /// The HTTP status.
        status: u16,
        /// The JSON of the error, with `ECHO` in place of the quoted request.
        form: &'static str,
    },
}

impl WireFault {
    /// The bytes of a body without an end.
    pub const ENDLESS: usize = 128 << 20;
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
    /// The header `X-Amz-Target`, which names the operation at services of AWS; empty if there is none.
    pub target: String,
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
    /// The bytes of endless bodies that the client has taken.
    pub(super) taken: AtomicUsize,
}

/// What is behind a lock; each state that a panic can leave is a valid one.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

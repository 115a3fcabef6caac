//! An HTTP server that fails on cue, for an adapter's own tests.
//!
//! [`Wire`] stands in front of the real test server and passes requests on until a test asks for a fault. [`run`] asks for
//! each fault in turn and holds the adapter to this table:
//!
//! | the server | on a list or read | on a write |
//! | --- | --- | --- |
//! | answers 429 with `Retry-After: 7` | `RateLimited`, retry after 7 s | `RateLimited`, retry after 7 s |
//! | answers 500, 502 or 504 | `Unavailable` | `AnswerLost`: the write may have happened |
//! | answers 503 | `Unavailable` | `Unavailable` if the service promises that nothing was done, else `AnswerLost` |
//! | closes the connection without an answer | `Unavailable` or `AnswerLost` | `AnswerLost` |
//! | closes the connection within the answer | `Unavailable` or `AnswerLost` | `AnswerLost` |
//!
//! In each case an adapter sends the request once, because [`RetryingStore`](airbridge_core::RetryingStore) repeats; it
//! shows nothing of the answer's body; and an error about one name carries that name.
//!
//! ```no_run
//! # use airbridge_conformance::{Subject, wire::{self, Wire}};
//! # async fn test(subject_at: fn(String) -> Subject) {
//! let wire = Wire::start("http://127.0.0.1:8200").await;
//! // The subject of the adapter's conformance test, with a store that is opened at `wire.url()`.
//! wire::run(&wire, subject_at(wire.url()), |request| request.method != "GET").await;
//! # }
//! ```

mod promises;
mod proxy;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

pub use promises::run;

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

type Cue = dyn Fn(&WireRequest) -> WireFault + Send + Sync;

/// A server on a free port of this machine that passes requests on to another one and fails on cue. It stops when it is
/// dropped.
pub struct Wire {
    port: u16,
    path: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

struct State {
    /// Host and port of the server behind.
    upstream: String,
    cue: Mutex<Arc<Cue>>,
    requests: Mutex<Vec<WireRequest>>,
}

impl Wire {
    /// Stands in front of `upstream`, such as `http://127.0.0.1:8200/kv`. Requests pass until [`fail`](Self::fail).
    ///
    /// # Panics
    ///
    /// If `upstream` is not an `http://` address, or no port can be opened.
    pub async fn start(upstream: &str) -> Self {
        let Some(address) = upstream.strip_prefix("http://") else {
            panic!("{upstream} does not start with http://: the wire passes on plain HTTP only")
        };
        let (host, path) = address.find('/').map_or((address, ""), |slash| address.split_at(slash));
        let state = Arc::new(State {
            upstream: host.to_owned(),
            cue: Mutex::new(Arc::new(|_: &WireRequest| WireFault::Nothing)),
            requests: Mutex::default(),
        });
        let (port, server) = match proxy::listen(Arc::clone(&state)).await {
            Ok(listening) => listening,
            Err(error) => panic!("cannot listen on 127.0.0.1: {error}"),
        };
        Self { port, path: path.to_owned(), state, server }
    }

    /// The address to give to the adapter: this server, with the path of `upstream`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.path)
    }

    /// From now on `cue` decides for each request what goes wrong with it.
    pub fn fail(&self, cue: impl Fn(&WireRequest) -> WireFault + Send + Sync + 'static) {
        *held(&self.state.cue) = Arc::new(cue);
    }

    /// From now on all requests pass.
    pub fn mend(&self) {
        self.fail(|_| WireFault::Nothing);
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<WireRequest> {
        held(&self.state.requests).clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("url", &self.url())
            .field("upstream", &self.state.upstream)
            .finish_non_exhaustive()
    }
}

/// What is behind a lock; each state that a panic can leave is a valid one.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

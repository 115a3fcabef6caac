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
//! | closes the connection within the answer | `Unavailable` or `AnswerLost` | `AnswerLost`, or success if the status is all that the answer says |
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

mod fault;
mod hostile;
mod promises;
mod proxy;
mod quoted;
mod repeats;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use fault::{State, held};

pub use fault::{WireFault, WireRequest};
pub use hostile::run_hostile;
pub use promises::run;

/// A server on a free port of this machine that passes requests on to another one and fails on cue. It stops when it is
/// dropped.
pub struct Wire {
    scheme: &'static str,
    host: &'static str,
    port: u16,
    path: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

impl Wire {
    /// Stands in front of `upstream`, such as `http://127.0.0.1:8200/kv`. Requests pass until [`fail`](Self::fail).
    ///
    /// # Panics
    ///
    /// If `upstream` is not an `http://` address, or no port can be opened.
    pub async fn start(upstream: &str) -> Self {
        Self::listen(upstream, None).await
    }

    /// The same, with TLS between the adapter and this server, for the host `localhost`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_tls(upstream: &str, acceptor: TlsAcceptor) -> Self {
        Self::listen(upstream, Some(acceptor)).await
    }

    async fn listen(upstream: &str, acceptor: Option<TlsAcceptor>) -> Self {
        let Some(address) = upstream.strip_prefix("http://") else {
            panic!("{upstream} does not start with http://: the wire passes on plain HTTP only")
        };
        let (host, path) = address.find('/').map_or((address, ""), |slash| address.split_at(slash));
        let state = Arc::new(State {
            upstream: host.to_owned(),
            cue: Mutex::new(Arc::new(|_: &WireRequest| WireFault::Nothing)),
            requests: Mutex::default(),
            taken: AtomicUsize::new(0),
        });
        let (scheme, host) = if acceptor.is_some() { ("https", "localhost") } else { ("http", "127.0.0.1") };
        let (port, server) = match proxy::listen(Arc::clone(&state), acceptor).await {
            Ok(listening) => listening,
            Err(error) => panic!("cannot listen on 127.0.0.1: {error}"),
        };
        Self { scheme, host, port, path: path.to_owned(), state, server }
    }

    /// The address to give to the adapter: this server, with the path of `upstream`.
    pub fn url(&self) -> String {
        format!("{}://{}:{}{}", self.scheme, self.host, self.port, self.path)
    }

    /// From now on `cue` decides for each request what goes wrong with it.
    pub fn fail(&self, cue: impl Fn(&WireRequest) -> WireFault + Send + Sync + 'static) {
        *held(&self.state.cue) = Arc::new(cue);
    }

    /// From now on all requests pass.
    pub fn mend(&self) {
        self.fail(|_| WireFault::Nothing);
    }

    /// The most bytes of an endless body that a client has taken.
    pub fn taken(&self) -> usize {
        self.state.taken.load(Ordering::SeqCst)
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

//! A strict test double of Secret Manager: an HTTP server that answers and rejects as the service does.
//!
//! Unlike the emulator, it has pages, lag and throttling, checks names, sizes and checksums, and fails on a disabled latest
//! version. It follows recordings of the real service (project numbers in names, enums as numbers on request, newest
//! first), and `witness.rs` checks it with Google's own Python client and Airflow's own backend. A test on the double is
//! not a test on the real service.

pub(crate) mod reply;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use airbridge_core::SecretStore;
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use reply::Path;
use state::State;

/// The number of every project. The real service names projects by their numbers, whatever the request says.
pub(crate) const NUMBER: &str = "123456789012";

/// The fault of one call.
pub(crate) enum Fault {
    /// None.
    Nothing,
    /// The call is not executed and gets this response.
    Before(ResponseTemplate),
    /// The call is executed and gets this response.
    After(ResponseTemplate),
    /// The call is executed, and the response comes after a minute.
    Lost,
}

/// One call that the double received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The method and the kind of call: `POST addVersion`, `GET list`, `GET access`.
    pub(crate) what: String,
    /// The secret's id; empty for listings.
    pub(crate) id: String,
    /// The number of earlier calls of the same kind.
    pub(crate) number: usize,
}

/// The settings of a double.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behavior {
    /// Maximum number of names on one page.
    pub(crate) page: usize,
    /// How long listings and `latest` show the previous state.
    pub(crate) lag: Duration,
    /// The region that is served; `None` for global secrets.
    pub(crate) location: Option<&'static str>,
}

type Faults = dyn Fn(&Call) -> Fault + Send + Sync;

/// A running double.
pub(crate) struct Double {
    server: MockServer,
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    calls: Mutex<Vec<Call>>,
    cue: Box<Faults>,
}

impl Double {
    /// A double without lag and faults.
    pub(crate) async fn new() -> Self {
        Self::with(Behavior { page: 25_000, lag: Duration::ZERO, location: None }, |_| Fault::Nothing).await
    }

    /// A double without lag, with the fault that `cue` chooses for each call.
    pub(crate) async fn failing(cue: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Self {
        Self::with(Behavior { page: 25_000, lag: Duration::ZERO, location: None }, cue).await
    }

    /// A double with these settings, and with the fault that `cue` chooses for each call.
    pub(crate) async fn with(
        behavior: Behavior,
        cue: impl Fn(&Call) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        let inner =
            Inner { state: Mutex::new(State::new(behavior)), calls: Mutex::default(), cue: Box::new(cue) };
        let inner = Arc::new(inner);
        Mock::given(any()).respond_with(Answers(Arc::clone(&inner))).mount(&server).await;
        Self { server, inner }
    }

    /// The address of the double.
    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// A store on its project `acme`.
    pub(crate) async fn store(&self) -> Arc<dyn SecretStore> {
        super::store(super::settings("acme", &self.url())).await
    }

    /// The kinds of the calls so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.log().iter().map(|call| call.what.clone()).collect()
    }

    /// The number of calls of this kind so far.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.log().iter().filter(|call| call.what == what).count()
    }

    /// The bodies of the requests so far that have one.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        requests.iter().filter_map(|request| request.body_json().ok()).collect()
    }

    /// The header of this name in the last request.
    pub(crate) async fn last_header(&self, name: &str) -> Option<String> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        requests.last()?.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// The values of a secret's versions, oldest first.
    pub(crate) fn versions(&self, id: &str) -> Vec<Vec<u8>> {
        self.state()
            .secret(id)
            .map(|secret| secret.versions.iter().map(|v| v.data.clone()).collect())
            .unwrap_or_default()
    }

    /// Creates a container with these annotations and this age.
    pub(crate) fn make(&self, id: &str, annotations: &[(&str, &str)], age: Duration) {
        let annotations =
            annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
        let created = SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        self.state().make(id, annotations, created);
    }

    /// Adds a version.
    pub(crate) fn add(&self, id: &str, data: &[u8]) {
        self.state().add(id, data);
    }

    /// Applies `disable`, `enable` or `destroy` to the latest version.
    pub(crate) fn act(&self, id: &str, verb: &str) {
        self.state().act(id, verb);
    }

    /// Makes the checksum of the latest version wrong.
    pub(crate) fn damage(&self, id: &str) {
        if let Some(version) = self.state().secret_mut(id).and_then(|secret| secret.versions.last_mut()) {
            version.checksum += 1;
        }
    }

    /// An annotation of a secret.
    pub(crate) fn annotation(&self, id: &str, key: &str) -> Option<String> {
        self.state().secret(id)?.annotations.get(key)?.as_str().map(str::to_owned)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state()
    }

    fn log(&self) -> MutexGuard<'_, Vec<Call>> {
        self.inner.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, what: String, id: String) -> Call {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let number = calls.iter().filter(|call| call.what == what).count();
        let call = Call { what, id, number };
        calls.push(call.clone());
        call
    }
}

struct Answers(Arc<Inner>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path = match Path::parse(request) {
            Ok(path) => path,
            Err(refusal) => return *refusal,
        };
        let call = self.0.note(path.name(), path.id().to_owned());
        let fault = (self.0.cue)(&call);
        if let Fault::Before(answer) = fault {
            return answer;
        }
        let answer = self.0.state().answer(&path, request, Instant::now()).unwrap_or_else(|refusal| *refusal);
        match fault {
            Fault::Nothing | Fault::Before(_) => answer,
            Fault::After(answer) => answer,
            Fault::Lost => answer.set_delay(Duration::from_mins(1)),
        }
    }
}

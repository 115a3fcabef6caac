//! A strict stand-in for Secret Manager: an HTTP server that refuses what the service refuses and answers as it does.
//!
//! No emulator pages, lags, throttles, checks names, sizes or checksums, or fails on a disabled latest version; this one
//! does. It is held to recorded replies of the real service (project numbers in names, enums as numbers when asked so,
//! newest first) and proved with Google's own Python client and Airflow's own backend (`witness.rs`). It stays a
//! double: what passes here was not tried on the real service.

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

/// The number that every project has here; the real service names projects by theirs, whatever was asked for.
pub(crate) const NUMBER: &str = "123456789012";

/// What goes wrong with one call.
pub(crate) enum Fault {
    /// Nothing does.
    Nothing,
    /// It is answered like this and not carried out.
    Before(ResponseTemplate),
    /// It is carried out and answered like this.
    After(ResponseTemplate),
    /// It is carried out, and the answer comes too late for anybody.
    Lost,
}

/// One call that the double got: `POST addVersion`, `GET list`, `GET access` …
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The method, and what the call is about.
    pub(crate) what: String,
    /// The secret's id; empty for listings.
    pub(crate) id: String,
    /// How many calls of the same kind there were before.
    pub(crate) number: usize,
}

/// How strict and how slow it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Names on one page, at most, whatever is asked for.
    pub(crate) page: usize,
    /// How long listings and `latest` show the state before.
    pub(crate) lag: Duration,
    /// The region whose endpoint this is; the global one if none.
    pub(crate) location: Option<&'static str>,
}

type Cue = dyn Fn(&Call) -> Fault + Send + Sync;

/// The double, with everything it holds.
pub(crate) struct Double {
    server: MockServer,
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    calls: Mutex<Vec<Call>>,
    cue: Box<Cue>,
}

impl Double {
    /// Quick and without faults.
    pub(crate) async fn new() -> Self {
        Self::with(Manners { page: 25_000, lag: Duration::ZERO, location: None }, |_| Fault::Nothing).await
    }

    /// With faults on cue.
    pub(crate) async fn failing(cue: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Self {
        Self::with(Manners { page: 25_000, lag: Duration::ZERO, location: None }, cue).await
    }

    /// With these manners, and faults on cue.
    pub(crate) async fn with(manners: Manners, cue: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Self {
        let server = MockServer::start().await;
        let inner =
            Inner { state: Mutex::new(State::new(manners)), calls: Mutex::default(), cue: Box::new(cue) };
        let inner = Arc::new(inner);
        Mock::given(any()).respond_with(Answers(Arc::clone(&inner))).mount(&server).await;
        Self { server, inner }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// A store of its project `acme`.
    pub(crate) async fn store(&self) -> Arc<dyn SecretStore> {
        super::store(super::settings("acme", &self.url())).await
    }

    /// The calls so far, without what they were about.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.log().iter().map(|call| call.what.clone()).collect()
    }

    /// How many calls of this kind there were.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.log().iter().filter(|call| call.what == what).count()
    }

    /// The bodies of requests so far, those without one left out.
    pub(crate) async fn bodies(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        requests.iter().filter_map(|request| request.body_json().ok()).collect()
    }

    /// The last request's header of this name.
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

    /// Makes a container by hand, with these annotations, this long ago.
    pub(crate) fn make(&self, id: &str, annotations: &[(&str, &str)], age: Duration) {
        let annotations =
            annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
        let created = SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        self.state().make(id, annotations, created);
    }

    /// Adds a version by hand.
    pub(crate) fn add(&self, id: &str, data: &[u8]) {
        self.state().add(id, data);
    }

    /// Does something to the latest version: `disable`, `enable`, `destroy`.
    pub(crate) fn act(&self, id: &str, verb: &str) {
        self.state().act(id, verb);
    }

    /// Damages the latest version's checksum, as a fault on the way would.
    pub(crate) fn damage(&self, id: &str) {
        if let Some(version) = self.state().secret_mut(id).and_then(|secret| secret.versions.last_mut()) {
            version.checksum += 1;
        }
    }

    /// The annotations of a secret.
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

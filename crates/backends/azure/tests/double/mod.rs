//! A strict test double of Azure Key Vault, because there is no emulator. It follows recordings of the real service, and
//! `witness.rs` checks it with Microsoft's own Python client. A test on the double is not a test on the real service.
//!
//! | topic | file |
//! | --- | --- |
//! | the secrets of a vault and the requests for them | `vault.rs` |
//! | the recorded replies | `replies.rs` |
//! | token services: of directories, of App Service, of virtual machines | `identity.rs` |
//! | an application's certificate and its assertions | `application.rs` |
//! | connections, the proxy | `server.rs` |

#![expect(dead_code, reason = "each test file uses a part")]

mod application;
#[path = "../../../../http/testing/certificates.rs"]
pub(crate) mod certificates;
pub(crate) mod identity;
pub(crate) mod replies;
mod server;
mod vault;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use application::Application;
use identity::Tokens;
pub(crate) use replies::Reply;
use vault::Vault;

/// The directory whose tokens all vaults accept.
pub(crate) const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// A fault of one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The request is not executed and gets this reply.
    Answer(Reply),
    /// The request is executed, and the connection is closed without a reply.
    Lose,
    /// The request is executed after this time.
    Delay(Duration),
}

/// A running double. Each host is its own vault, created by the first request.
#[derive(Clone)]
pub(crate) struct Double {
    shared: Arc<Shared>,
    tls: SocketAddr,
    plain: SocketAddr,
    ca: Arc<tempfile::NamedTempFile>,
}

/// Shared by all connections.
pub(crate) struct Shared {
    state: Mutex<State>,
    tls: SocketAddr,
}

#[derive(Default)]
pub(crate) struct State {
    vaults: BTreeMap<String, Vault>,
    pub(crate) tokens: Tokens,
    switches: Switches,
    /// Method, part of the path, remaining count, and the fault.
    faults: Vec<(&'static str, String, usize, Fault)>,
    log: Vec<String>,
    /// The time of the last set, and the level of the rate limiter then.
    sets: Option<(Instant, f64)>,
}

/// Settings of the double; the default is a fast service without faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switches {
    /// How long a deletion or a recovery takes.
    pub(crate) lag: Duration,
    /// The number of empty pages before each page of a listing and after the last.
    pub(crate) empty_pages: usize,
    /// The host in the address of the next page, if it is not the vault's.
    pub(crate) next_host: Option<String>,
    /// The challenge, if it is not the recorded one.
    pub(crate) challenge: Option<String>,
    /// The rate limit of sets, per second, with a burst of [`BURST`]. Sets beyond it are throttled.
    pub(crate) sets_per_second: Option<f64>,
}

/// How many sets beyond the rate are accepted at once.
const BURST: f64 = 5.0;

/// The parts of a request that the double looks at.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Double {
    /// Starts a double; it stops with the test's runtime.
    pub(crate) async fn start() -> Self {
        server::start().await
    }

    /// The vault that tests use: `https://localhost:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.tls.port())
    }

    pub(crate) fn place(&self) -> String {
        format!("azure:localhost:{}", self.tls.port())
    }

    /// The address of the machine's identity services and of the proxy.
    pub(crate) fn plain(&self) -> String {
        format!("http://{}", self.plain)
    }

    /// The PEM file of the certificate authority.
    pub(crate) fn ca(&self) -> &Path {
        self.ca.path()
    }

    /// The next `times` requests of this method whose path contains `part` meet the fault.
    pub(crate) fn fail(&self, method: &'static str, part: &str, times: usize, fault: Fault) {
        self.state().faults.push((method, part.to_owned(), times, fault));
    }

    /// All following requests of this method whose path contains `part` get this reply.
    pub(crate) fn answer(&self, method: &'static str, part: &str, reply: Reply) {
        self.fail(method, part, usize::MAX, Fault::Answer(reply));
    }

    /// Removes all faults.
    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    pub(crate) fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state().switches);
    }

    /// The requests since the last call of this function: method, path, and remarks.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// The number of requests that start with this since the last call of `asked`. Throttled sets are logged as
    /// `throttled`.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.state().log.iter().filter(|line| line.starts_with(start)).count()
    }

    /// Puts a secret with these attributes into the vault at `localhost`.
    pub(crate) fn put(&self, name: &str, value: &str, attributes: &Value) {
        let body = json!({"value": value, "attributes": attributes});
        self.state().vault("localhost").put(name, &body);
    }

    /// Makes a secret belong to a certificate.
    pub(crate) fn manage(&self, name: &str) {
        self.state().vault("localhost").manage(name);
    }

    /// Deletes a secret.
    pub(crate) fn bury(&self, name: &str) {
        self.state().vault("localhost").bury(name);
    }

    /// The number of versions of a secret, and the tags of the newest.
    pub(crate) fn seen(&self, name: &str) -> (usize, Value) {
        self.state().vault("localhost").seen(name)
    }

    /// Gives the application a new certificate, and returns the PEM file with its key.
    pub(crate) fn certificate(&self) -> String {
        let (known, pem) = Application::make();
        self.state().tokens.certificate = Some(known);
        pem
    }

    /// The requests to token services.
    pub(crate) fn sign_ins(&self) -> Vec<String> {
        self.state().tokens.asked.clone()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn vault(&mut self, host: &str) -> &mut Vault {
        self.vaults.entry(host.to_owned()).or_default()
    }

    /// The fault for a request, counted down.
    fn fault(&mut self, asked: &Asked) -> Option<Fault> {
        let meets = |(method, part, times, _): &&mut (&str, String, usize, Fault)| {
            *times > 0 && asked.method == *method && asked.path.contains(part.as_str())
        };
        let (_, _, times, fault) = self.faults.iter_mut().find(|fault| meets(fault))?;
        *times -= 1;
        Some(fault.clone())
    }

    /// Answers a request to a vault.
    fn serve(&mut self, asked: &Asked) -> Reply {
        let host = asked.host.split(':').next().unwrap_or_default().to_owned();
        let resource =
            if host.ends_with(".azure.cn") { "https://vault.azure.cn" } else { "https://vault.azure.net" };
        let challenge = self.switches.challenge.clone();
        let challenge = challenge.unwrap_or_else(|| replies::challenge(TENANT, resource));
        if let Err(reply) = self.tokens.check(asked, resource, &challenge) {
            return reply;
        }
        let versions = ["7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"];
        if !asked.query.get("api-version").is_some_and(|version| versions.contains(&version.as_str())) {
            return replies::bad_parameter("api-version is not supported");
        }
        if asked.method == "PUT" && self.is_too_much() {
            self.log.push("throttled".to_owned());
            return replies::throttled();
        }
        let switches = self.switches.clone();
        self.vault(&host).serve(asked, &switches)
    }

    /// Whether one more set now would exceed the rate.
    fn is_too_much(&mut self) -> bool {
        let Some(rate) = self.switches.sets_per_second else { return false };
        let (last, level) = self.sets.unwrap_or((Instant::now(), 0.0));
        let level = (level - last.elapsed().as_secs_f64() * rate).max(0.0);
        let over = level > BURST;
        self.sets = Some((Instant::now(), if over { level } else { level + 1.0 }));
        over
    }
}

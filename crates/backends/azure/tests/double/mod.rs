//! A strict double of Azure Key Vault, for no server of it can be had: held to what the real service was recorded to
//! send, and judged by Microsoft's own Python client in `witness.rs`. What runs on it was not run on the service.
//!
//! | to see | look at |
//! | --- | --- |
//! | the secrets of a vault, and what may be done with them | `vault.rs` |
//! | the recorded replies | `replies.rs` |
//! | token services: of directories, of App Service, of virtual machines | `identity.rs` |
//! | an application's certificate, and what it signs | `application.rs` |
//! | connections, the proxy | `server.rs` |

#![expect(dead_code, reason = "each test file takes what it needs")]

mod application;
#[path = "../../../../http/testing/certificates.rs"]
mod certificates;
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

/// The directory that all vaults trust.
pub(crate) const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It is not carried out, and this is answered.
    Answer(Reply),
    /// It is carried out, and the answer lost.
    Lose,
    /// It is carried out after this time.
    Delay(Duration),
}

/// A running double. Vaults are told apart by their hosts, and made when they are first asked for something.
#[derive(Clone)]
pub(crate) struct Double {
    shared: Arc<Shared>,
    tls: SocketAddr,
    plain: SocketAddr,
    ca: Arc<tempfile::NamedTempFile>,
}

/// What all connections see.
pub(crate) struct Shared {
    state: Mutex<State>,
    tls: SocketAddr,
}

#[derive(Default)]
pub(crate) struct State {
    vaults: BTreeMap<String, Vault>,
    pub(crate) tokens: Tokens,
    switches: Switches,
    /// Method, part of the path, how often, and what.
    faults: Vec<(&'static str, String, usize, Fault)>,
    log: Vec<String>,
    /// When the last set was let through, and how many were then on their way at once.
    sets: Option<(Instant, f64)>,
}

/// What differs from a quick and quiet service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switches {
    /// How long a deletion or a recovery takes to be seen.
    pub(crate) lag: Duration,
    /// How many empty pages come before each page of a listing, and after the last.
    pub(crate) empty_pages: usize,
    /// Another host for the next page of a listing.
    pub(crate) next_host: Option<String>,
    /// Another challenge than the recorded one.
    pub(crate) challenge: Option<String>,
    /// Sets a second that are let through, and [`BURST`] more at once; the others are throttled.
    pub(crate) sets_per_second: Option<f64>,
}

/// How many calls more than the rate allows are let through at once.
const BURST: f64 = 5.0;

/// A request, as far as it matters.
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
    /// Starts one; it ends with the test's runtime.
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

    /// Where the machine's identity services are, and the proxy.
    pub(crate) fn plain(&self) -> String {
        format!("http://{}", self.plain)
    }

    /// The certificate authority's file.
    pub(crate) fn ca(&self) -> &Path {
        self.ca.path()
    }

    /// The next `times` calls of this method whose path contains `part` go wrong.
    pub(crate) fn fail(&self, method: &'static str, part: &str, times: usize, fault: Fault) {
        self.state().faults.push((method, part.to_owned(), times, fault));
    }

    /// The next calls of this method whose path contains `part` are answered so, for good.
    pub(crate) fn answer(&self, method: &'static str, part: &str, reply: Reply) {
        self.fail(method, part, usize::MAX, Fault::Answer(reply));
    }

    /// No call goes wrong any more.
    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    pub(crate) fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state().switches);
    }

    /// What was asked since this was last called: method and path, `?` and the query's names where they matter.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// How often this was asked since `asked` was last called; `throttled` for what was refused as too much.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.state().log.iter().filter(|line| line.starts_with(start)).count()
    }

    /// A secret with these attributes, made by the service's own hands, in the vault at `host`.
    pub(crate) fn put(&self, name: &str, value: &str, attributes: &Value) {
        let body = json!({"value": value, "attributes": attributes});
        self.state().vault("localhost").put(name, &body);
    }

    /// Lets a certificate own a secret.
    pub(crate) fn manage(&self, name: &str) {
        self.state().vault("localhost").manage(name);
    }

    /// Lets a secret be deleted, to wait for its end.
    pub(crate) fn bury(&self, name: &str) {
        self.state().vault("localhost").bury(name);
    }

    /// How many versions a secret has, and the tags of the newest.
    pub(crate) fn seen(&self, name: &str) -> (usize, Value) {
        self.state().vault("localhost").seen(name)
    }

    /// Gives the application a certificate; the PEM file with its key, which nobody else has.
    pub(crate) fn certificate(&self) -> String {
        let (known, pem) = Application::make();
        self.state().tokens.certificate = Some(known);
        pem
    }

    /// What token services were asked.
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

    /// The fault that meets a call, which is used up by it.
    fn fault(&mut self, asked: &Asked) -> Option<Fault> {
        let meets = |(method, part, times, _): &&mut (&str, String, usize, Fault)| {
            *times > 0 && asked.method == *method && asked.path.contains(part.as_str())
        };
        let (_, _, times, fault) = self.faults.iter_mut().find(|fault| meets(fault))?;
        *times -= 1;
        Some(fault.clone())
    }

    /// Answers a call to a vault.
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

    /// Whether one more set now would be over the rate.
    fn is_too_much(&mut self) -> bool {
        let Some(rate) = self.switches.sets_per_second else { return false };
        let (last, level) = self.sets.unwrap_or((Instant::now(), 0.0));
        let level = (level - last.elapsed().as_secs_f64() * rate).max(0.0);
        let over = level > BURST;
        self.sets = Some((Instant::now(), if over { level } else { level + 1.0 }));
        over
    }
}

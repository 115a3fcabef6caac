//! [`airbridge_core::RetryingStore`] in front of a store that fails on cue. Time is virtual, so that hours take no time.

mod looks;
mod lost;
mod quotas;
mod rates;
mod repeats;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use airbridge_conformance::{Call, Fault, Faulty};
use airbridge_core::{
    Action, Change, Content, Descriptor, ErrorKind, MemoryStore, Payload, RateLimits, Read, Receipt, Result,
    RetryingStore, SecretName, SecretStoreExt, Version,
};
use tokio::time::Instant;

/// A retrying store, the faulty store inside it, and the memory inside that.
struct Stack {
    retrying: Arc<RetryingStore>,
    faulty: Arc<Faulty>,
    memory: Arc<MemoryStore>,
}

fn stack(cue: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Stack {
    stack_with(RateLimits::default(), |_| (), cue)
}

/// Batches of 20 reads and of 5 writes, unless `describe` changes it.
fn stack_with(
    rate_limits: RateLimits,
    describe: impl FnOnce(&mut Descriptor),
    cue: impl Fn(&Call) -> Fault + Send + Sync + 'static,
) -> Stack {
    let memory = Arc::new(MemoryStore::new("memory", NonZeroUsize::MIN));
    let faulty = Faulty::new(memory.clone(), cue).describe(|descriptor| {
        descriptor.limits.write_batch = 5;
        describe(descriptor);
    });
    let faulty = Arc::new(faulty);
    Stack { retrying: Arc::new(RetryingStore::new(faulty.clone(), rate_limits)), faulty, memory }
}

impl Stack {
    /// Creates secrets without limits and faults.
    async fn given(&self, names: &[&str]) {
        for name in names {
            let outcome = self.memory.write_each(&[create(name, "given")]).await.remove(0);
            assert!(outcome.is_ok(), "{outcome:?}");
        }
    }

    /// The string that the memory holds and its version, read without limits and faults.
    async fn holds(&self, name: &str) -> Option<(String, String)> {
        let stored = self.memory.read_all(&reads(&[name]), &|_| ()).await.ok()?.remove(0).ok()??;
        match stored.content {
            Content::Payload(Payload::Text(text)) => {
                Some((text.expose().to_owned(), stored.version?.to_string()))
            }
            _ => None,
        }
    }

    /// The names in each call of one operation, one string per call.
    fn names(&self, operation: airbridge_core::Operation) -> Vec<String> {
        let calls = self.faulty.calls().into_iter().filter(|call| call.operation == operation);
        calls.map(|call| call.names.iter().map(SecretName::as_str).collect::<Vec<_>>().join(" ")).collect()
    }

    async fn write(&self, change: Change) -> Result<Receipt> {
        self.retrying.write_each(&[change]).await.remove(0)
    }
}

fn reads(names: &[&str]) -> Vec<Read> {
    names.iter().map(|name| Read::current(SecretName::new(*name))).collect()
}

fn create(name: &str, text: &str) -> Change {
    Change::new(SecretName::new(name), Action::Create(Payload::text(text)))
}

fn replace(name: &str, text: &str, expect: &str) -> Change {
    let expect = Some(Version::new(expect));
    Change::new(SecretName::new(name), Action::Replace { payload: Payload::text(text), expect })
}

fn delete(name: &str) -> Change {
    Change::new(SecretName::new(name), Action::Delete { expect: None })
}

fn kind<T>(outcome: &Result<T>) -> Option<ErrorKind> {
    outcome.as_ref().err().map(airbridge_core::Error::kind)
}

#[expect(clippy::unnecessary_wraps, reason = "as `Stack::holds` answers")]
fn held(text: &str, version: &str) -> Option<(String, String)> {
    Some((text.to_owned(), version.to_owned()))
}

/// Virtual seconds since `start`.
fn seconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}

#[expect(clippy::unnecessary_wraps, reason = "as `RateLimits` and `Fault` take it")]
const fn secs(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

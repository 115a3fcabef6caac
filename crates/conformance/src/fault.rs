//! A store that fails on cue and records its calls.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use airbridge_core::{
    Change, Cursor, Descriptor, Error, ErrorKind, Finding, Look, Metadata, NamePrefix, Operation, Page,
    Payload, Policy, PolicyRequest, Read, Receipt, Rejection, Result, Scope, SecretName, SecretStore, Stored,
    SupportedMetadata,
};
use async_trait::async_trait;
use tokio::time::{Instant, sleep};

/// The fault of one call, or of one item in its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    Nothing,
    /// The call fails and does not reach the store inside.
    Before(Error),
    /// The store inside makes the call, and this error replaces its answer.
    After(Error),
    /// Only these items of the batch fail, each with its own fault. Positions count from 0.
    Items(Vec<(usize, Fault)>),
    /// A read or listing lags: it finds nothing. A write has no fault.
    Stale,
    /// The last outcome of a batch is missing.
    Short,
}

impl Fault {
    /// An error of this kind, and the call does not reach the store inside.
    pub fn before(kind: ErrorKind) -> Self {
        Self::Before(error(kind))
    }

    /// An error of this kind, after the store inside has made the call.
    pub fn after(kind: ErrorKind) -> Self {
        Self::After(error(kind))
    }

    /// A throttled call, with the delay that the server asks for.
    pub fn throttled(retry_after: Option<Duration>) -> Self {
        Self::Before(error(ErrorKind::RateLimited).with_retry_after(retry_after))
    }
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, Operation::Open, format!("{} on cue", kind.word()))
}

/// One call to a [`Faulty`].
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// List, read or write.
    pub operation: Operation,
    /// The number of earlier calls of this operation.
    pub number: usize,
    /// The names in the batch, in order; empty for a listing.
    pub names: Vec<SecretName>,
    /// The changes of a write, in order.
    pub changes: Vec<Change>,
    /// The time of the call, by the test's clock.
    pub at: Instant,
}

type Cue = dyn Fn(&Call) -> Fault + Send + Sync;

/// A store in front of another one that fails on cue and records its calls.
///
/// ```
/// # use std::{num::NonZeroUsize, sync::Arc};
/// # use airbridge_core::{ErrorKind, MemoryStore, Operation};
/// # use airbridge_conformance::{Fault, Faulty};
/// # let inner = Arc::new(MemoryStore::new("memory", NonZeroUsize::new(7).unwrap()));
/// // The first write happens, but its answer is lost.
/// let store = Faulty::new(inner, |call| match (call.operation, call.number) {
///     (Operation::Write, 0) => Fault::after(ErrorKind::AnswerLost),
///     _ => Fault::Nothing,
/// });
/// # assert_eq!(store.count(Operation::Write), 0);
/// ```
pub struct Faulty {
    inner: Arc<dyn SecretStore>,
    descriptor: Descriptor,
    cue: Box<Cue>,
    latency: Duration,
    calls: Mutex<Vec<Call>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Faulty {
    /// `cue` returns the fault of each call.
    pub fn new(inner: Arc<dyn SecretStore>, cue: impl Fn(&Call) -> Fault + Send + Sync + 'static) -> Self {
        Self {
            descriptor: inner.descriptor().clone(),
            inner,
            cue: Box::new(cue),
            latency: Duration::ZERO,
            calls: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        }
    }

    /// Changes the descriptor: other limits, rates or capabilities than those of the store inside.
    pub fn describe(mut self, change: impl FnOnce(&mut Descriptor)) -> Self {
        change(&mut self.descriptor);
        self
    }

    /// Delays each call before it reaches the store inside.
    pub fn slow(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.log().clone()
    }

    /// The number of calls of one operation.
    pub fn count(&self, operation: Operation) -> usize {
        self.log().iter().filter(|call| call.operation == operation).count()
    }

    /// The maximum number of calls in flight so far.
    pub fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    fn log(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the call, waits for the latency, and returns the fault.
    async fn arrive(&self, operation: Operation, names: Vec<SecretName>, changes: &[Change]) -> Fault {
        let fault = {
            let mut log = self.log();
            let number = log.iter().filter(|call| call.operation == operation).count();
            let call = Call { operation, number, names, changes: changes.to_vec(), at: Instant::now() };
            let fault = (self.cue)(&call);
            log.push(call);
            fault
        };
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        let _leave = Leave(&self.in_flight);
        sleep(self.latency).await;
        fault
    }
}

/// Counts a call as finished, also if it is cancelled.
struct Leave<'a>(&'a AtomicUsize);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty")
            .field("inner", &self.inner)
            .field("calls", &self.log().len())
            .finish_non_exhaustive()
    }
}

/// The faults of the items in a batch.
#[derive(Debug, Default)]
struct Spoil {
    /// Items that do not reach the store inside.
    before: Vec<(usize, Error)>,
    /// Items that the store inside handles and whose outcome is replaced.
    after: Vec<(usize, Error)>,
    short: bool,
}

impl Spoil {
    fn new(fault: Fault) -> Result<Self> {
        let mut spoil = Self::default();
        match fault {
            Fault::Before(error) | Fault::After(error) => return Err(error),
            Fault::Short => spoil.short = true,
            Fault::Nothing | Fault::Stale => {}
            Fault::Items(items) => {
                for (index, fault) in items {
                    match fault {
                        Fault::Before(error) => spoil.before.push((index, error)),
                        Fault::After(error) => spoil.after.push((index, error)),
                        Fault::Nothing | Fault::Items(_) | Fault::Stale | Fault::Short => {}
                    }
                }
            }
        }
        Ok(spoil)
    }

    /// The items that reach the store inside.
    fn reached<T: Clone>(&self, items: &[T]) -> Vec<T> {
        let fails = |index| self.before.iter().any(|(at, _)| *at == index);
        items.iter().enumerate().filter(|(index, _)| !fails(*index)).map(|(_, item)| item.clone()).collect()
    }

    /// Adds the errors of the items that did not reach the store, and replaces the outcomes that are lost.
    fn spoil<T>(self, outcomes: Vec<Result<T>>, asked: usize) -> Vec<Result<T>> {
        let fault_of = |faults: &[(usize, Error)], index| {
            faults.iter().find(|(at, _)| *at == index).map(|(_, error)| error.clone())
        };
        let mut outcomes = outcomes.into_iter();
        (0..asked.saturating_sub(usize::from(self.short)))
            .filter_map(|index| match fault_of(&self.before, index) {
                Some(error) => Some(Err(error)),
                None => outcomes.next().map(|outcome| fault_of(&self.after, index).map_or(outcome, Err)),
            })
            .collect()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for Faulty {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.inner.check(name, payload)
    }

    fn supported_metadata(
        &self,
        name: &SecretName,
        metadata: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        self.inner.supported_metadata(name, metadata, there)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        match self.arrive(Operation::List, Vec::new(), &[]).await {
            Fault::Before(error) | Fault::After(error) => Err(error),
            Fault::Stale => Ok(Page { headers: Vec::new(), next: None }),
            Fault::Nothing | Fault::Items(_) | Fault::Short => self.inner.list_page(prefix, cursor).await,
        }
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let names = wanted.iter().map(|read| read.name.clone()).collect();
        let fault = self.arrive(Operation::Read, names, &[]).await;
        if fault == Fault::Stale {
            return Ok(wanted.iter().map(|_| Ok(None)).collect());
        }
        let spoil = Spoil::new(fault)?;
        let outcomes = self.inner.read_batch(&spoil.reached(wanted)).await?;
        Ok(spoil.spoil(outcomes, wanted.len()))
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let names = changes.iter().map(|change| change.name.clone()).collect();
        let fault = self.arrive(Operation::Write, names, changes).await;
        if matches!(fault, Fault::After(_)) {
            // The caller does not learn whether it succeeded.
            let _lost = self.inner.write_batch(changes).await;
        }
        let spoil = Spoil::new(fault)?;
        let outcomes = self.inner.write_batch(&spoil.reached(changes)).await?;
        Ok(spoil.spoil(outcomes, changes.len()))
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        self.inner.look_batch(changes).await
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        self.inner.policies(request)
    }

    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        self.inner.diagnose(scope).await
    }
}

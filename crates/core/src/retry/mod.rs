//! One place for repeats and pace, in front of every adapter.
//!
//! | question | room |
//! | --- | --- |
//! | when may the next call go out? | `limiter`: a queue for listing, one for reading, one for writing |
//! | how many a second? | `rate`: learns from being throttled |
//! | who else calls the same place? | `limiters`: endpoints of one place share |
//! | is it repeated, and after how long? | `patience`: by the kind of the error |
//! | which items of a batch are repeated? | `batch`: those that failed in passing, and no others |
//! | did a write happen whose answer was lost? | `settle`: read, and never send again blindly |

mod batch;
mod rate;
mod rate_limiter;
mod rate_limiters;
mod retry_policy;
mod uncertain_writes;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::ext::whole;
use crate::{
    Action, Change, Cursor, Descriptor, Metadata, NamePrefix, Operation, Page, Payload, Quota, Rates, Read,
    Receipt, Rejection, Result, SecretName, SecretStore, Stored, SupportedMetadata,
};
use batch::Batch;
use rate_limiter::RateLimiter;
pub use rate_limiters::RateLimiters;
use retry_policy::RetryPolicy;
use uncertain_writes::UncertainWrites;

/// The part of a published rate that is used; the rest is left to others in the same account.
const SHARE: f64 = 0.8;
/// How long calls may be throttled without one success in between, unless told otherwise.
const PATIENCE: Duration = Duration::from_mins(10);

/// How hard a store may be worked. A rate that is no positive number is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateLimits {
    /// Calls a second that read, and as many that list, exactly. `None` takes 80 % of what the service publishes, and in
    /// proportion less where `write` is below its own default; where nothing is published, as many as may write.
    pub read: Option<f64>,
    /// Calls a second that write, exactly. `None` takes 80 % of what the service publishes; where some accounts have more
    /// than that, all of it, and more as long as nothing is throttled.
    pub write: Option<f64>,
    /// Calls in flight; `None` takes the store's own figure.
    pub concurrency: Option<usize>,
    /// How long calls may be throttled without one success in between; `None` is ten minutes.
    pub patience: Option<Duration>,
}

impl RateLimits {
    /// What may be listed, read and written a second.
    fn quotas(&self, published: &Rates) -> [Option<Quota>; 3] {
        let asked = |rate: Option<f64>| rate.filter(|rate| *rate > 0.0).map(Quota::exactly);
        let (read, write) = (asked(self.read), asked(self.write));
        let usual = published.write.map(share);
        let part = match (write, usual) {
            (Some(write), Some(usual)) => (write.per_second / usual.per_second).min(1.0),
            _ => 1.0,
        };
        let slowed = |quota: Quota| Quota { per_second: quota.per_second * part, ..quota };
        let reading = |published: Option<Quota>| read.or(published.map(share).map(slowed)).or(write);
        [reading(published.list), reading(published.read), write.or(usual)]
    }
}

/// What is used of a published rate.
fn share(published: Quota) -> Quota {
    if published.at_least { published } else { Quota::exactly(published.per_second * SHARE) }
}

/// What a [`RetryingStore`] store was asked so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Pages of listings.
    pub list: OperationCounts,
    /// Read batches, those that settle a doubtful write included.
    pub read: OperationCounts,
    /// Write batches.
    pub write: OperationCounts,
}

/// The calls of one class of operation, those of other stores in the same limiter included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperationCounts {
    /// Calls that went out, repeats included.
    pub calls: u64,
    /// Calls that went out again for what had failed in passing.
    pub repeats: u64,
    /// Calls that were answered with "too many".
    pub throttled: u64,
}

/// A store whose calls are repeated, spaced and settled.
///
/// - What fails in passing is repeated: throttled calls as long as any get through, an unavailable service up to 8
///   times, an unreachable one up to 3 times; the server's own delay is honoured up to a minute. The rest is final.
/// - Of a batch only the items are repeated that failed in passing.
/// - Calls keep to a rate, all stores of one place together: it is halved when the service throttles, and climbs again
///   while calls succeed.
/// - A write whose answer was lost is settled by reading. It is sent again only where it did not happen.
#[derive(Debug)]
pub struct RetryingStore {
    inner: Arc<dyn SecretStore>,
    descriptor: Descriptor,
    list: Arc<RateLimiter>,
    read: Arc<RateLimiter>,
    write: Arc<RateLimiter>,
    permits: Semaphore,
    patience: Duration,
}

impl RetryingStore {
    /// Puts the pace in front of `store`, which shares it with nobody.
    pub fn new(store: Arc<dyn SecretStore>, pace: RateLimits) -> Self {
        Self::with_limiters(store, pace, &RateLimiters::default())
    }

    /// Puts the pace in front of `store`, which shares it with the other stores of its place among `limiters`.
    pub fn with_limiters(store: Arc<dyn SecretStore>, pace: RateLimits, limiters: &RateLimiters) -> Self {
        let mut descriptor = store.descriptor().clone();
        let limits = &mut descriptor.limits;
        limits.concurrency = pace.concurrency.unwrap_or(limits.concurrency).clamp(1, Semaphore::MAX_PERMITS);
        let [list, read, write] = pace.quotas(&descriptor.rates);
        let limiter = |operation, quota| limiters.limiter(&descriptor.place, operation, quota);
        Self {
            list: limiter(Operation::List, list),
            read: limiter(Operation::Read, read),
            write: limiter(Operation::Write, write),
            permits: Semaphore::new(descriptor.limits.concurrency),
            patience: pace.patience.unwrap_or(PATIENCE),
            inner: store,
            descriptor,
        }
    }

    /// What was asked so far.
    pub fn call_counts(&self) -> CallCounts {
        CallCounts { list: self.list.counts(), read: self.read.counts(), write: self.write.counts() }
    }

    /// What takes `calls` calls, when its time has come; `asked` items are to be answered.
    async fn call<T: Send>(
        &self,
        limiter: &RateLimiter,
        calls: u32,
        asked: usize,
        call: impl Future<Output = Result<Vec<Result<T>>>> + Send,
    ) -> Result<Vec<Result<T>>> {
        let _permit = limiter.turn(calls, &self.permits).await;
        let sent = Instant::now();
        let outcomes = call.await.and_then(|outcomes| whole(outcomes, asked, limiter.operation()));
        limiter.learn(sent, &outcomes);
        outcomes
    }

    /// How many of the calls that the service counts as writing a batch takes.
    fn calls_to_write(&self, batch: &[Change]) -> u32 {
        let creates = batch.iter().any(|change| matches!(change.action, Action::Create(_)));
        1 + if creates { self.descriptor.rates.more_to_create } else { 0 }
    }

    /// Decides what is repeated, and waits until it may be.
    async fn rest<I: Clone, T>(
        &self,
        limiter: &RateLimiter,
        batch: &mut Batch<'_, I, T>,
        patience: &mut RetryPolicy,
    ) {
        let again = batch.judge(|passing, asked| patience.grant(passing, asked, limiter.answered()));
        if let Some(again) = again {
            limiter.repeats();
            let (operation, place) = (limiter.operation(), self.descriptor.place.as_str());
            let kind = again.kind.word();
            debug!(%operation, place, kind, items = again.items, round = batch.rounds(), delay = ?again.delay, "again");
            sleep(again.delay).await;
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SecretStore for RetryingStore {
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
        let mut patience = RetryPolicy::new(self.patience);
        // A page is a batch of one, which fails only as a whole.
        let mut batch = Batch::new(&[()]);
        while batch.open().is_some() {
            let page = async { self.inner.list_page(prefix, cursor).await.map(|page| vec![Ok(page)]) };
            batch.take(self.call(&self.list, 1, 1, page).await);
            self.rest(&self.list, &mut batch, &mut patience).await;
        }
        batch.finish().and_then(|mut pages| pages.swap_remove(0))
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let mut patience = RetryPolicy::new(self.patience);
        let mut batch = Batch::new(wanted);
        while let Some(open) = batch.open() {
            batch.take(self.call(&self.read, 1, open.len(), self.inner.read_batch(&open)).await);
            self.rest(&self.read, &mut batch, &mut patience).await;
        }
        batch.finish()
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let mut patience = RetryPolicy::new(self.patience);
        let mut batch = Batch::new(changes);
        let mut uncertain = UncertainWrites::default();
        while let Some(open) = batch.open() {
            let calls = self.calls_to_write(&open);
            batch.take(self.call(&self.write, calls, open.len(), self.inner.write_batch(&open)).await);
            uncertain.confirm_writes(self, &mut batch).await;
            self.rest(&self.write, &mut batch, &mut patience).await;
        }
        batch.finish()
    }
}

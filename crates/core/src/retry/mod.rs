//! Retries and rate limits, in front of every adapter.
//!
//! | question | module |
//! | --- | --- |
//! | when may the next call go out? | `rate_limiter`: one queue each for listing, reading and writing |
//! | how many calls per second? | `rate`: adapts when calls are throttled |
//! | which other stores call the same place? | `rate_limiters`: stores of one place share their limiters |
//! | is a call retried, and after how long? | `retry_policy`: by the kind of the error |
//! | which items of a batch are retried? | `batch`: those with a temporary fault |
//! | did a write happen whose answer was lost? | `uncertain_writes`: reads before it sends again |

mod batch;
mod counts;
mod patiently;
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
    Action, Change, Cursor, Descriptor, Finding, Look, Metadata, NamePrefix, Operation, Page, Payload,
    Policy, PolicyRequest, Quota, Rates, Read, Receipt, Rejection, Result, Scope, SecretName, SecretStore,
    Stored, SupportedMetadata,
};
use batch::Batch;
pub use counts::{CallCounts, OperationCounts};
pub use patiently::patiently;
use rate_limiter::RateLimiter;
pub use rate_limiters::RateLimiters;
use retry_policy::RetryPolicy;
use uncertain_writes::UncertainWrites;

/// The part of a published rate limit that is used. The rest is left to other clients of the account.
const SHARE: f64 = 0.8;
/// How long calls may be throttled without a success in between, by default.
const THROTTLE_TIMEOUT: Duration = Duration::from_mins(10);

/// The rate limits that the user set. A rate that is not a positive number counts as not set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateLimits {
    /// Read calls per second, and as many list calls. By default 80 % of the published limit, reduced in proportion if
    /// `write` is below its own default. If nothing is published, the same as `write`.
    pub read: Option<f64>,
    /// Write calls per second. By default 80 % of the published limit. If some accounts have a higher limit, all of it,
    /// and more as long as no call is throttled.
    pub write: Option<f64>,
    /// Maximum calls in flight. By default the store's own limit, and more if a rate that the user set needs more.
    pub concurrency: Option<usize>,
    /// How long calls may be throttled without a success in between. By default ten minutes.
    pub throttle_timeout: Option<Duration>,
}

impl RateLimits {
    /// How long a call to a service usually takes, for the number of calls in flight that a rate needs.
    pub const USUAL_CALL: Duration = Duration::from_millis(50);

    /// The rates at which a service with these published rates is called: those that the user set, otherwise the part of
    /// the published ones that airbridge uses. `None` for a class of calls that is not limited.
    pub fn applied(&self, published: &Rates) -> Rates {
        let [list, read, write] = self.quotas(published);
        Rates { list, read, write, ..*published }
    }

    /// The calls in flight that the rates need if each call takes [`Self::USUAL_CALL`]: at most four times the store's own limit,
    /// and 0 for a store that makes one call after another.
    fn least_concurrency(&self, limit: usize) -> usize {
        let rate = [self.read, self.write].into_iter().flatten().fold(0.0, f64::max);
        let needed = rate * Self::USUAL_CALL.as_secs_f64();
        let most = if limit > 1 { 4 * limit } else { 0 };
        let enough = (1..most).zip(1_u32..).find(|(_, calls)| f64::from(*calls) >= needed);
        enough.map_or(most, |(count, _)| count)
    }

    /// The limits of list, read and write calls.
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

/// The part of a published limit that is used.
fn share(published: Quota) -> Quota {
    if published.at_least { published } else { Quota::exactly(published.per_second * SHARE) }
}

/// A store that retries, limits its rate and confirms uncertain writes.
///
/// - Temporary faults are retried: throttled calls as long as other calls succeed, an unavailable service with up to 8
///   attempts, an unreachable one with up to 3. The server's `Retry-After` is honoured up to a minute. All other errors
///   are final.
/// - In a batch, only the items with a temporary fault are retried.
/// - All stores of one place share one rate limit. It is halved when the service throttles, and rises again while calls
///   succeed.
/// - A write whose answer was lost is confirmed by reading. It is sent again only if it did not happen.
#[derive(Debug)]
pub struct RetryingStore {
    inner: Arc<dyn SecretStore>,
    descriptor: Descriptor,
    list: Arc<RateLimiter>,
    read: Arc<RateLimiter>,
    write: Arc<RateLimiter>,
    permits: Semaphore,
    throttle_timeout: Duration,
}

impl RetryingStore {
    /// Wraps `store` with rate limiters of its own.
    pub fn new(store: Arc<dyn SecretStore>, limits: RateLimits) -> Self {
        Self::with_limiters(store, limits, &RateLimiters::default())
    }

    /// Wraps `store`, which shares the rate limiters in `limiters` with the other stores of its place.
    pub fn with_limiters(store: Arc<dyn SecretStore>, asked: RateLimits, limiters: &RateLimiters) -> Self {
        let mut descriptor = store.descriptor().clone();
        let limits = &mut descriptor.limits;
        let usual = limits.concurrency.max(asked.least_concurrency(limits.concurrency));
        limits.concurrency = asked.concurrency.unwrap_or(usual).clamp(1, Semaphore::MAX_PERMITS);
        let [list, read, write] = asked.quotas(&descriptor.rates);
        let limiter = |operation, quota| limiters.limiter(&descriptor.place, operation, quota);
        Self {
            list: limiter(Operation::List, list),
            read: limiter(Operation::Read, read),
            write: limiter(Operation::Write, write),
            permits: Semaphore::new(descriptor.limits.concurrency),
            throttle_timeout: asked.throttle_timeout.unwrap_or(THROTTLE_TIMEOUT),
            inner: store,
            descriptor,
        }
    }

    /// The calls so far.
    pub fn call_counts(&self) -> CallCounts {
        CallCounts { list: self.list.counts(), read: self.read.counts(), write: self.write.counts() }
    }

    /// Makes a call when the rate limit permits it. The service counts it as `calls` calls, and it must return `asked`
    /// outcomes.
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

    /// How many write calls the service counts for a batch.
    fn calls_to_write(&self, batch: &[Change]) -> u32 {
        let creates = batch.iter().any(|change| matches!(change.action, Action::Create(_)));
        1 + if creates { self.descriptor.rates.more_to_create } else { 0 }
    }

    /// Decides which items are retried, and waits until it is time.
    async fn rest<I: Clone, T>(
        &self,
        limiter: &RateLimiter,
        batch: &mut Batch<'_, I, T>,
        policy: &mut RetryPolicy,
    ) {
        let again = batch.judge(|passing, asked| policy.grant(passing, asked, limiter.answered()));
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
        current: Option<&Metadata>,
    ) -> SupportedMetadata {
        self.inner.supported_metadata(name, metadata, current)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let mut policy = RetryPolicy::new(self.throttle_timeout);
        // A page is treated as a batch of one item that fails only as a whole.
        let mut batch = Batch::new(&[()]);
        while batch.open().is_some() {
            let page = async { self.inner.list_page(prefix, cursor).await.map(|page| vec![Ok(page)]) };
            batch.take(self.call(&self.list, 1, 1, page).await);
            self.rest(&self.list, &mut batch, &mut policy).await;
        }
        batch.finish().and_then(|mut pages| pages.swap_remove(0))
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let mut policy = RetryPolicy::new(self.throttle_timeout);
        let mut batch = Batch::new(wanted);
        while let Some(open) = batch.open() {
            batch.take(self.call(&self.read, 1, open.len(), self.inner.read_batch(&open)).await);
            self.rest(&self.read, &mut batch, &mut policy).await;
        }
        batch.finish()
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let mut policy = RetryPolicy::new(self.throttle_timeout);
        let mut batch = Batch::new(changes);
        let mut uncertain = UncertainWrites::default();
        while let Some(mut open) = batch.open() {
            let (calls, asked, first) = (self.calls_to_write(&open), open.len(), batch.rounds() == 0);
            let write = async {
                // A look is only as good as it is recent.
                let is_old = |look: &Look| !first || !look.is_recent();
                if open.iter().any(|change| change.look.as_deref().is_some_and(is_old)) {
                    for change in open.to_mut() {
                        change.look.take_if(|look| is_old(look));
                    }
                }
                self.inner.write_batch(&open).await
            };
            batch.take(self.call(&self.write, calls, asked, write).await);
            uncertain.confirm_writes(self, &mut batch).await;
            self.rest(&self.write, &mut batch, &mut policy).await;
        }
        batch.finish()
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        let look =
            async { self.inner.look_batch(changes).await.map(|looks| looks.into_iter().map(Ok).collect()) };
        // A look that fails is not repeated, because the write looks by itself.
        let looks = self.call(&self.read, 1, changes.len(), look).await?;
        looks.into_iter().collect()
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        self.inner.policies(request)
    }

    async fn diagnose(&self, scope: &Scope) -> Result<Vec<Finding>> {
        patiently(|| self.inner.diagnose(scope)).await
    }
}

//! Published rates, and services that throttle above them.

#![expect(clippy::unwrap_used, reason = "a poisoned lock fails the test")]

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airbridge_conformance::{Fault, Faulty};
use airbridge_core::{
    Change, MemoryStore, NamePrefix, Operation, Quota, RateLimiters, RateLimits, Rates, RetryingStore,
    SecretStore,
};
use futures::future::join_all;
use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::{create, reads, replace, seconds, stack_with};

/// A service that accepts `rate` writes per second and a burst of `burst` more, and throttles the others.
struct Service {
    retrying: Arc<RetryingStore>,
    start: Instant,
    /// When each write was accepted.
    landed: Arc<Mutex<Vec<Instant>>>,
}

impl Service {
    fn new(rate_limits: RateLimits, published: Quota, rate: f64, burst: f64) -> Self {
        let bucket = Mutex::new((Instant::now(), 0.0));
        let landed: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let landing = landed.clone();
        let memory = Arc::new(MemoryStore::new("memory", NonZeroUsize::MIN));
        let faulty = Faulty::new(memory, move |call| {
            let mut bucket = bucket.lock().unwrap();
            let (last, level) = *bucket;
            let level = (level - (call.at - last).as_secs_f64() * rate).max(0.0);
            if level > burst {
                *bucket = (call.at, level);
                return Fault::throttled(None);
            }
            *bucket = (call.at, level + 1.0);
            landing.lock().unwrap().push(call.at);
            Fault::Nothing
        });
        let slow = faulty.slow(Duration::from_millis(100));
        let faulty = slow.describe(|descriptor| descriptor.rates.write = Some(published));
        let retrying = Arc::new(RetryingStore::new(Arc::new(faulty), rate_limits));
        Self { retrying, start: Instant::now(), landed }
    }

    /// Creates this many secrets, with as many calls in flight as the engine makes.
    async fn create(&self, count: usize) {
        let changes: Vec<Change> = (0..count).map(|number| create(&number.to_string(), "new")).collect();
        let writes = changes.iter().map(|change| self.retrying.write_batch(std::slice::from_ref(change)));
        let writes: Vec<_> = writes.collect();
        let outcomes: Vec<_> = stream::iter(writes).buffer_unordered(16).collect().await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome.as_deref(), Ok([Ok(_)]))), "{outcomes:?}");
    }

    /// The number of writes accepted in this time, in seconds since the start.
    fn landed(&self, from: u64, to: u64) -> usize {
        let window = Duration::from_secs(from)..Duration::from_secs(to);
        self.landed.lock().unwrap().iter().filter(|at| window.contains(&(**at - self.start))).count()
    }
}

fn at(rate: f64) -> RateLimits {
    RateLimits { write: Some(rate), ..RateLimits::default() }
}

#[tokio::test(start_paused = true)]
async fn lowest_limit_is_the_start_and_rises_while_nothing_is_throttled() {
    let service = Service::new(RateLimits::default(), Quota::at_least(3.0), 1_000.0, 10.0);
    service.create(1_000).await;
    assert!((9..=12).contains(&service.landed(0, 3)), "{} writes in 3 s", service.landed(0, 3));
    assert!((100..=160).contains(&service.landed(20, 25)), "{} writes in 5 s", service.landed(20, 25));
}

#[tokio::test(start_paused = true)]
async fn rate_stays_near_the_limit_of_the_account() {
    for (has, burst) in [(3.0, 2.0), (10.0, 10.0), (40.0, 40.0)] {
        let service = Service::new(RateLimits::default(), Quota::at_least(3.0), has, burst);
        // In the first half minute the rate rises.
        service.create(30 * 40 + 60 * 40).await;
        let stats = service.retrying.call_counts().write;
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (share, throttled) =
            (service.landed(30, 90) as f64 / (60.0 * has), stats.throttled as f64 / stats.calls as f64);
        assert!((0.9..=1.1).contains(&share), "{has} a second were used to {share}");
        assert!(throttled < 0.05, "{throttled} of the calls were throttled at {has} a second");
    }
}

#[tokio::test(start_paused = true)]
async fn rate_of_the_user_is_not_exceeded_even_if_the_account_has_more() {
    let service = Service::new(at(2.0), Quota::at_least(3.0), 1_000.0, 10.0);
    service.create(60).await;
    let time = seconds(service.start);
    assert!((29.0..=30.0).contains(&time), "60 at 2/s took {time} s");
}

#[tokio::test(start_paused = true)]
async fn unused_rate_does_not_rise() {
    // Calls of 0.1 s one after the other are at most 10 per second. Many at once after that start at the same rate.
    let service = Service::new(RateLimits::default(), Quota::at_least(20.0), 1_000.0, 10.0);
    for number in 0..300 {
        let change = create(&format!("alone {number}"), "new");
        assert!(service.retrying.write_batch(&[change]).await.is_ok());
    }
    let alone = service.start.elapsed().as_secs();
    service.create(200).await;
    let count = service.landed(alone, alone + 1);
    assert!(count <= 40, "{count} writes in the first second");
}

#[tokio::test(start_paused = true)]
async fn rate_of_the_user_can_use_all_of_the_published_one() {
    for rate in [3.0, 10.0, 30.0, 50.0] {
        let service = Service::new(at(rate), Quota::exactly(rate), rate, 5.0);
        service.create(300).await;
        let share = 300.0 / rate / seconds(service.start);
        assert!(share >= 0.95, "{rate} a second were used to {share}");
    }
}

#[tokio::test(start_paused = true)]
async fn create_of_two_calls_counts_as_two_and_a_replace_as_one() {
    let stack = stack_with(at(10.0), |descriptor| descriptor.rates.more_to_create = 1, |_| Fault::Nothing);
    let start = Instant::now();
    let names: Vec<_> = (0..51).map(|number| number.to_string()).collect();
    let creates = names.iter().map(|name| stack.write(create(name, "new")));
    assert!(join_all(creates).await.iter().all(Result::is_ok));
    let time = seconds(start);
    assert!((9.8..=10.2).contains(&time), "51 creates of two calls at 10/s took {time} s");

    let start = Instant::now();
    let replaces = names.iter().map(|name| stack.write(replace(name, "newer", "1")));
    assert!(join_all(replaces).await.iter().all(Result::is_ok));
    let time = seconds(start);
    assert!((5.0..=5.3).contains(&time), "51 replaces at 10/s took {time} s");
}

/// The time that 100 concurrent calls take.
async fn time_of(operation: Operation, rate_limits: RateLimits, rates: Rates) -> f64 {
    let stack = stack_with(rate_limits, |descriptor| descriptor.rates = rates, |_| Fault::Nothing);
    let (start, all, wanted) = (Instant::now(), NamePrefix::new(""), reads(&["a"]));
    match operation {
        Operation::List => drop(join_all((0..100).map(|_| stack.retrying.list_page(&all, None))).await),
        _ => drop(join_all((0..100).map(|_| stack.retrying.read_batch(&wanted))).await),
    }
    seconds(start)
}

#[tokio::test(start_paused = true)]
async fn write_rate_slows_reads_only_below_its_default() {
    let rates = Rates {
        list: Some(Quota::exactly(12.5)),
        read: Some(Quota::exactly(125.0)),
        write: Some(Quota::exactly(10.0)),
        more_to_create: 0,
    };
    for (operation, usual) in [(Operation::List, 10.0), (Operation::Read, 1.0)] {
        for (rate, times) in [(100.0, 1.0), (10.0, 1.0), (8.0, 1.0), (4.0, 2.0), (0.8, 10.0)] {
            let time = time_of(operation, at(rate), rates).await;
            let expected = usual * times;
            assert!((expected * 0.85..=expected).contains(&time), "{operation} at {rate}/s took {time} s");
        }
    }
    let reading = RateLimits { read: Some(50.0), write: Some(1.0), ..RateLimits::default() };
    let time = time_of(Operation::Read, reading, rates).await;
    assert!((1.8..=2.0).contains(&time), "reading has a rate of its own: {time} s");
}

#[tokio::test(start_paused = true)]
async fn without_published_rates_the_write_rate_applies_to_all_operations() {
    let time = time_of(Operation::Read, at(10.0), Rates::default()).await;
    assert!((9.8..=10.0).contains(&time), "100 at 10/s took {time} s");
}

#[tokio::test(start_paused = true)]
async fn stores_of_one_place_share_rates_and_stores_of_two_places_do_not() {
    for (other, times) in [("memory", 2.0), ("elsewhere", 1.0)] {
        let limiters = RateLimiters::default();
        let endpoint = |place: &'static str| {
            let memory = Arc::new(MemoryStore::new(place, NonZeroUsize::MIN));
            let faulty = Faulty::new(memory, |_| Fault::Nothing).describe(|descriptor| {
                place.clone_into(&mut descriptor.place);
                descriptor.rates.read = Some(Quota::exactly(100.0));
            });
            RetryingStore::with_limiters(Arc::new(faulty), RateLimits::default(), &limiters)
        };
        let (one, two) = (endpoint("memory"), endpoint(other));
        let (start, wanted) = (Instant::now(), reads(&["a"]));
        let both = (0..400).map(|number| if number % 2 == 0 { &one } else { &two });
        join_all(both.map(|store| store.read_batch(&wanted))).await;
        let (time, expected) = (seconds(start), 2.5 * times);
        assert!((expected * 0.9..=expected).contains(&time), "{other}: 400 reads took {time} s");
    }
}

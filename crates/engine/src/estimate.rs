//! What the rest of a copy will take: requests, time, and the change of what the service charges for storage.

mod requests;
mod services;
mod storage;
#[cfg(test)]
mod tests;
mod workload;

use std::time::Duration;

use airbridge_core::{Descriptor, RateLimits, Rates};
use serde::{Deserialize, Serialize};

use crate::endpoint::{NewSecretSetting, Target};
use crate::plan::Plan;
use requests::{Requests, requests};
use workload::Workload;

pub use services::{PRICES_OF, SERVICES, Service, Storage};
pub use storage::StorageChange;

/// What writing and reading back will take at least, from the moment of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// The service that is written, by its name.
    pub service: String,
    /// Requests to it, without retries.
    pub requests: usize,
    /// Seconds that these requests take at the rates that apply, rounded up. `None` if no rate is known.
    pub seconds: Option<u64>,
    /// Whether it may take less time, because airbridge raises the rate as long as the service allows it.
    pub rate_may_rise: bool,
    /// The change of what the service charges for storage. `None` if it charges nothing, or if that is not known.
    pub storage: Option<StorageChange>,
}

/// Estimates what `plan` takes at `target`. `None` if nothing would be written, or if the target is written all at once,
/// as files and databases are.
///
/// `rates` are those at which the target is called ([`RateLimits::applied`]), and `verify` is whether written entries are
/// read back. Pure: no I/O, no clock.
pub fn estimate(plan: &Plan, target: &Target, rates: &Rates, verify: bool) -> Option<Estimate> {
    // The read side does not say what a write can do.
    let descriptor = target.store().descriptor();
    if descriptor.limits.write_batch == usize::MAX {
        return None;
    }
    estimate_of(&Workload::of(plan), descriptor, &target.source().endpoint().new_secrets, rates, verify)
}

fn estimate_of(
    work: &Workload,
    target: &Descriptor,
    settings: &[NewSecretSetting],
    rates: &Rates,
    verify: bool,
) -> Option<Estimate> {
    if work.is_empty() {
        return None;
    }
    let service = Service::of(target.backend);
    let requests = requests(work, target, service, settings, verify);
    Some(Estimate {
        service: service.map_or(target.backend, |service| service.name).to_owned(),
        requests: requests.all,
        seconds: seconds(requests, target, rates),
        rate_may_rise: rates.write.is_some_and(|quota| quota.at_least),
        storage: service.and_then(|service| StorageChange::of(service.storage, work, settings)),
    })
}

/// The time that the rates, or the number of requests in flight, leave as the least. Reading back begins while other
/// entries are written, if the store has versions.
fn seconds(requests: Requests, target: &Descriptor, rates: &Rates) -> Option<u64> {
    let at = |number: usize, per_second: f64| float(number) / per_second.max(f64::MIN_POSITIVE);
    let writing = at(requests.writes, rates.write?.per_second);
    let reading = rates.read.map_or(0.0, |quota| at(requests.reads, quota.per_second));
    let paced = if target.capabilities.versions { writing.max(reading) } else { writing + reading };
    let in_flight = float(target.limits.concurrency.max(1));
    let least = float(requests.all) * RateLimits::USUAL_CALL.as_secs_f64() / in_flight;
    let time = Duration::try_from_secs_f64(paced.max(least)).ok()?;
    Some(time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)))
}

fn float(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

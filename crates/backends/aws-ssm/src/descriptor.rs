//! What the service can do and how much at once, each with the page that says so.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates};

/// The kind of place, as endpoints spell it.
pub(crate) const BACKEND: &str = "aws-ssm";

/// Parameters on one page of a path, at most; a page may have fewer, or none, and not be the last.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html>
pub(crate) const PATH_PAGE: i32 = 10;

/// Names in one read, at most.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
const READ_BATCH: usize = 10;

/// Rates are of the service's endpoints and quotas page, per account and region, for an account that has not bought
/// the higher throughput. <https://docs.aws.amazon.com/general/latest/gr/ssm.html>
///
/// `described` is whether a listing brings what is said of parameters.
pub(crate) fn descriptor(place: String, described: bool) -> Descriptor {
    Descriptor {
        backend: BACKEND,
        place,
        // A create never replaces, but no call takes the version that a new value replaces.
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        // In flight = rate x latency: 40 calls a second at 0.15 s each keep 6 in flight.
        limits: Limits { read_batch: READ_BATCH, write_batch: 1, concurrency: 8 },
        // 40 calls are shared by all that read values, and a listing reads them. Sources disagree whether writes count
        // among these 40 as well or are 3: pacing starts from the lower and climbs while nothing is throttled.
        // Descriptions come in 3 calls a second, one for each page.
        rates: Rates {
            list: Some(Quota::exactly(if described { 3.0 } else { 40.0 })),
            read: Some(Quota::exactly(40.0)),
            write: Some(Quota::at_least(3.0)),
            more_to_create: 0,
        },
        // The service promises nothing about how soon a value follows its write; it has been seen within a second.
        read_lag: Duration::from_secs(5),
    }
}

//! What the service can do and how much at once, each with the page that says so.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates};

/// The kind of place, as endpoints spell it.
pub(crate) const BACKEND: &str = "gcp";

/// Names on one page of a listing; the service gives up to 25,000, of about a kilobyte each.
/// <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/list>
pub(crate) const LIST_PAGE: i32 = 5_000;

/// Rates are of the quotas page, per project. <https://cloud.google.com/secret-manager/quotas>
pub(crate) fn descriptor(place: String) -> Descriptor {
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
        // In flight = rate x latency: 1,200 reads a second at 0.06 s each keep 72 in flight.
        limits: Limits { read_batch: 1, write_batch: 1, concurrency: 80 },
        // 600 listings, 90,000 reads and 600 writing calls a minute; a new secret is two of the last: the container, then
        // its first version.
        rates: Rates {
            list: Some(Quota::exactly(10.0)),
            read: Some(Quota::exactly(1_500.0)),
            write: Some(Quota::exactly(10.0)),
            more_to_create: 1,
        },
        // A version read by its number is there at once. What `latest` means follows usually within seconds; the service
        // promises minutes. Only doubtful writes and old settings wait for it.
        read_lag: Duration::from_secs(30),
    }
}

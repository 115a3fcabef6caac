//! What the service can do and how much at once, each with the page that says so.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates};

/// The kind of place, as endpoints spell it.
pub(crate) const BACKEND: &str = "aws";

/// Names on one page of a listing, at most.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
pub(crate) const LIST_PAGE: i32 = 100;

/// Names in one read, at most.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html>
const READ_BATCH: usize = 20;

/// Days until a deleted secret is gone, the service's own default and its most.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>
pub(crate) const RECOVERY_DAYS: i64 = 30;

/// Rates are of the quotas page, per account and region.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
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
        // In flight = rate x latency: 100 calls a second at 0.15 s each keep 15 in flight.
        limits: Limits { read_batch: READ_BATCH, write_batch: 1, concurrency: 16 },
        rates: Rates {
            list: Some(Quota::exactly(100.0)),
            read: Some(Quota::exactly(100.0)),
            write: Some(Quota::exactly(50.0)),
            more_to_create: 0,
        },
        // Only listings are said to lag, by up to five minutes, and none is asked to verify a write. The service
        // promises nothing about values, which have been seen to follow within a second; a few more cost nothing.
        read_lag: Duration::from_secs(5),
    }
}

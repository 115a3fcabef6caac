//! Capabilities, limits and rates of the service, each with the page that documents it.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates, Undo};

/// The scheme of its endpoints.
pub(crate) const BACKEND: &str = "aws";

/// The maximum number of names on one page of a listing.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
pub(crate) const LIST_PAGE: i32 = 100;

/// The maximum number of names in one read.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html>
const READ_BATCH: usize = 20;

/// Days until a deleted secret is removed: the service's default and maximum.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>
pub(crate) const RECOVERY_DAYS: i64 = 30;

/// What a delete leaves behind.
pub(crate) const AFTER_DELETE: &str = "kept for 30 days; until then the name is reserved";

/// The rates are from the quotas page, per account and region.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
pub(crate) fn descriptor(place: String, actor: Option<String>) -> Descriptor {
    Descriptor {
        backend: BACKEND,
        place,
        actor,
        // A create never overwrites, but no call accepts the version that a new value must replace.
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        // Concurrency = rate x latency: 100 calls a second of 0.15 s each keep 15 in flight.
        limits: Limits { read_batch: READ_BATCH, write_batch: 1, look_batch: READ_BATCH, concurrency: 16 },
        rates: Rates {
            list: Some(Quota::exactly(100.0)),
            read: Some(Quota::exactly(100.0)),
            write: Some(Quota::exactly(50.0)),
            more_to_create: 0,
        },
        // The documentation only says that listings lag, by up to five minutes, and no write is verified by a listing. It
        // promises nothing about values, which have been observed within a second. A few seconds more cost nothing.
        read_lag: Duration::from_secs(5),
        unremovable: &[],
        undo: Undo { former_versions: true, restores: true, after_delete: Some(AFTER_DELETE) },
    }
}

//! What the service can do and how many requests it allows, with the sources of these facts.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates, Undo};

/// The scheme of endpoints.
pub(crate) const BACKEND: &str = "gcp";

/// Number of names on one page of a listing. The service allows up to 25,000, of about a kilobyte each.
/// <https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/list>
pub(crate) const LIST_PAGE: i32 = 5_000;

/// What a delete leaves behind.
pub(crate) const AFTER_DELETE: &str = "deleted for good, with all its versions";

/// The descriptor of one place. The rates are those of the quotas page, per project:
/// <https://cloud.google.com/secret-manager/quotas>
pub(crate) fn descriptor(place: String, actor: Option<String>) -> Descriptor {
    Descriptor {
        backend: BACKEND,
        place,
        actor,
        // A create never replaces a secret, but no request can name the version that it replaces.
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: true,
        },
        // Concurrency = rate x latency: 1,200 reads a second of 0.06 s each are 72 in flight.
        limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 80 },
        // 600 listings, 90,000 reads and 600 writes a minute. A new secret takes two writes: the container and its version.
        rates: Rates {
            list: Some(Quota::exactly(10.0)),
            read: Some(Quota::exactly(1_500.0)),
            write: Some(Quota::exactly(10.0)),
            more_to_create: 1,
        },
        // A version that is read by its number is visible at once. The alias `latest` usually follows within seconds; the
        // service promises minutes. Only uncertain writes are read by `latest`.
        read_lag: Duration::from_secs(30),
        unremovable: &[],
        undo: Undo { former_versions: true, restores: false, after_delete: Some(AFTER_DELETE) },
    }
}

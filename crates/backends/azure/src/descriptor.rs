//! What the service can do and how much at once, each with the page that says so.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates};

/// Names on one page of a listing, at most.
/// <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets>
pub(crate) const LIST_PAGE: i32 = 25;

/// Tags of a secret, at most.
/// <https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-tags>
pub(crate) const TAGS: usize = 15;

/// Characters of a tag's name and of its value that every version of the service takes; newer texts say 512.
pub(crate) const TAG_LENGTH: usize = 256;

/// The tag that keeps a label.
pub(crate) const LABEL: &str = "airbridge-id";

/// Rates are of the limits page, per vault and region: 4,000 calls in ten seconds, of which 300 may make a secret. A
/// subscription has five times that.
/// <https://learn.microsoft.com/azure/key-vault/general/service-limits>
pub(crate) fn descriptor(place: String) -> Descriptor {
    Descriptor {
        backend: "azure",
        place,
        // A set never refuses: it makes the secret, or a new version of it.
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: false,
        },
        // In flight = rate x latency: 400 calls a second at 0.03 s each keep 12 in flight.
        limits: Limits { read_batch: 1, write_batch: 1, concurrency: 16 },
        rates: Rates {
            list: Some(Quota::exactly(400.0)),
            read: Some(Quota::exactly(400.0)),
            write: Some(Quota::exactly(30.0)),
            more_to_create: 0,
        },
        // After a create a short while of "not found" has been reported; nothing is promised.
        read_lag: Duration::from_secs(10),
    }
}

//! What the service can do and how many requests it allows, with the sources of these facts.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Quota, Rates, Undo};

/// Maximum number of names on one page of a listing.
/// <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secrets/get-secrets>
pub(crate) const LIST_PAGE: i32 = 25;

/// Maximum number of tags of a secret.
/// <https://learn.microsoft.com/azure/key-vault/secrets/about-secrets#secret-tags>
pub(crate) const TAGS: usize = 15;

/// Maximum number of characters of a tag's name and of its value. Newer pages of the documentation say 512, but only 256
/// work in every version of the service.
pub(crate) const TAG_LENGTH: usize = 256;

/// The tag that holds the label of an entry.
pub(crate) const LABEL: &str = "airbridge-id";

/// What a delete leaves behind.
pub(crate) const AFTER_DELETE: &str =
    "kept for the vault's retention period; until then the name is reserved";

/// The descriptor of one vault.
///
/// The rates are those of the limits page, per vault and region: 4,000 requests in ten seconds, of which 300 may create a
/// secret. A subscription has five times as many.
/// <https://learn.microsoft.com/azure/key-vault/general/service-limits>
pub(crate) fn descriptor(place: String, actor: Option<String>) -> Descriptor {
    Descriptor {
        backend: "azure",
        place,
        actor,
        // A set is never conditional: it creates the secret, or a new version of it.
        capabilities: Capabilities {
            write: true,
            atomic_write: false,
            versions: true,
            metadata: true,
            lists_by_prefix: false,
        },
        // Concurrency = rate x latency: 400 requests a second of 0.03 s each are 12 in flight.
        limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 16 },
        rates: Rates {
            list: Some(Quota::exactly(400.0)),
            read: Some(Quota::exactly(400.0)),
            write: Some(Quota::exactly(30.0)),
            more_to_create: 0,
        },
        // Users report that a new secret is "not found" for a short while. Microsoft states no bound.
        read_lag: Duration::from_secs(10),
        unremovable: &[],
        undo: Undo { former_versions: true, restores: true, after_delete: Some(AFTER_DELETE) },
    }
}

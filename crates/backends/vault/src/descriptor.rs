//! What is true of Vault and OpenBao before the first request.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Rates};

use crate::mount::{KvVersion, Mounts};
use crate::settings::Settings;

/// The descriptor of a store at `address`.
pub(crate) fn descriptor(address: &str, mounts: &Mounts, settings: &Settings) -> Descriptor {
    let mut place = format!("vault:{address}");
    if let Mounts::One(mount) = mounts {
        place = format!("{place}/{}", mount.path);
    }
    if let Some(namespace) = settings.namespace() {
        place = format!("{place} (namespace {namespace})");
    }
    Descriptor {
        backend: "vault",
        place,
        capabilities: Capabilities {
            write: mounts.iter().all(|mount| mount.certain),
            // Only version 2 has check-and-set.
            atomic_write: mounts.iter().all(|mount| mount.version == KvVersion::Two),
            versions: mounts.iter().all(|mount| mount.version == KvVersion::Two),
            // Version 1 keeps values alone.
            metadata: mounts.iter().any(|mount| mount.version == KvVersion::Two),
            lists_by_prefix: true,
        },
        // One secret a call is all there is. 32 at the same time keep a server busy at any usual distance.
        limits: Limits { read_batch: 1, write_batch: 1, concurrency: 32 },
        // No rate is published; operators may set quotas of their own, which answer 429.
        rates: Rates::default(),
        // A standby that answers reads may be behind (Vault Enterprise; OpenBao from 2.5), and behind a balancer nobody
        // can tell whether one does. Ten seconds is what Vault's own documents wait.
        read_lag: Duration::from_secs(10),
    }
}

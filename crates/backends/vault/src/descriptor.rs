//! The descriptor: capabilities and limits of Vault and OpenBao.

use std::time::Duration;

use airbridge_core::{Capabilities, Descriptor, Limits, Rates, Undo};

use crate::mount::{KvVersion, Mounts};
use crate::settings::Settings;

/// What a delete leaves behind in version 2 of the engine.
pub(crate) const AFTER_DELETE: &str = "deleted for good, with all its versions";

/// The descriptor of a store at `address`.
pub(crate) fn descriptor(
    address: &str,
    mounts: &Mounts,
    settings: &Settings,
    actor: Option<String>,
) -> Descriptor {
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
        actor,
        capabilities: Capabilities {
            write: mounts.iter().all(|mount| mount.certain),
            // Only version 2 has check-and-set.
            atomic_write: mounts.iter().all(|mount| mount.version == KvVersion::Two),
            versions: mounts.iter().all(|mount| mount.version == KvVersion::Two),
            // Version 1 stores values only.
            metadata: mounts.iter().any(|mount| mount.version == KvVersion::Two),
            lists_by_prefix: true,
        },
        // Vault has no batch requests. 32 requests at the same time keep a server busy at any usual distance.
        limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 32 },
        // Vault publishes no rate. Operators may set quotas, which answer 429.
        rates: Rates::default(),
        // A standby node that answers reads may lag behind (Vault Enterprise; OpenBao from 2.5), and behind a load
        // balancer a client cannot tell which node answers. Vault's documentation waits ten seconds.
        read_lag: Duration::from_secs(10),
        unremovable: &[],
        undo: Undo {
            former_versions: mounts.iter().all(|mount| mount.version == KvVersion::Two),
            restores: false,
            after_delete: mounts.iter().any(|mount| mount.version == KvVersion::Two).then_some(AFTER_DELETE),
        },
    }
}

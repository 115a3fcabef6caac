//! The facts about a store that are known once it is open.

use std::time::Duration;

/// The facts about a store that are known once it is open. They never change.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    /// The type of endpoint, as users write it: `aws`, `vault`, `file` …
    pub backend: &'static str,
    /// The place, without credentials: `aws:eu-west-1 (account 111122223333)`. Two stores of one place return the same
    /// string, because rate limits are shared by place.
    pub place: String,
    /// Who acts there, as the service tells it without a further permission: `role/migrator`, a service account, the name
    /// of a token. `None` if the service does not tell or no credentials are used, as for files. Contains no credential.
    pub actor: Option<String>,
    /// What the store can do.
    pub capabilities: Capabilities,
    /// The maximum sizes of batches, and of calls in flight.
    pub limits: Limits,
    /// Calls per second that the service allows, as published.
    pub rates: Rates,
    /// The maximum time for which a read or listing may still show the state before a write; zero if reads are
    /// consistent. After a write, callers repeat a read for this long before they report a difference.
    pub read_lag: Duration,
    /// The fields that a replace cannot remove. A secret that shall no longer have one of them is deleted and created again,
    /// and the plan says so.
    pub unremovable: &'static [&'static str],
    /// What can be undone.
    pub undo: Undo,
}

/// What a store keeps of former values, so that a change can be undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undo {
    /// Whether a read of an earlier version returns its payload, as long as the service keeps it.
    pub former_versions: bool,
    /// Whether a deleted secret is kept for a while with its versions, and [`Action::Restore`](crate::Action::Restore) takes
    /// it back. Its name is reserved until then.
    pub restores: bool,
    /// What a delete leaves behind, as one clause for the user; `None` if it leaves nothing.
    pub after_delete: Option<&'static str>,
}

impl Undo {
    /// A store that keeps nothing of former values, and whose deletes leave nothing behind.
    pub const NONE: Self = Self { former_versions: false, restores: false, after_delete: None };
}

/// What a store can do. The conformance suite holds a store to each of these.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether the store accepts writes.
    pub write: bool,
    /// Whether the service itself guarantees that a create never replaces a secret and that a replace never overwrites
    /// a version it does not expect. If not, the adapter looks just before it writes.
    pub atomic_write: bool,
    /// Whether every write of a payload gives the secret a new version. If so, each receipt of a create or replace and
    /// each read carries a version, and a change with another `expect` fails with `VersionMismatch`. If not, no receipt,
    /// read or listing carries one.
    pub versions: bool,
    /// Whether the store keeps a description and tags with a secret.
    pub metadata: bool,
    /// Whether the service filters a listing by prefix. If not, the adapter filters the full listing, and a caller that
    /// needs several prefixes should list once with the empty prefix.
    pub lists_by_prefix: bool,
}

/// The maximum sizes of batches, and of calls in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum names in one `read_batch`, at least 1.
    pub read_batch: usize,
    /// Maximum changes in one `write_batch`, at least 1. A file accepts any number at once.
    pub write_batch: usize,
    /// Maximum changes in one `look_batch`; 0 for a store that looks by itself, or whose service compares versions.
    pub look_batch: usize,
    /// Maximum calls in flight, at least 1, unless the user sets another number.
    pub concurrency: usize,
}

/// The published rate limits of a service; `None` where it publishes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Calls that list one page.
    pub list: Option<Quota>,
    /// Calls that read one batch.
    pub read: Option<Quota>,
    /// Calls that write one batch.
    pub write: Option<Quota>,
    /// Further write calls that a batch costs if it creates a secret: 1 where a create is two calls.
    pub more_to_create: u32,
}

/// A published rate limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Calls per second.
    pub per_second: f64,
    /// Whether some accounts have a higher limit, so that callers may try more as long as no call is throttled.
    pub at_least: bool,
}

impl Quota {
    /// The limit of every account.
    pub const fn exactly(per_second: f64) -> Self {
        Self { per_second, at_least: false }
    }

    /// The lowest limit that an account can have.
    pub const fn at_least(per_second: f64) -> Self {
        Self { per_second, at_least: true }
    }
}

//! What is true of a store before the first request.

use std::time::Duration;

/// What is true of a store before the first request; the same value every time.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    /// The kind of place, as endpoints spell it: `aws`, `vault`, `file` …
    pub backend: &'static str,
    /// Which place it is, without credentials. Two stores of one place give the same text.
    pub place: String,
    /// What it can do.
    pub capabilities: Capabilities,
    /// How much at once.
    pub limits: Limits,
    /// How many calls a second the service allows, as published.
    pub rates: Rates,
    /// How long a read may still show the state before a write; zero where reads are consistent.
    pub read_lag: Duration,
}

/// What a store can do. A field exists only if some code reads it.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can be written at all.
    pub write: bool,
    /// Whether the store itself keeps a create from replacing and a replace from overtaking; otherwise it is
    /// checked just before writing.
    pub atomic_write: bool,
    /// Whether every write of a payload gives the secret a version: receipts and reads tell it, and a replace with
    /// another `expect` fails with `VersionMismatch`.
    pub versions: bool,
    /// Whether it keeps a description and tags beside a value.
    pub metadata: bool,
    /// Whether the service lists by prefix. Where it does not, the adapter leaves names out of the one listing there
    /// is, and several prefixes are best asked for as one, the empty one.
    pub lists_by_prefix: bool,
}

/// How much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Names in one read, at least 1.
    pub read_batch: usize,
    /// Changes in one write, at least 1. A file takes all at once.
    pub write_batch: usize,
    /// Calls in flight, at least 1.
    pub concurrency: usize,
}

/// How often a service lets itself be called; `None` where it publishes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Pages of a listing.
    pub list: Option<Quota>,
    /// Read batches.
    pub read: Option<Quota>,
    /// Calls that write. A batch is one.
    pub write: Option<Quota>,
    /// Calls that write, beside that one, where a batch creates something.
    pub more_to_create: u32,
}

/// Calls a second that a service publishes as its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// How many.
    pub per_second: f64,
    /// Whether an account may have more than that, so that more are tried as long as none is throttled.
    pub at_least: bool,
}

impl Quota {
    /// The same for everybody.
    pub const fn exactly(per_second: f64) -> Self {
        Self { per_second, at_least: false }
    }

    /// What everybody has, and some have more.
    pub const fn at_least(per_second: f64) -> Self {
        Self { per_second, at_least: true }
    }
}

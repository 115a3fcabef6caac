//! Options of `apply`. None of them changes a decision of the plan.

use std::path::PathBuf;

use clap::Args;

use super::{BackupOptions, IdentityOptions, RateLimitOptions, WriteOptions};

/// Options of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The file that `airbridge plan --save` wrote; FILE.key beside it, if there is one
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    #[command(flatten)]
    pub(crate) backup: BackupOptions,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

//! Options of `probe`.

use std::path::PathBuf;

use clap::Args;

use super::bundle::IdentityOptions;
use super::{FromOptions, RateLimitOptions};

/// Options of `probe`.
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// Entries to read: conn:ID, var:KEY, config:KEY; conn:* and var:* are all that can be listed where the file runs
    #[arg(value_name = "ENTRY")]
    pub(crate) entries: Vec<String>,
    /// File of entries to read, one `conn:ID` per line; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    pub(crate) ids: Option<PathBuf>,
    /// Read the entries that this endpoint lists; its values are not needed
    #[arg(long, value_name = "ENDPOINT", help_heading = "Selection")]
    pub(crate) ids_from: Option<String>,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

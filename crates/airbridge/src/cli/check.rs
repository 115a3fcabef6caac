//! Options of `check`.

use std::path::PathBuf;

use clap::Args;

use super::{FromOptions, IdentityOptions, RateLimitOptions, SelectOptions};

/// Options of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The endpoint, such as aws:us-east-1 or vault:airflow; optional with --ids-only
    #[arg(required_unless_present = "ids_only")]
    pub(crate) endpoint: Option<String>,
    /// Folder of DAG code: Python, YAML of dag-factory, template files (repeatable)
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) dags: Vec<PathBuf>,
    /// Print only the ids that the code uses, one `conn:ID` per line, as --ids reads them
    #[arg(long)]
    pub(crate) ids_only: bool,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    #[command(flatten)]
    pub(crate) select: SelectOptions,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

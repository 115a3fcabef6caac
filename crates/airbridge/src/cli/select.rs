//! Which entries a command selects, and how strict it is.

use std::path::PathBuf;

use clap::Args;

use super::words::KindWord;

/// Selects entries.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectOptions {
    /// Select only these kinds, separated by commas: connections, variables, config
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KINDS")]
    pub(crate) only: Vec<KindWord>,
    /// Select only entries that match GLOB, such as 'conn:prod_*'; a bare glob matches every kind (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Skip entries that match GLOB; takes precedence over --include (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// File of known ids, one `conn:ID` per line; used to resolve ambiguous names; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) ids: Option<PathBuf>,
    /// Select exactly the entries of this team
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    #[command(flatten)]
    pub(crate) caution: CautionOptions,
}

/// Makes a run stricter.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Caution")]
pub(crate) struct CautionOptions {
    /// Fail with exit code 4 and write nothing if the run has warnings
    #[arg(long)]
    pub(crate) fail_on_warning: bool,
    /// Fail with exit code 4 and write nothing if an endpoint, or a prefix or path that you gave, matches no entry
    #[arg(long)]
    pub(crate) fail_on_empty: bool,
    /// Allow --exclude globs and exclude rules that match no entry
    #[arg(long)]
    pub(crate) allow_unused: bool,
}

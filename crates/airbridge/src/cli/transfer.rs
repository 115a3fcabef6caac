//! Options of the commands that plan and write: `plan`, `copy`, `export`, `import`.

use std::path::PathBuf;

use clap::Args;

use super::{
    BackupOptions, ConflictWord, FromOptions, IdentityOptions, LossWord, PruneOptions, RateLimitOptions,
    RecipientOptions, SelectOptions, ToOptions, ValueFormat,
};

/// How entries are copied.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Copying")]
pub(crate) struct CopyOptions {
    /// What to do when the target already has a different value
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) on_conflict: ConflictWord,
    /// With --on-conflict ours, ask this report of an earlier run instead of the records on this machine
    #[arg(long, value_name = "REPORT")]
    pub(crate) since: Option<PathBuf>,
    /// Copy the remaining entries when some are refused (exit code 5)
    #[arg(long)]
    pub(crate) partial: bool,
    /// Copy entries although this is lost (repeatable)
    #[arg(long, value_enum, value_name = "WORD")]
    pub(crate) allow_loss: Vec<LossWord>,
    /// How to write connections at the target
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) value_format: ValueFormat,
    /// Take back a deleted secret that still holds the name of an entry, and give it the new value
    #[arg(long)]
    pub(crate) restore_deleted: bool,
    /// Print the [secrets] section of airflow.cfg that reads the target, without secrets
    #[arg(long, help_heading = "Output")]
    pub(crate) print_airflow_config: bool,
}

/// What to do with a plan.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a separate switch on the command line")]
#[command(next_help_heading = "Writing")]
pub(crate) struct WriteOptions {
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show the plan without writing
    #[arg(short = 'n', long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do not read back what was written
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// With --dry-run, exit with code 3 if something would change
    #[arg(long, requires = "dry_run", conflicts_with = "yes")]
    pub(crate) fail_on_change: bool,
    /// Allow values on a terminal when standard output is the target
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Also write the report (JSON, without values) to FILE, even if the run fails
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Keep no record of this run
    #[arg(long)]
    pub(crate) no_record: bool,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pair: Pair,
    #[command(flatten)]
    pub(crate) sides: Sides,
    #[command(flatten)]
    pub(crate) copying: CopyOptions,
    #[command(flatten)]
    pub(crate) prune: PruneOptions,
    /// Exit with code 3 if something would change
    #[arg(long, help_heading = "Output")]
    pub(crate) fail_on_change: bool,
    /// Also write the plan (JSON, without values) to FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Also save the plan to FILE, for `airbridge apply`; it contains no values
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) save: Option<PathBuf>,
    /// Also write the plan as a web page for review, without values, to FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,
}

/// Options of `copy`.
#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) pair: Pair,
    #[command(flatten)]
    pub(crate) options: TransferOptions,
    #[command(flatten)]
    pub(crate) prune: PruneOptions,
    #[command(flatten)]
    pub(crate) backup: BackupOptions,
}

/// Source and target.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// The source; it is never written
    #[arg(value_name = "FROM")]
    pub(crate) source: String,
    /// The target
    #[arg(value_name = "TO")]
    pub(crate) target: String,
}

/// Options for two endpoints.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Sides {
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) to: ToOptions,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    #[command(flatten)]
    pub(crate) select: SelectOptions,
    /// Rename, change and exclude entries of the first endpoint by the rules in this TOML file
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    pub(crate) rules: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

/// Options of a transfer that writes.
#[derive(Debug, Args)]
pub(crate) struct TransferOptions {
    #[command(flatten)]
    pub(crate) sides: Sides,
    #[command(flatten)]
    pub(crate) copying: CopyOptions,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The source; it is never written
    #[arg(value_name = "FROM")]
    pub(crate) source: String,
    /// The file to write
    pub(crate) file: String,
    /// Replace FILE if it exists
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) recipients: RecipientOptions,
    #[command(flatten)]
    pub(crate) options: TransferOptions,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file to read
    pub(crate) file: String,
    /// The target
    #[arg(value_name = "TO")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) options: TransferOptions,
    #[command(flatten)]
    pub(crate) prune: PruneOptions,
    #[command(flatten)]
    pub(crate) backup: BackupOptions,
}

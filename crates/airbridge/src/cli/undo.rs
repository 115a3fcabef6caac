//! Options for deletions, for backups, and of `undo`.

use std::path::PathBuf;

use clap::Args;

use super::{IdentityOptions, RateLimitOptions, RecipientOptions, absolute};

/// Whether entries that only the target has are deleted.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Copying")]
pub(crate) struct PruneOptions {
    /// Delete the selected entries that only the target has, after everything else is written
    #[arg(long, requires = "max_delete")]
    pub(crate) prune: bool,
    /// With --prune, delete nothing if there are more than N such entries
    #[arg(long, requires = "prune", value_name = "N")]
    pub(crate) max_delete: Option<usize>,
}

/// Where what is replaced and deleted is saved.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Writing")]
pub(crate) struct BackupOptions {
    /// Before the first write, save what is replaced or deleted to this new bundle (FILE.age)
    #[arg(long, value_name = "FILE")]
    pub(crate) backup: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) recipients: RecipientOptions,
}

impl BackupOptions {
    /// The same, with paths that do not depend on the working directory.
    pub(crate) fn absolute(self) -> Self {
        Self { backup: self.backup.map(absolute), recipients: self.recipients.absolute() }
    }
}

/// Options of `undo`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("past").required(true).args(["run", "report"]))]
#[expect(clippy::struct_excessive_bools, reason = "each one is a separate switch on the command line")]
pub(crate) struct UndoArgs {
    /// The run, or the beginning of its name; `last` is the newest
    pub(crate) run: Option<String>,
    /// Undo the run that wrote this report, from any machine
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Set or replace a key of the target: key=value or key:=JSON (repeatable)
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Endpoints")]
    pub(crate) to: Vec<String>,
    /// Take former values from this bundle instead of the one that --backup wrote
    #[arg(long, value_name = "FILE", help_heading = "Bundles")]
    pub(crate) from_backup: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    #[command(flatten)]
    pub(crate) backup: BackupOptions,
    /// Undo the other changes when some are refused (exit code 5)
    #[arg(long, help_heading = "Writing")]
    pub(crate) partial: bool,
    /// Do not ask for confirmation
    #[arg(short, long, help_heading = "Writing")]
    pub(crate) yes: bool,
    /// Show the plan without writing
    #[arg(short = 'n', long, conflicts_with = "yes", help_heading = "Writing")]
    pub(crate) dry_run: bool,
    /// Do not read back what was written
    #[arg(long, help_heading = "Writing")]
    pub(crate) no_verify: bool,
    /// Keep no record of this run
    #[arg(long, help_heading = "Writing")]
    pub(crate) no_record: bool,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

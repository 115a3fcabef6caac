//! The options, and nothing else.

mod help;
mod words;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

use help::{ABOUT, LONG_ABOUT, endpoints, endpoints_with_keys};

pub(crate) use words::{Colour, ConflictWord, Format, KindWord, LossWord, SpellingWord, ValueFormat};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "airbridge", version, about = ABOUT, long_about = LONG_ABOUT)]
#[command(after_help = endpoints(), after_long_help = endpoints_with_keys())]
#[command(propagate_version = true, disable_help_subcommand = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ids and kinds that an endpoint holds, never values
    #[command(after_long_help = "\
Examples:
  airbridge list aws:us-east-1
  airbridge list vault:airflow --only connections
  airbridge list file:.env -o json")]
    List(ListArgs),
    /// One entry as Airflow reads it; secret parts masked
    #[command(after_long_help = "\
Examples:
  airbridge show aws:us-east-1 conn:smtp_default
  airbridge show env: conn:x --reveal --output json
  airbridge show vault: conn:db --reveal --as uri")]
    Show(ShowArgs),
    /// What a copy would do, entry by entry; writes nothing
    #[command(after_long_help = "\
Examples:
  airbridge plan file:connections.yaml vault:airflow
  airbridge plan aws:us-east-1 aws:eu-west-1 --from profile_name=old --to profile_name=new
  airbridge plan aws:us-east-1 vault:airflow --fail-on-change")]
    Plan(PlanArgs),
    /// Plans, asks, writes, reads back and reports
    #[command(after_long_help = "\
Examples:
  airbridge copy aws:us-east-1 vault:airflow
  airbridge copy airflow:old/airflow.cfg airflow:new/airflow.cfg
  airbridge copy file:airflow_settings.yaml vault:airflow --only connections
  airbridge copy aws:us-east-1 aws:eu-west-1 --on-conflict skip --yes
  airbridge copy aws:us-east-1 vault:airflow --rules rules.toml
  airbridge copy env: '-?format=dotenv' --yes > moved.env")]
    Copy(CopyArgs),
    /// What differs between two endpoints, by entry and field name
    #[command(after_long_help = "\
Examples:
  airbridge diff aws:us-east-1 vault:airflow
  airbridge diff aws:us-east-1 aws:eu-west-1 --include 'conn:prod_*'")]
    Diff(DiffArgs),
    /// Copies into a new file that holds exactly the selection
    #[command(after_long_help = "\
The format decides which kinds are written: connections.json takes connections.

Examples:
  airbridge export aws:us-east-1 connections.json
  airbridge export vault:airflow variables.yaml --overwrite")]
    Export(ExportArgs),
    /// Copies out of a file
    #[command(after_long_help = "\
Examples:
  airbridge import connections.yaml aws:us-east-1
  airbridge import airflow_settings.yaml vault:airflow --exclude 'var:tmp_*'")]
    Import(ImportArgs),
    /// A completion script for a shell
    #[command(after_long_help = "\
Example:
  airbridge completions bash > ~/.local/share/bash-completion/completions/airbridge")]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// The manual page
    #[command(after_long_help = "\
Example:
  airbridge man | man -l -")]
    Man,
}

/// What every command can say about its output.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// For people, or one JSON document on standard output
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Errors and questions only
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// More: every entry, then what is being done (-vv, -vvv)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to colour (`NO_COLOR` is honoured)
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// The configuration file, instead of airbridge.toml here or in the user's configuration folder
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Run the commands that an Airflow's settings name (`backend_kwargs_cmd`), as Airflow does
    #[arg(long, global = true)]
    pub(crate) allow_commands: bool,
}

/// Which entries.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which entries")]
pub(crate) struct SelectOptions {
    /// Only these kinds: connections,variables,config
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KINDS")]
    pub(crate) only: Vec<KindWord>,
    /// Only entries that match: 'conn:prod_*', 'var:*', or a bare glob for every kind (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Not the entries that match; beats --include (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Ids that exist, one entry a line (conn:x): settles names that could be several ids
    #[arg(long, value_name = "FILE")]
    pub(crate) ids: Option<PathBuf>,
    /// Exactly this team's entries, on every side
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
}

/// How fast.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "RateLimits")]
pub(crate) struct PaceOptions {
    /// Calls in flight at each endpoint
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: Option<u16>,
    /// Calls a second at each endpoint: writing at a target, reading at a source
    #[arg(long, value_name = "OPS_PER_S", value_parser = rate)]
    pub(crate) rate: Option<f64>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "must be a number above zero".to_owned())
}

/// Keys of the only, or the first, endpoint.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Endpoints")]
pub(crate) struct FromOptions {
    /// A key of the first endpoint: key=value or key:=JSON (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) from: Vec<String>,
}

/// Keys of the second endpoint.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Endpoints")]
pub(crate) struct ToOptions {
    /// A key of the second endpoint: key=value or key:=JSON (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) to: Vec<String>,
}

/// How entries are carried.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "How entries are carried")]
pub(crate) struct CarryOptions {
    /// What to do with entries that the target holds with another meaning
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) on_conflict: ConflictWord,
    /// Leave entries that are refused alone and carry the others (exit code 5)
    #[arg(long)]
    pub(crate) partial: bool,
    /// Carry entries although this is lost (repeatable)
    #[arg(long, value_enum, value_name = "WORD")]
    pub(crate) allow_loss: Vec<LossWord>,
    /// How connections are spelled at the target
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) value_format: ValueFormat,
    /// Print the [secrets] section of airflow.cfg for the target, without secrets
    #[arg(long, help_heading = "Output")]
    pub(crate) print_airflow_config: bool,
}

/// What becomes of a plan.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[command(next_help_heading = "Writing")]
pub(crate) struct WriteOptions {
    /// Ask nothing
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show the plan and write nothing
    #[arg(short = 'n', long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Do not read back what was written
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// With --dry-run: exit code 3 if something would change
    #[arg(long, requires = "dry_run", conflicts_with = "yes")]
    pub(crate) fail_on_change: bool,
    /// Values may be shown on a terminal, where standard output is the target
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Write the report (JSON, no values) into a file as well, also when the run fails
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// Options of `list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Where
    pub(crate) endpoint: String,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) select: SelectOptions,
    #[command(flatten)]
    pub(crate) pace: PaceOptions,
}

/// Options of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Where
    pub(crate) endpoint: String,
    /// Which: conn:ID, var:KEY or config:KEY
    pub(crate) entry: String,
    /// Show password, extra and values
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Print the safe spelling, for pasting; needs --reveal
    #[arg(long = "as", value_enum, value_name = "SPELLING")]
    pub(crate) spelling: Option<SpellingWord>,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    /// Exactly this team's entry
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    #[command(flatten)]
    pub(crate) pace: PaceOptions,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pair: Pair,
    #[command(flatten)]
    pub(crate) sides: Sides,
    #[command(flatten)]
    pub(crate) carry: CarryOptions,
    /// Exit code 3 if something would change
    #[arg(long, help_heading = "Output")]
    pub(crate) fail_on_change: bool,
    /// Write the plan (JSON, no values) into a file as well
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
}

/// Options of `copy`.
#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) pair: Pair,
    #[command(flatten)]
    pub(crate) options: TransferOptions,
}

/// Where from and where to.
#[derive(Debug, Args)]
pub(crate) struct Pair {
    /// The source; it is never written
    #[arg(value_name = "FROM")]
    pub(crate) source: String,
    /// The target
    #[arg(value_name = "TO")]
    pub(crate) target: String,
}

/// What is said about both endpoints.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Sides {
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) to: ToOptions,
    #[command(flatten)]
    pub(crate) select: SelectOptions,
    /// Rename, change and leave out entries of the first endpoint as this TOML file says
    #[arg(long, value_name = "FILE", help_heading = "Which entries")]
    pub(crate) rules: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pace: PaceOptions,
}

/// What is said about a transfer that writes.
#[derive(Debug, Args)]
pub(crate) struct TransferOptions {
    #[command(flatten)]
    pub(crate) sides: Sides,
    #[command(flatten)]
    pub(crate) carry: CarryOptions,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// One endpoint
    pub(crate) a: String,
    /// The other
    pub(crate) b: String,
    #[command(flatten)]
    pub(crate) sides: Sides,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The source; it is never written
    #[arg(value_name = "FROM")]
    pub(crate) source: String,
    /// The file to write
    pub(crate) file: String,
    /// Replace a file that exists
    #[arg(long)]
    pub(crate) overwrite: bool,
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
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_options_are_sound() {
        super::Cli::command().debug_assert();
    }
}

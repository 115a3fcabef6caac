//! The commands and their options.

mod apply;
mod bundle;
mod check;
mod doctor;
mod help;
mod policy;
mod probe;
mod rates;
mod select;
mod transfer;
mod undo;
mod words;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

use help::{ABOUT, AFTER_HELP};

pub(crate) use apply::ApplyArgs;
pub(crate) use bundle::{IdentityOptions, RecipientOptions, absolute};
pub(crate) use check::CheckArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use policy::{PolicyArgs, PurposeWord};
pub(crate) use probe::ProbeArgs;
pub(crate) use rates::RateLimitOptions;
pub(crate) use select::{CautionOptions, SelectOptions};
pub(crate) use transfer::{
    CopyArgs, CopyOptions, ExportArgs, ImportArgs, Pair, PlanArgs, Sides, TransferOptions, WriteOptions,
};
pub(crate) use undo::{BackupOptions, PruneOptions, UndoArgs};
pub(crate) use words::{Colour, ConflictWord, Format, KindWord, LossWord, SpellingWord, ValueFormat};

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "airbridge", version, about = ABOUT, after_help = AFTER_HELP)]
#[command(propagate_version = true, disable_help_subcommand = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the ids of an endpoint, without values
    #[command(after_long_help = "\
Examples:
  airbridge list aws:us-east-1
  airbridge list vault:airflow --only connections
  airbridge list file:.env -o json")]
    List(ListArgs),
    /// Show one entry as Airflow reads it; secret fields are masked
    #[command(after_long_help = "\
Examples:
  airbridge show aws:us-east-1 conn:smtp_default
  airbridge show env: conn:x --reveal --output json
  airbridge show vault: conn:db --reveal --as uri")]
    Show(ShowArgs),
    /// Show what a copy would do, entry by entry, without writing
    #[command(after_long_help = "\
Examples:
  airbridge plan file:connections.yaml vault:airflow
  airbridge plan aws:us-east-1 aws:eu-west-1 --from profile_name=old --to profile_name=new
  airbridge plan aws:us-east-1 vault:airflow --fail-on-change
  airbridge plan aws:us-east-1 vault:airflow --html plan.html")]
    Plan(PlanArgs),
    /// Copy entries: plan, ask for confirmation, write, verify and report
    #[command(after_long_help = "\
Examples:
  airbridge copy aws:us-east-1 vault:airflow
  airbridge copy airflow:old/airflow.cfg airflow:new/airflow.cfg
  airbridge copy file:airflow_settings.yaml vault:airflow --only connections
  airbridge copy aws:us-east-1 aws:eu-west-1 --on-conflict skip --yes
  airbridge copy aws:us-east-1 vault:airflow --rules rules.toml
  airbridge copy aws:us-east-1 vault:airflow --on-conflict overwrite --prune --max-delete 10
  airbridge copy vault:airflow .env --on-conflict overwrite --backup before.age --recipient @team.txt
  airbridge copy env: '-?format=dotenv' --yes > moved.env")]
    Copy(CopyArgs),
    /// Execute a saved plan, and refuse if anything has changed
    #[command(after_long_help = "\
airbridge reads both sides again and plans with the options of the saved plan. If the result is not the saved plan, it names the
entries that moved and writes nothing (exit code 4).

Examples:
  airbridge plan aws:us-east-1 vault:airflow --save plan.json --html plan.html
  airbridge apply plan.json --dry-run    # shows the plan, without a connection
  airbridge apply plan.json")]
    Apply(Box<ApplyArgs>),
    /// Show the differences between two endpoints, by entry and field name
    #[command(after_long_help = "\
Examples:
  airbridge diff aws:us-east-1 vault:airflow
  airbridge diff aws:us-east-1 aws:eu-west-1 --include 'conn:prod_*'
  airbridge diff aws:us-east-1 vault:airflow --quiet    # only the exit code: 3 if something differs")]
    Diff(DiffArgs),
    /// Find the entries that DAG code uses and an endpoint lacks
    #[command(after_long_help = "\
airbridge reads the code and does not run it. An id that is known only when the code runs is listed as dynamic. Exit code 3 if an
entry is missing that the code needs.

Examples:
  airbridge check vault:airflow --dags dags/
  airbridge check aws:us-east-1 --dags dags/ --dags plugins/ -o json
  airbridge check --dags dags/ --ids-only > ids.txt    # contacts nothing")]
    Check(Box<CheckArgs>),
    /// Find what is wrong with an endpoint, or why Airflow does not read one entry
    #[command(after_long_help = "\
It writes nothing. The exit code is 3 if it finds a problem. With an entry, it asks each place that Airflow asks, in the same order,
and says what answers.

Examples:
  airbridge doctor aws:us-east-1
  airbridge doctor vault:airflow conn:warehouse
  airbridge doctor airflow:/srv/airflow/airflow.cfg conn:warehouse -o json")]
    Doctor(DoctorArgs),
    /// Copy the selected entries into a new file
    #[command(after_long_help = "\
The file contains exactly the selection. Its format decides which kinds it can hold: connections.json holds connections.
A new file is written without a question; --overwrite asks before it replaces a file.
A bundle, FILE.age, is encrypted and holds every kind. `airbridge import` reads it with --identity or the passphrase.

Examples:
  airbridge export aws:us-east-1 connections.json
  airbridge export aws:us-east-1 moved.age --recipient @team.txt
  airbridge export vault:airflow variables.yaml --overwrite")]
    Export(ExportArgs),
    /// Copy entries from a file
    #[command(after_long_help = "\
Examples:
  airbridge import connections.yaml aws:us-east-1
  airbridge import moved.age vault:airflow --identity key.txt
  airbridge import airflow_settings.yaml vault:airflow --exclude 'var:tmp_*'")]
    Import(ImportArgs),
    /// List past runs on this machine, or show what one wrote
    #[command(after_long_help = "\
Records are kept in AIRBRIDGE_STATE_DIR, else in ~/.local/state/airbridge. They hold no values.

Examples:
  airbridge runs
  airbridge runs last
  airbridge runs 20261128-094300-1073f2a -o json")]
    Runs {
        /// The run, or the beginning of its name; `last` is the newest
        run: Option<String>,
    },
    /// Give the target back what it held before a run
    #[command(after_long_help = "\
An entry that someone changed after the run is refused. Former values come from the target's own versions, or from the bundle
that --backup wrote.

Examples:
  airbridge undo last --dry-run
  airbridge undo 20261128-094300-1073f2a
  airbridge undo last --identity key.txt
  airbridge undo --report report.json")]
    Undo(Box<UndoArgs>),
    /// Print the least permissions for the entries of an endpoint
    #[command(after_long_help = "\
The policy allows the requests that airbridge sends, for exactly these names, and nothing else. It is printed on standard output,
notes on standard error.

Examples:
  airbridge policy aws:us-east-1 --for read
  airbridge policy vault:airflow --for write --plan plan.json > policy.hcl
  airbridge policy vault:airflow --for airflow -o json")]
    Policy(Box<PolicyArgs>),
    /// Print a Python file that hands over what Airflow itself reads
    #[command(after_long_help = "\
The file needs Airflow 2.11 or 3 and nothing else. A task imports it and calls probe.pipe([...]); outside the tasks of Airflow 3 it
also runs as a script. Its output, the format `probe`, holds values in clear: it goes to a pipe or a file, never to a log.
Without any entry it reads conn:* and var:*. No secrets backend can be listed by Airflow, so name its entries.

Examples:
  airbridge probe conn:smtp_default var:region > probe.py
  airbridge probe --ids-from airflow-api:https://airflow.acme.test > probe.py
  python probe.py | airbridge diff '-?format=probe' vault:airflow")]
    Probe(ProbeArgs),
    /// List the types of endpoint, or the keys of one
    #[command(after_long_help = "\
Examples:
  airbridge endpoints
  airbridge endpoints vault
  airbridge endpoints aws --output json")]
    Endpoints {
        /// Show the keys of this type, such as aws or vault
        scheme: Option<String>,
    },
    /// Print a completion script for a shell
    #[command(after_long_help = "\
Example:
  airbridge completions bash > ~/.local/share/bash-completion/completions/airbridge")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_long_help = "\
Example:
  airbridge man | man -l -")]
    Man,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Print for people (human), or one JSON document (json)
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub(crate) output: Format,
    /// Print only errors, questions, and warnings that change what is done
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// More detail: -v lists every entry, -vv adds retries, -vvv adds debug output
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colours: auto (respects `NO_COLOR`), always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: Colour,
    /// Read this configuration file instead of airbridge.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Run commands and use files that settings of Airflow name
    #[arg(long, global = true)]
    pub(crate) allow_commands: bool,
}

/// Keys of the only endpoint, or of the first one.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Endpoints")]
pub(crate) struct FromOptions {
    /// Set a key of the first endpoint: key=value or key:=JSON (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) from: Vec<String>,
}

/// Keys of the second endpoint.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Endpoints")]
pub(crate) struct ToOptions {
    /// Set a key of the second endpoint: key=value or key:=JSON (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) to: Vec<String>,
}

/// Options of `list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The endpoint, such as aws:us-east-1 or vault:airflow
    pub(crate) endpoint: String,
    /// Also list names outside the prefixes and paths of the endpoint
    #[arg(long)]
    pub(crate) all: bool,
    /// Print only the ids, one `conn:ID` per line, as --ids reads them
    #[arg(long, conflicts_with = "all")]
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

/// Options of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The endpoint, such as aws:us-east-1 or vault:airflow
    pub(crate) endpoint: String,
    /// The entry: conn:ID, var:KEY or config:KEY
    pub(crate) entry: String,
    /// Print passwords, extra and values
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Print a spelling for pasting; needs --reveal
    #[arg(long = "as", value_enum, value_name = "SPELLING")]
    pub(crate) spelling: Option<SpellingWord>,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) bundle: IdentityOptions,
    /// Show the entry of this team
    #[arg(long, value_name = "NAME")]
    pub(crate) team: Option<String>,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The first endpoint
    pub(crate) a: String,
    /// The second endpoint
    pub(crate) b: String,
    #[command(flatten)]
    pub(crate) sides: Sides,
    /// Also write the differences as a web page for review, without values, to FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) html: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn help_fits_one_screen() {
        let help = super::Cli::command().term_width(100).render_help().to_string();
        assert!(help.lines().count() <= 45, "{help}");
    }

    #[test]
    fn options_are_consistent() {
        super::Cli::command().debug_assert();
    }
}

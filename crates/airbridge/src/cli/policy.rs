//! Options of `policy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FromOptions, RateLimitOptions, SelectOptions};

/// Options of `policy`.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// The endpoint, such as aws:us-east-1 or vault:airflow
    pub(crate) endpoint: String,
    /// What it is for: read or write this endpoint, undo a run, or let Airflow read
    #[arg(long = "for", value_enum, value_name = "WHAT")]
    pub(crate) purpose: PurposeWord,
    /// Allow exactly the names and changes of this saved plan
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ids", "include", "exclude"])]
    pub(crate) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) from: FromOptions,
    #[command(flatten)]
    pub(crate) select: SelectOptions,
    #[command(flatten)]
    pub(crate) rates: RateLimitOptions,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeWord {
    /// A source of copies: list and read
    Read,
    /// A target of copies: list, read, create and replace; with --plan exactly what the plan does
    Write,
    /// A target of `airbridge undo`: read former values and put them back
    Undo,
    /// Airflow itself: read single entries by name
    Airflow,
}

impl PurposeWord {
    /// The word, as the user writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Undo => "undo",
            Self::Airflow => "airflow",
        }
    }
}

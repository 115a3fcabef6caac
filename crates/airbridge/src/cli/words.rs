//! The words that options take.

use clap::ValueEnum;

/// Who reads the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Human,
    Json,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// A kind, as options spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindWord {
    Connections,
    Variables,
    Config,
}

/// What to do with a conflict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConflictWord {
    /// Refuse: list them and write nothing
    #[default]
    Fail,
    /// Leave the target's
    Skip,
    /// Write the source's
    Overwrite,
}

/// What may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LossWord {
    /// The description of a connection or a variable
    Description,
    /// A connection type in a spelling that Airflow normalises
    ConnTypeSpelling,
    /// The difference between an absent and an empty host, schema or login
    AbsentVsEmpty,
}

/// How connections are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValueFormat {
    /// As at the source where the target reads the same, else the safest
    #[default]
    Keep,
    /// A JSON text
    Json,
    /// A URI
    Uri,
    /// Named fields
    Fields,
}

/// A spelling for pasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpellingWord {
    Uri,
    Json,
}

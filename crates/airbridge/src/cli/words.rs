//! The values of options.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Human,
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// A kind of entry, as options spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KindWord {
    Connections,
    Variables,
    Config,
}

/// What to do with a conflict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConflictWord {
    /// Refuse the plan: list the conflicts and write nothing
    #[default]
    Fail,
    /// Keep the target's value
    Skip,
    /// Write the source's value
    Overwrite,
    /// Write the source's value if the entry still has the version that an earlier run wrote; otherwise do as `fail`
    Ours,
}

/// A loss that can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LossWord {
    /// The description of a connection or a variable
    Description,
    /// The spelling of a connection type that Airflow normalises
    ConnTypeSpelling,
    /// The difference between an absent and an empty host, schema or login
    AbsentVsEmpty,
    /// The type of a field that is a number or a boolean
    FieldType,
}

/// How connections are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ValueFormat {
    /// As at the source if the target reads the same from it, otherwise in the safest spelling
    #[default]
    Keep,
    /// A JSON object
    Json,
    /// A URI
    Uri,
    /// Separate fields, where the target has them
    Fields,
}

/// A spelling for pasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpellingWord {
    Uri,
    Json,
}

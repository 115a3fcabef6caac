//! The files that Airflow and its tools read and write. Pure: bytes in, bytes out.
//!
//! ```text
//!   guess.rs        which format a file has
//!   text.rs         bytes, lines, places
//!   held.rs         what an Airflow file says of one entry, and back: object.rs (connections), variables.rs
//!   json.rs  yaml/  env_file.rs     Airflow's three spellings of such files
//!   dotenv/         AIRFLOW_CONN_… lines, as Astro, Docker and Compose read them
//!   astro/          airflow_settings.yaml
//!   proof.rs        whatever was rendered is read again before it leaves
//! ```
//!
//! Entries are called `connections/ID`, `variables/KEY` and `config/KEY`; those of a `.env` file by their variable.
//! What Airflow takes only as a whole (one bad entry spoils its file) is told here entry by entry.

mod astro;
mod dotenv;
mod env_file;
mod guess;
mod held;
mod json;
mod object;
mod proof;
#[cfg(test)]
mod tests;
mod text;
mod variables;
mod yaml;

use std::fmt;
use std::sync::Arc;

use airbridge_core::Document;

pub use astro::not_carried;
pub use guess::{GuessError, guess};

use crate::{AirflowVersion, Dialect, Kind};

/// The formats of single files. A folder is three of them, and put together elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `connections export`, `connections import`, the local-filesystem backend.
    ConnectionsJson,
    /// The same in YAML.
    ConnectionsYaml,
    /// The same as `ID=URI` lines.
    ConnectionsEnv,
    /// `variables export`, `variables import`, the local-filesystem backend.
    VariablesJson,
    /// The same in YAML.
    VariablesYaml,
    /// The same as `KEY=VALUE` lines.
    VariablesEnv,
    /// The local-filesystem backend's config options.
    ConfigJson,
    /// The same in YAML.
    ConfigYaml,
    /// The same as `KEY=VALUE` lines.
    ConfigEnv,
    /// `AIRFLOW_CONN_…=` and `AIRFLOW_VAR_…=` lines.
    Dotenv,
    /// The Astro CLI's `airflow_settings.yaml`.
    Astro,
}

/// Who reads a variables file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VariablesReader {
    /// `variables import`: what is no text is stored as JSON, `{"value": …, "description": …}` is taken apart.
    #[default]
    Import,
    /// The local-filesystem backend, which hands values out with the type they have.
    Backend,
}

/// Whose `.env` file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DotenvDialect {
    /// The Astro CLI's own reader.
    Astro,
    /// `docker run --env-file`.
    Docker,
    /// Docker Compose's `env_file`, which also serves the Astro CLI's containers.
    Compose,
}

impl DotenvDialect {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Astro, Self::Docker, Self::Compose];

    /// The word in endpoints.
    pub fn word(self) -> &'static str {
        match self {
            Self::Astro => "astro",
            Self::Docker => "docker",
            Self::Compose => "compose",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }
}

/// What decides how a file is read, beside its format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Who reads a variables file.
    pub reader: VariablesReader,
    /// Whose `.env` file it is; `None` takes only what all of them read alike.
    pub dialect: Option<DotenvDialect>,
    /// Which Airflow reads it.
    pub version: AirflowVersion,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ConnectionsJson,
        Self::ConnectionsYaml,
        Self::ConnectionsEnv,
        Self::VariablesJson,
        Self::VariablesYaml,
        Self::VariablesEnv,
        Self::ConfigJson,
        Self::ConfigYaml,
        Self::ConfigEnv,
        Self::Dotenv,
        Self::Astro,
    ];

    /// The word after `?format=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectionsJson => "connections-json",
            Self::ConnectionsYaml => "connections-yaml",
            Self::ConnectionsEnv => "connections-env",
            Self::VariablesJson => "variables-json",
            Self::VariablesYaml => "variables-yaml",
            Self::VariablesEnv => "variables-env",
            Self::ConfigJson => "config-json",
            Self::ConfigYaml => "config-yaml",
            Self::ConfigEnv => "config-env",
            Self::Dotenv => "dotenv",
            Self::Astro => "astro",
        }
    }

    /// Reads the word after `?format=`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// By whose rules its entries are read.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Dotenv => Dialect::Text,
            Self::Astro => Dialect::Astro,
            Self::ConnectionsEnv | Self::VariablesEnv | Self::ConfigEnv => Dialect::EnvFile,
            _ => Dialect::File,
        }
    }

    /// What it can hold.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::ConnectionsJson | Self::ConnectionsYaml | Self::ConnectionsEnv => &[Kind::Connection],
            Self::VariablesJson | Self::VariablesYaml | Self::VariablesEnv => &[Kind::Variable],
            Self::ConfigJson | Self::ConfigYaml | Self::ConfigEnv => &[Kind::Config],
            Self::Dotenv | Self::Astro => &[Kind::Connection, Kind::Variable],
        }
    }

    /// The format, ready to read and write.
    pub fn document(self, options: Options) -> Arc<dyn Document> {
        let held = |kind| held::Held { kind, reader: options.reader, version: options.version };
        match self {
            Self::ConnectionsJson => Arc::new(json::JsonFile(held(Kind::Connection))),
            Self::VariablesJson => Arc::new(json::JsonFile(held(Kind::Variable))),
            Self::ConfigJson => Arc::new(json::JsonFile(held(Kind::Config))),
            Self::ConnectionsYaml => Arc::new(yaml::YamlFile(held(Kind::Connection))),
            Self::VariablesYaml => Arc::new(yaml::YamlFile(held(Kind::Variable))),
            Self::ConfigYaml => Arc::new(yaml::YamlFile(held(Kind::Config))),
            Self::ConnectionsEnv => Arc::new(env_file::EnvFile(held(Kind::Connection))),
            Self::VariablesEnv => Arc::new(env_file::EnvFile(held(Kind::Variable))),
            Self::ConfigEnv => Arc::new(env_file::EnvFile(held(Kind::Config))),
            Self::Dotenv => Arc::new(dotenv::DotenvFile(options.dialect)),
            Self::Astro => Arc::new(astro::AstroFile),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

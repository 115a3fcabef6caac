//! The formats of files.

use std::fmt;
use std::sync::Arc;

use airbridge_core::Document;

use super::astro::AstroFile;
use super::dotenv::DotenvFile;
use super::entry_file::EntryFile;
use super::env_file::EnvFile;
use super::json::JsonFile;
use super::options::Options;
use super::probe::ProbeFile;
use super::yaml::YamlFile;
use crate::encode::Loss;
use crate::entry::Kind;
use crate::read::Dialect;

/// The formats of single files. A folder consists of up to three such files and is handled by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Connections in JSON: `connections export`, `connections import`, the local filesystem backend.
    ConnectionsJson,
    /// Connections in YAML.
    ConnectionsYaml,
    /// Connections as `ID=URI` lines.
    ConnectionsEnv,
    /// Variables in JSON: `variables export`, `variables import`, the local filesystem backend.
    VariablesJson,
    /// Variables in YAML.
    VariablesYaml,
    /// Variables as `KEY=VALUE` lines.
    VariablesEnv,
    /// Config options of the local filesystem backend in JSON.
    ConfigJson,
    /// Config options in YAML.
    ConfigYaml,
    /// Config options as `KEY=VALUE` lines.
    ConfigEnv,
    /// `AIRFLOW_CONN_…=` and `AIRFLOW_VAR_…=` lines.
    Dotenv,
    /// The Astro CLI's `airflow_settings.yaml`.
    Astro,
    /// The output of the file that `airbridge probe` prints.
    Probe,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 12] = [
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
        Self::Probe,
    ];

    /// The value of the endpoint key `format`.
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
            Self::Probe => "probe",
        }
    }

    /// Parses the value of the endpoint key `format`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The rules by which Airflow reads the entries.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Dotenv => Dialect::Text,
            Self::Astro => Dialect::Astro,
            Self::Probe => Dialect::Probe,
            Self::ConnectionsEnv | Self::VariablesEnv | Self::ConfigEnv => Dialect::EnvFile,
            _ => Dialect::File,
        }
    }

    /// The kinds of entries that the format can hold.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::ConnectionsJson | Self::ConnectionsYaml | Self::ConnectionsEnv => &[Kind::Connection],
            Self::VariablesJson | Self::VariablesYaml | Self::VariablesEnv => &[Kind::Variable],
            Self::ConfigJson | Self::ConfigYaml | Self::ConfigEnv => &[Kind::Config],
            Self::Dotenv | Self::Astro => &[Kind::Connection, Kind::Variable],
            Self::Probe => &Kind::ALL,
        }
    }

    /// Whether files of the format can be written.
    pub fn is_writable(self) -> bool {
        self != Self::Probe
    }

    /// The losses that a copy of an ordinary connection to the format has. Every tool reads a `.env` file alike only if its
    /// connections are URIs, from which Airflow reads an absent schema as an empty one.
    pub fn usual_losses(self, options: Options) -> &'static [Loss] {
        match (self, options.dialect) {
            (Self::Dotenv, None) => &[Loss::AbsentVsEmpty],
            _ => &[],
        }
    }

    /// A reader and writer of the format.
    pub fn document(self, options: Options) -> Arc<dyn Document> {
        let entries = |kind| EntryFile { kind, reader: options.reader, version: options.version };
        match self {
            Self::ConnectionsJson => Arc::new(JsonFile(entries(Kind::Connection))),
            Self::VariablesJson => Arc::new(JsonFile(entries(Kind::Variable))),
            Self::ConfigJson => Arc::new(JsonFile(entries(Kind::Config))),
            Self::ConnectionsYaml => Arc::new(YamlFile(entries(Kind::Connection))),
            Self::VariablesYaml => Arc::new(YamlFile(entries(Kind::Variable))),
            Self::ConfigYaml => Arc::new(YamlFile(entries(Kind::Config))),
            Self::ConnectionsEnv => Arc::new(EnvFile(entries(Kind::Connection))),
            Self::VariablesEnv => Arc::new(EnvFile(entries(Kind::Variable))),
            Self::ConfigEnv => Arc::new(EnvFile(entries(Kind::Config))),
            Self::Dotenv => Arc::new(DotenvFile(options.dialect)),
            Self::Astro => Arc::new(AstroFile),
            Self::Probe => Arc::new(ProbeFile),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

//! What decides how a file is read, besides its format.

use crate::reader::AirflowVersion;

/// Which part of Airflow reads a variables file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VariablesReader {
    /// `variables import`: stores a value that is not a string as JSON, and splits `{"value": …, "description": …}`.
    #[default]
    Import,
    /// The local filesystem backend, which returns values with their type.
    Backend,
}

/// Which tool reads a `.env` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DotenvDialect {
    /// The Astro CLI's own reader.
    Astro,
    /// `docker run --env-file`.
    Docker,
    /// `env_file` of Docker Compose, which the Astro CLI also uses for its containers.
    Compose,
}

impl DotenvDialect {
    /// All three tools.
    pub const ALL: [Self; 3] = [Self::Astro, Self::Docker, Self::Compose];

    /// The value of the endpoint key `dialect`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Astro => "astro",
            Self::Docker => "docker",
            Self::Compose => "compose",
        }
    }

    /// Parses the value of the endpoint key `dialect`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }
}

/// What decides how a file is read, besides its format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which part of Airflow reads a variables file.
    pub reader: VariablesReader,
    /// Which tool reads a `.env` file. With `None`, only lines that all tools read the same are accepted.
    pub dialect: Option<DotenvDialect>,
    /// The Airflow version that reads the file.
    pub version: AirflowVersion,
}

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
    /// `astro dev`, in both of its modes.
    Astro,
    /// `docker run --env-file`.
    Docker,
    /// `env_file` of Docker Compose.
    Compose,
    /// A shell that runs the file.
    Shell,
    /// `astro dev` with containers, which reads the file through Compose.
    AstroDocker,
    /// `astro dev` in standalone mode.
    AstroStandalone,
    /// `astro env … --from-file`.
    AstroEnv,
    /// `astro deployment variable create --load`.
    AstroDeployment,
}

impl DotenvDialect {
    /// All dialects.
    pub const ALL: [Self; 8] = [
        Self::Astro,
        Self::Docker,
        Self::Compose,
        Self::Shell,
        Self::AstroDocker,
        Self::AstroStandalone,
        Self::AstroEnv,
        Self::AstroDeployment,
    ];

    /// The value of the endpoint key `dialect`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Astro => "astro",
            Self::Docker => "docker",
            Self::Compose => "compose",
            Self::Shell => "shell",
            Self::AstroDocker => "astro-docker",
            Self::AstroStandalone => "astro-standalone",
            Self::AstroEnv => "astro-env",
            Self::AstroDeployment => "astro-deployment",
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

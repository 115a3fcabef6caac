//! The tools that read `.env` files, and which of them a dialect stands for.

use super::statement::Statement;
use super::{compose, gotenv, line, shell};
use crate::file::options::DotenvDialect;

/// A tool that reads `.env` files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Shell,
    Docker,
    Compose,
    Standalone,
    Env,
    Deployment,
}

impl Reader {
    pub(super) const ALL: [Self; 6] =
        [Self::Docker, Self::Compose, Self::Standalone, Self::Env, Self::Deployment, Self::Shell];

    /// The readers that must read a file alike.
    pub(super) fn of(dialect: Option<DotenvDialect>) -> &'static [Self] {
        match dialect {
            None => &Self::ALL,
            Some(DotenvDialect::Astro) => &[Self::Compose, Self::Standalone],
            Some(DotenvDialect::Docker) => &[Self::Docker],
            Some(DotenvDialect::Compose | DotenvDialect::AstroDocker) => &[Self::Compose],
            Some(DotenvDialect::Shell) => &[Self::Shell],
            Some(DotenvDialect::AstroStandalone) => &[Self::Standalone],
            Some(DotenvDialect::AstroEnv) => &[Self::Env],
            Some(DotenvDialect::AstroDeployment) => &[Self::Deployment],
        }
    }

    /// The assignments that the tool finds in a file.
    pub(super) fn read(self, text: &str) -> Vec<Statement> {
        match self {
            Self::Shell => shell::read(text),
            Self::Docker => line::docker(text),
            Self::Compose => compose::read(text),
            Self::Standalone => line::standalone(text),
            Self::Env => gotenv::read(text),
            Self::Deployment => line::deployment(text),
        }
    }

    /// The name of the tool in messages.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Shell => "a shell",
            Self::Docker => "Docker",
            Self::Compose => "Docker Compose",
            Self::Standalone => "`astro dev` in standalone mode",
            Self::Env => "`astro env`",
            Self::Deployment => "`astro deployment variable create`",
        }
    }
}

/// A list of tools, as in "A, B and C".
pub(super) fn titles(readers: &[Reader]) -> String {
    let names: Vec<_> = readers.iter().map(|reader| reader.title()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

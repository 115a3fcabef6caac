//! `airbridge.toml`: named endpoints, and what is allowed without asking.

mod configured;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::error::{Error, Result};
use crate::files::UsedFile;
use crate::nearest::nearest;
use configured::Configured;

const FILE: &str = "airbridge.toml";

/// The content of the configuration files.
#[derive(Debug, Default)]
pub struct Config {
    endpoints: BTreeMap<String, Configured>,
    /// The losses that need no confirmation, by their words: `description`, …
    pub allow_loss: Vec<String>,
    /// The files that were read.
    files: Vec<PathBuf>,
}

impl Config {
    /// Reads `named`, or else `airbridge.toml` in the user's configuration folder and in the working directory, where
    /// the second takes precedence.
    ///
    /// # Errors
    /// [`Config`](crate::Class::Config) for a file that cannot be read or is not valid, with its line.
    pub fn load(named: Option<&Path>) -> Result<Self> {
        let mut config = Self::default();
        if let Some(path) = named {
            config.read(path, true)?;
            return Ok(config);
        }
        if let Ok(base) = etcetera::choose_base_strategy() {
            config.read(&base.config_dir().join("airbridge").join(FILE), false)?;
        }
        config.read(Path::new(FILE), false)?;
        Ok(config)
    }

    fn read(&mut self, path: &Path, required: bool) -> Result<()> {
        let Some(file) = read::file(path, required)? else { return Ok(()) };
        self.endpoints.extend(file.endpoints);
        self.allow_loss.extend(file.allow_loss);
        self.files.push(path.to_owned());
        Ok(())
    }

    /// The files that were read.
    pub fn files(&self) -> impl Iterator<Item = UsedFile> {
        self.files.iter().map(|file| UsedFile::read(file, "the configuration file"))
    }

    /// The endpoint with this name.
    pub(crate) fn endpoint(&self, name: &str) -> Result<&Configured> {
        self.endpoints.get(name).ok_or_else(|| {
            let files: Vec<_> = self.files.iter().map(|file| file.display().to_string()).collect();
            let known: Vec<_> = self.endpoints.keys().map(String::as_str).collect();
            let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `@{near}`? "));
            let hint = if files.is_empty() {
                format!(
                    "create {FILE} here or in the user's configuration folder, or name a file with --config"
                )
            } else if known.is_empty() {
                format!("add [endpoints.{name}] to {}", files.join(" or "))
            } else {
                let known: Vec<_> = known.iter().map(|known| format!("@{known}")).collect();
                format!(
                    "{}use one of {} from {}",
                    near.unwrap_or_default(),
                    known.join(", "),
                    files.join(" and ")
                )
            };
            Error::configuration(format!("no such endpoint: `@{name}`")).hint(hint)
        })
    }
}

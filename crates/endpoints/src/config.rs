//! `airbridge.toml`: endpoints under a name, and what is allowed once and for all.

mod read;
mod secret;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::endpoint::{Origin, Value};
use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::toml_file::Reference;

const FILE: &str = "airbridge.toml";

/// What the configuration files say.
#[derive(Debug, Default)]
pub struct Config {
    endpoints: BTreeMap<String, Configured>,
    /// Losses that need no question, by their words.
    pub allow_loss: Vec<String>,
    /// The files that were read.
    files: Vec<PathBuf>,
}

/// One `[endpoints.NAME]`.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    /// A scheme, with or without a place, or the path of an Airflow class.
    pub(crate) backend: String,
    /// Its keys.
    keys: Vec<(String, Setting)>,
    /// The file and table, for messages.
    pub(crate) place: String,
    /// The file's folder, from which paths of secrets count.
    folder: PathBuf,
    /// Whether others than the owner can read the file.
    readable_by_others: bool,
}

/// The value of a configured key.
#[derive(Clone, Debug)]
enum Setting {
    Plain(Value),
    /// Named instead of written there.
    Named(Reference),
}

impl Config {
    /// Reads `named`, or `airbridge.toml` in the user's configuration folder and, on top of it, in the working
    /// directory.
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

    /// The endpoint called `name`.
    pub(crate) fn endpoint(&self, name: &str) -> Result<&Configured> {
        self.endpoints.get(name).ok_or_else(|| {
            let files: Vec<_> = self.files.iter().map(|file| file.display().to_string()).collect();
            let known: Vec<_> = self.endpoints.keys().map(String::as_str).collect();
            let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `@{near}`? "));
            let hint = if files.is_empty() {
                format!(
                    "there is no {FILE} here or in the user's configuration folder; --config names another"
                )
            } else if known.is_empty() {
                format!("{} has no endpoints; write [endpoints.{name}]", files.join(" and "))
            } else {
                let known: Vec<_> = known.iter().map(|known| format!("@{known}")).collect();
                format!("{}{} has {}", near.unwrap_or_default(), files.join(" and "), known.join(", "))
            };
            Error::configuration(format!("no endpoint is called `@{name}`")).hint(hint)
        })
    }
}

impl Configured {
    /// Where its keys come from.
    pub(crate) fn origin(&self) -> Origin {
        Origin::Configured(self.place.clone())
    }
}

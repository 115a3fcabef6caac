//! `airbridge.toml`: named endpoints, and what is allowed without asking.

mod configured;
mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use airbridge_core::{Warning, WarningCode};
use etcetera::BaseStrategy;

use crate::error::{Error, Result, writable_by_others};
use crate::files::UsedFile;
use crate::nearest::nearest;
use configured::Configured;

const FILE: &str = "airbridge.toml";

/// The content of the configuration files.
#[derive(Debug, Default)]
pub struct Config {
    endpoints: BTreeMap<String, Configured>,
    /// The other file that defines an endpoint of the same name.
    clashes: BTreeMap<String, PathBuf>,
    /// The losses that need no confirmation, by their words: `description`, …
    pub allow_loss: Vec<String>,
    /// What to say when a copy uses losses that a file in the working directory allows.
    pub allowed_here: Option<Warning>,
    /// Files that exist and were not read, because other users can write them.
    pub notes: Vec<Warning>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

impl Config {
    /// Reads `named`, or else `airbridge.toml` in the user's configuration folder and in the working directory.
    ///
    /// A file that was named, and the one in the user's own folder, are the user's word. One that was only found in the
    /// working directory may name endpoints, but not where credentials come from or go to. A file that other users can
    /// write is read only if it was named.
    ///
    /// # Errors
    /// [`Config`](crate::Class::Config) for a file that cannot be read or is not valid, with its line.
    pub fn load(named: Option<&Path>) -> Result<Self> {
        let mut config = Self::default();
        if let Some(path) = named {
            config.read(path, true, false)?;
            return Ok(config);
        }
        let own =
            etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("airbridge").join(FILE));
        if let Some(own) = &own {
            config.read(own, false, false)?;
        }
        let here = Path::new(".").join(FILE);
        let same = own
            .and_then(|own| own.canonicalize().ok())
            .is_some_and(|own| here.canonicalize().is_ok_and(|here| here == own));
        if !same {
            config.read(&here, false, true)?;
        }
        Ok(config)
    }

    /// Reads a file. `found` is whether it was found in the working directory.
    fn read(&mut self, path: &Path, named: bool, found: bool) -> Result<()> {
        let is_other = |path: &Path| path.metadata().is_ok_and(|file| !file.is_file());
        let why = (!named).then(|| {
            // A pipe would be waited for.
            let other = is_other(path).then(|| "it is not a regular file".to_owned());
            other.or_else(|| writable_by_others(path).map(str::to_owned))
        });
        if let Some(why) = why.flatten() {
            let message = format!("{} is not read, because {why}", path.display());
            let hint = format!("run chmod go-w on it, or name it: --config {}", path.display());
            self.notes.push(Warning::new(WarningCode::ConfigIgnored, message).with_hint(hint));
            return Ok(());
        }
        let Some(file) = read::file(path, named, found)? else { return Ok(()) };
        for (name, configured) in file.endpoints {
            if let Some(other) = self.endpoints.insert(name.clone(), configured) {
                self.clashes.insert(name, other.file);
            }
        }
        if found && !file.allow_loss.is_empty() {
            let words: Vec<_> =
                file.allow_loss.iter().map(|word| format!("`{}`", word.escape_debug())).collect();
            let message = format!("{} allows the loss {}", path.display(), words.join(", "));
            let hint = "airbridge will not ask about it; remove `allow_loss` to be asked";
            self.allowed_here = Some(Warning::new(WarningCode::LossAllowed, message).with_hint(hint));
        }
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
        if let (Some(first), Some(second)) = (self.clashes.get(name), self.endpoints.get(name)) {
            let (first, second) = (first.display(), second.file.display());
            return Err(Error::configuration(format!("both {first} and {second} define `@{name}`"))
                .hint(format!("rename one of them, or read only one file: --config {first}")));
        }
        self.endpoints.get(name).ok_or_else(|| {
            let files: Vec<_> = self.files.iter().map(|file| file.display().to_string()).collect();
            let known: Vec<_> = self.endpoints.keys().map(String::as_str).collect();
            let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `@{near}`? "));
            let ignored = self
                .notes
                .first()
                .map(|note| format!("{}: {}", note.message, note.hint.as_deref().unwrap_or_default()));
            let hint = if let Some(ignored) = ignored {
                ignored
            } else if files.is_empty() {
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

#[cfg(test)]
mod tests;

//! One `[endpoints.NAME]` of `airbridge.toml`.

use std::path::{Component, PathBuf};

use airbridge_core::{Environment, Warning, WarningCode};

use crate::error::{CHMOD, Result};
use crate::files::UsedFile;
use crate::keys::untrusted;
use crate::toml_file::Reference;
use crate::value::{Origin, Value};

/// A named endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    /// A scheme, with or without a place, or the path of one of Airflow's classes.
    pub(crate) backend: String,
    /// Its keys.
    pub(super) keys: Vec<(String, Setting)>,
    /// The file and table, as messages name them.
    pub(crate) place: String,
    /// The file's folder, which relative paths of secrets start from.
    pub(super) folder: PathBuf,
    /// Whether users other than the owner can read the file.
    pub(super) readable_by_others: bool,
    /// Whether the file was found in the working directory, so that anyone may have put it there.
    pub(super) found: bool,
    /// The file, as messages name it.
    pub(crate) file: PathBuf,
}

/// The value of a configured key.
#[derive(Clone, Debug)]
pub(super) enum Setting {
    /// The value itself.
    Plain(Value),
    /// The variable or file that holds it.
    Named(Reference),
}

impl Configured {
    /// The origin of its keys.
    pub(crate) fn origin(&self) -> Origin {
        if self.found { Origin::Found(self.place.clone()) } else { Origin::Configured(self.place.clone()) }
    }

    /// Rejects an endpoint by the settings of a deployment in a file that was found in the working directory: what they name
    /// is not checked.
    pub(crate) fn check_kind(&self, scheme: &str) -> Result<()> {
        if self.found && ["airflow", "airflow-db"].contains(&scheme) {
            return Err(untrusted(&self.place, &format!("`{scheme}:`")));
        }
        Ok(())
    }

    /// Rejects a reference in such a file to a variable, or to a file that is not in its own folder.
    fn check_reference(&self, key: &str, reference: &Reference) -> Result<()> {
        match reference {
            _ if !self.found => Ok(()),
            Reference::Variable(_) => Err(untrusted(&self.place, &format!("`{key} = {{ env = … }}`"))),
            Reference::File(path) => {
                let real = |path: PathBuf| path.canonicalize().ok();
                let folder =
                    if self.folder.as_os_str().is_empty() { ".".into() } else { self.folder.clone() };
                match (real(self.folder.join(path)), real(folder)) {
                    (Some(file), Some(folder)) if file.starts_with(&folder) => Ok(()),
                    // What does not exist is reported when it is read.
                    (None, _)
                        if path.is_relative()
                            && !path.components().any(|part| part == Component::ParentDir) =>
                    {
                        Ok(())
                    }
                    _ => Err(untrusted(&self.place, &format!("`{key} = {{ file = … }}` outside its folder"))),
                }
            }
        }
    }

    /// The files that hold values of its keys.
    pub(crate) fn files(&self) -> impl Iterator<Item = UsedFile> {
        self.keys.iter().filter_map(|(key, setting)| match setting {
            Setting::Named(Reference::File(path)) => Some(UsedFile::read(
                self.folder.join(path),
                format!("the file with `{key}` of {}", self.place),
            )),
            _ => None,
        })
    }

    /// Its keys with their values, read from variables and files where they name those. `notes` gets a warning for each
    /// key for which `is_secret` is true and whose value other users can read in the file.
    pub(crate) fn keys(
        &self,
        env: &Environment,
        is_secret: &dyn Fn(&str) -> bool,
        notes: &mut Vec<Warning>,
    ) -> Result<Vec<(String, Value)>> {
        let mut keys = Vec::new();
        for (key, setting) in &self.keys {
            let value = match setting {
                Setting::Plain(value) => {
                    if self.readable_by_others && is_secret(key) {
                        let message = format!(
                            "{}: the secret `{key}` is in plain text, and other users can read the file",
                            self.place
                        );
                        notes.push(Warning::new(WarningCode::PlainSecret, message).with_hint(CHMOD));
                    }
                    value.clone()
                }
                Setting::Named(reference) => {
                    self.check_reference(key, reference)?;
                    let what = format!("{}: `{key}`", self.place);
                    Value::Text(reference.fetch(&what, &self.folder, env)?)
                }
            };
            keys.push((key.clone(), value));
        }
        Ok(keys)
    }
}

//! `--rules FILE`: reads the engine's rules from a file. Every error in the file is found before anything else happens.

mod change;
mod read;

use std::path::Path;

use airbridge_core::{Environment, Warning, WarningCode};
use airbridge_engine::Rules;

use crate::error::{CHMOD, Error, Result, why};
use crate::files::UsedFile;
use crate::toml_file::TomlFile;
use read::Reader;

/// The content of a file of rules.
#[derive(Debug)]
pub struct Loaded {
    /// The rules, in the order of the file.
    pub rules: Rules,
    /// Warnings.
    pub notes: Vec<Warning>,
    /// The file itself, and the files that it takes values from.
    pub files: Vec<UsedFile>,
}

/// Reads a file, and the values that it refers to in variables and files.
///
/// # Errors
/// [`Config`](crate::Class::Config) for a file that cannot be read or is not valid, with its line.
pub fn load(path: &Path, env: &Environment) -> Result<Loaded> {
    let toml = TomlFile::read(path).map_err(|error| {
        Error::configuration(format!("{} cannot be read: {}", path.display(), why(&error)))
            .hint("name a TOML file with [[rule]] tables with --rules")
    })?;
    let mut reader = Reader::new(&toml, env);
    let rules = reader.read()?;
    let mut files = vec![UsedFile::read(path, "the rules file")];
    files.append(&mut reader.files);
    let plain: Vec<String> = reader.plain().into_iter().collect();
    let mut notes = Vec::new();
    if !plain.is_empty() && toml.readable_by_others {
        let values = if plain.len() == 1 { "value is" } else { "values are" };
        let message = format!(
            "{}: {} {values} in plain text ({}), and other users can read the file",
            path.display(),
            plain.len(),
            plain.join(", ")
        );
        notes.push(Warning::new(WarningCode::PlainSecret, message).with_hint(CHMOD));
    }
    Ok(Loaded { rules, notes, files })
}

#[cfg(test)]
mod tests;

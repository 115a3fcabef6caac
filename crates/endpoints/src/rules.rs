//! `--rules FILE`: from the text of a file to the engine's rules. Everything wrong in it is found before anything else
//! is tried.

mod change;
mod read;

use std::path::Path;

use airbridge_core::Environment;
use airbridge_engine::Rules;

use crate::error::{Error, Result, why};
use crate::toml_file::TomlFile;
use read::Reader;

/// What a file says.
#[derive(Debug)]
pub struct Loaded {
    /// The rules, in the order of the file.
    pub rules: Rules,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

/// Reads a file, and fetches the secrets that it names instead of holding.
pub fn load(path: &Path, env: &Environment) -> Result<Loaded> {
    let toml = TomlFile::read(path).map_err(|error| {
        Error::configuration(format!("{} cannot be read: {}", path.display(), why(&error)))
            .hint("--rules names a TOML file with [[rule]] tables")
    })?;
    let mut reader = Reader::new(&toml, env);
    let rules = reader.read()?;
    let plain: Vec<String> = reader.plain().into_iter().collect();
    let mut notes = Vec::new();
    if !plain.is_empty() && toml.readable_by_others {
        notes.push(format!(
            "{}: {} there in plain text ({}), and others can read the file (chmod 600)",
            path.display(),
            if plain.len() == 1 {
                "1 value stands".to_owned()
            } else {
                format!("{} values stand", plain.len())
            },
            plain.join(", ")
        ));
    }
    Ok(Loaded { rules, notes })
}

#[cfg(test)]
mod tests;

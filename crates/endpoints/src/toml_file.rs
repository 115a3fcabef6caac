//! TOML files that users write: `airbridge.toml` and rules. Messages name the line and never repeat its content.

use std::io;
use std::path::{Path, PathBuf};

use airbridge_core::{Environment, Fields, Json, SecretText};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::error::{Error, Result, readable_by_others, why};
use crate::files::read_text;
use crate::nearest::nearest;
use crate::secrecy::shown_key;

/// The text of a TOML file.
#[derive(Debug)]
pub(crate) struct TomlFile {
    path: PathBuf,
    text: Zeroizing<String>,
    /// Whether users other than the owner can read it.
    pub(crate) readable_by_others: bool,
}

impl TomlFile {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let text = read_text(path)?;
        Ok(Self { path: path.to_owned(), text, readable_by_others: readable_by_others(path) })
    }

    /// The path, as the user wrote it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its folder, which relative paths in it start from.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path.parent().map(PathBuf::from).unwrap_or_default()
    }

    /// The table at the top.
    pub(crate) fn table(&self) -> Result<Spanned<DeTable<'_>>> {
        DeTable::parse(&self.text).map_err(|error| {
            // Its `Display` shows the line, which may contain a secret.
            let at = error.span().map_or(0, |span| span.start);
            self.wrong(at, &format!("not valid TOML: {}", error.message().replace('\n', ", ")))
        })
    }

    /// The file and line of a position, as messages name them.
    pub(crate) fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(&self.text);
        format!("{}, line {}", self.path.display(), before.matches('\n').count() + 1)
    }

    /// The error `what` at a position.
    pub(crate) fn wrong(&self, at: usize, what: &str) -> Error {
        Error::configuration(format!("{}: {what}", self.place(at)))
    }

    /// The error for a key that is not one of `known`.
    pub(crate) fn unknown(&self, at: usize, name: &str, known: &[&str]) -> Error {
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        self.wrong(at, &format!("unknown key {}", shown_key(name)))
            .hint(format!("{near}use one of {}", known.join(", ")))
    }

    /// A string.
    pub(crate) fn text(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.wrong(value.span().start, &format!("`{name}` must be a string")))
    }

    /// A list of strings or a single one, each with its position.
    pub(crate) fn texts(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<(usize, String)>> {
        let text = |item: &Spanned<DeValue<'_>>| Ok((item.span().start, self.text(name, item)?));
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(text).collect(),
            _ => Ok(vec![text(value)?]),
        }
    }

    /// Any value that JSON can express.
    pub(crate) fn json(&self, value: &Spanned<DeValue<'_>>) -> Result<Json> {
        let at = value.span().start;
        Ok(match value.get_ref() {
            DeValue::String(text) => Json::string(text.as_ref()),
            DeValue::Boolean(value) => Json::Bool(*value),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix());
                Json::integer(number.map_err(|_| self.wrong(at, "the number is too large"))?)
            }
            DeValue::Float(number) => Json::Number(SecretText::new(number.as_str())),
            DeValue::Array(items) => {
                Json::Array(items.iter().map(|item| self.json(item)).collect::<Result<_>>()?)
            }
            DeValue::Table(table) => {
                let pairs =
                    table.iter().map(|(key, value)| Ok((key.get_ref().to_string(), self.json(value)?)));
                Json::Object(pairs.collect::<Result<Vec<_>>>()?.into_iter().collect::<Fields>())
            }
            DeValue::Datetime(_) => {
                return Err(self
                    .wrong(at, "expected a string or a number, found a date")
                    .hint("put the date in quotes"));
            }
        })
    }
}

/// The place of a value that is not in the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `{ env = "NAME" }`
    Variable(String),
    /// `{ file = "PATH" }`
    File(PathBuf),
}

impl Reference {
    /// Reads `{ env = "NAME" }` or `{ file = "PATH" }`.
    pub(crate) fn of(value: &DeValue<'_>) -> Option<Self> {
        let mut items = value.as_table()?.iter();
        let (key, value) = items.next()?;
        if items.next().is_some() {
            return None;
        }
        let text = value.get_ref().as_str()?;
        match key.get_ref().as_ref() {
            "env" => Some(Self::Variable(text.to_owned())),
            "file" => Some(Self::File(PathBuf::from(text))),
            _ => None,
        }
    }

    /// Reads the value. `what` names the key in messages; relative paths start from `folder`.
    pub(crate) fn fetch(&self, what: &str, folder: &Path, env: &Environment) -> Result<SecretText> {
        match self {
            Self::Variable(name) => env.get(name).map(SecretText::new).ok_or_else(|| {
                Error::configuration(format!(
                    "{what} refers to the environment variable {name}, which is not set"
                ))
                .hint(format!("set {name} before you run airbridge"))
            }),
            Self::File(path) => {
                let path = folder.join(path);
                let text = read_text(&path).map_err(|error| {
                    Error::configuration(format!(
                        "{what} refers to {}, which cannot be read: {}",
                        path.display(),
                        why(&error)
                    ))
                })?;
                // Editors and `echo` add line breaks at the end.
                Ok(SecretText::new(text.trim_end_matches(['\r', '\n'])))
            }
        }
    }
}

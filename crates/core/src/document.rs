//! A file format: from bytes to named secrets and back. Pure; the files adapter does the reading and writing.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Content, Payload, Rejection, SecretName};

/// A file format.
///
/// # Contract
///
/// The files adapter owns paths, permissions and atomic replacement and knows no format; an implementation owns one
/// format and does no I/O. `render` of a `parse` keeps every entry and whatever else the format can keep.
pub trait Document: fmt::Debug + Send + Sync + 'static {
    /// Every entry of a file, in its order. Damage that one entry has is that entry's [`Content::Hidden`]; damage that
    /// keeps the file from being understood is the error.
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError>;

    /// Whether this format can hold `payload` under `name`.
    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection>;

    /// The file with `edits` made to it; `before` is what it holds now, `None` for a new file.
    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError>;
}

/// One entry of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its name in the store.
    pub name: SecretName,
    /// What it holds.
    pub content: Content,
    /// What a reader should know, in one sentence without values.
    pub note: Option<String>,
}

/// A change to one entry of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edit<'a> {
    /// Its name in the store.
    pub name: &'a SecretName,
    /// What it will hold; `None` removes it.
    pub payload: Option<&'a Payload>,
}

/// A rendered file.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes to write.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Names of entries that nobody asked to change but whose spelling could not be kept.
    pub reformatted: Vec<SecretName>,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("reformatted", &self.reformatted).finish_non_exhaustive()
    }
}

/// Why a file cannot be understood: where and what, never the text that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, counted from 1 in characters.
    pub column: Option<usize>,
    /// The entry or field concerned.
    pub field: Option<String>,
    /// What is wrong, without a full stop, never a value.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl DocumentError {
    /// Without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { line: None, column: None, field: None, message: message.into(), hint: None }
    }

    /// At a line, counted from 1.
    pub fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// At a column, counted from 1.
    pub fn at_column(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }

    /// In an entry or field.
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// What to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
            if let Some(column) = self.column {
                write!(f, ", column {column}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DocumentError {}

//! A file format: from bytes to named secrets and back. It does no I/O.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Content, Metadata, Payload, Rejection, SecretName};

/// A file format.
///
/// # Contract
///
/// The files adapter handles paths, permissions and atomic replacement and knows no format. An implementation handles one
/// format and does no I/O. A file that is parsed and rendered keeps every entry, and comments and order as far as the
/// format allows.
pub trait Document: fmt::Debug + Send + Sync + 'static {
    /// Every entry of a file, in its order. An entry that cannot be understood is [`Content::Hidden`].
    ///
    /// # Errors
    ///
    /// If the file as a whole cannot be understood.
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError>;

    /// The same for bytes that are not needed any longer. A format whose values can share the memory of the file needs no copy
    /// of it.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    fn parse_owned(&self, bytes: Zeroizing<Vec<u8>>) -> Result<Vec<Record>, DocumentError> {
        self.parse(&bytes)
    }

    /// Whether this format can hold `payload` under `name`.
    ///
    /// # Errors
    ///
    /// The rule of the format that the name or the payload breaks.
    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection>;

    /// Whether [`render`](Self::render) never spells an entry differently that no edit changes.
    fn keeps_spelling(&self) -> bool {
        false
    }

    /// Whether the format holds the description and the tags of an entry beside its payload.
    fn keeps_metadata(&self) -> bool {
        false
    }

    /// The file with `edits` applied. `before` is its current content, `None` for a new file.
    ///
    /// # Errors
    ///
    /// If `before` cannot be understood, or the format cannot hold an edit.
    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError>;
}

/// One entry of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The name in the store.
    pub name: SecretName,
    /// The payload, or why there is none to read.
    pub content: Content,
    /// A note for the user, as one sentence without values.
    pub note: Option<String>,
    /// What the file has for this entry and its reader ignores, one sentence each without values.
    pub left_out: Vec<String>,
    /// The description and tags, if the format [keeps](Document::keeps_metadata) them and there are any.
    pub metadata: Option<Box<Metadata>>,
}

/// A change to one entry of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edit<'a> {
    /// The name in the store.
    pub name: &'a SecretName,
    /// The new payload; `None` removes the entry.
    pub payload: Option<&'a Payload>,
    /// The description and tags to set, for a format that [keeps](Document::keeps_metadata) them. What it does not mention
    /// stays.
    pub metadata: Option<&'a Metadata>,
}

/// A rendered file.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes to write.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Names of entries that no edit changes but that are now spelled differently.
    pub reformatted: Vec<SecretName>,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("reformatted", &self.reformatted).finish_non_exhaustive()
    }
}

/// Why a file cannot be understood: the position and the problem, never the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, counted from 1 in characters.
    pub column: Option<usize>,
    /// The entry or field with the problem.
    pub field: Option<String>,
    /// The problem, without a full stop and without values.
    pub message: String,
    /// A hint that starts with a verb.
    pub hint: Option<String>,
}

impl DocumentError {
    /// An error without a position.
    pub fn new(message: impl Into<String>) -> Self {
        Self { line: None, column: None, field: None, message: message.into(), hint: None }
    }

    /// Adds the line, counted from 1.
    pub fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Adds the column, counted from 1.
    pub fn at_column(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }

    /// Adds the entry or field.
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds a hint.
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

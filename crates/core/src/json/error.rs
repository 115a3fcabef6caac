//! Why a text is not JSON.

use std::fmt;

/// The position and the problem of a text that is not JSON; never the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
    /// The problem.
    pub message: &'static str,
    /// How Python treats such a text.
    pub kind: JsonErrorKind,
}

/// How Python treats a text that is refused here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// It is not JSON (`JSONDecodeError`).
    Syntax,
    /// It exceeds one of Python's limits, for which Python raises other exceptions.
    Limit,
    /// Python accepts it: half of a surrogate pair, which a Rust string cannot hold.
    Surrogate,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for JsonError {}

//! What a tool finds in a `.env` file.

use std::ops::Range;

use airbridge_core::SecretText;

/// An assignment that a tool finds in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) name: String,
    pub(super) value: Value,
    /// The lines of the assignment, counted from 0.
    pub(super) lines: Range<usize>,
}

/// The value of an assignment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(SecretText),
    /// The file alone does not say what the value is, for this reason.
    Unknown(&'static str),
    /// The tool rejects the whole file for this reason.
    Rejected(&'static str),
}

/// Why there is no value: a name without `=`.
pub(super) const INHERITED: &str = "no `=`, so the value comes from the environment of the tool";
/// Why there is no value: a `$` that a tool replaces.
pub(super) const SUBSTITUTED: &str = "`$` inserts a value from the environment of the tool";

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(SecretText::new(text))
    }
}

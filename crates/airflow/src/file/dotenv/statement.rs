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
    /// There is no `=`, so the value comes from the environment of the tool.
    Inherited,
    /// The value contains `$NAME`, so a part of it comes from the environment of the tool.
    Substituted,
    /// The tool rejects the whole file for this reason.
    Rejected(&'static str),
}

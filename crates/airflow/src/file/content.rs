//! The content of one entry in a file.

use airbridge_core::{Content, State};

/// The content of an entry, and what Airflow ignores of it, one sentence each.
pub(super) type ParsedEntry = (Content, Vec<String>);

/// An entry that is damaged, with what is wrong.
pub(super) fn damaged(message: impl Into<String>) -> ParsedEntry {
    (Content::Hidden(State::Damaged { message: message.into() }), Vec::new())
}

/// The content. If it is damaged, the line number is added to the message.
pub(super) fn on_line(content: Content, line: usize) -> Content {
    match content {
        Content::Hidden(State::Damaged { message }) => {
            Content::Hidden(State::Damaged { message: format!("line {line}: {message}") })
        }
        other => other,
    }
}

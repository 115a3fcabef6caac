//! Bytes, lines and positions in a file.

use std::ops::Range;

use airbridge_core::{DocumentError, JsonError};

/// Decodes the bytes of a file as UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, DocumentError> {
    std::str::from_utf8(bytes).map_err(|error| {
        DocumentError::new("the file is not valid UTF-8")
            .at_line(line_of(bytes, error.valid_up_to()))
            .with_hint("save the file as UTF-8")
    })
}

/// The line of the byte at `at`, counted from 1.
pub(super) fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// The error for invalid JSON, with its position.
pub(super) fn json_error(error: &JsonError) -> DocumentError {
    DocumentError::new(format!("Airflow cannot read the JSON: {}", error.message))
        .at_line(error.line)
        .at_column(error.column)
}

/// The error for two entries with the same name, of which Airflow would silently use the second.
pub(super) fn duplicate(name: &str, first: usize, second: usize) -> DocumentError {
    let error = DocumentError::new(format!("defined twice, first on line {first}")).at_line(second);
    named(error, name).with_hint("remove one of the two entries")
}

/// The error with the name of its entry, if it looks like one. A value that was written in the place of a name rarely does,
/// and the line tells enough.
pub(super) fn named(error: DocumentError, name: &str) -> DocumentError {
    let is_name = name.chars().all(|char| char.is_alphanumeric() || " _-.:/".contains(char));
    if is_name && name.len() <= 250 { error.in_field(name) } else { error }
}

/// Rejects a file in which a name occurs twice.
pub(super) fn reject_duplicates<'a>(
    names: impl Iterator<Item = (&'a str, usize)>,
) -> Result<(), DocumentError> {
    let mut seen = std::collections::HashMap::new();
    for (name, line) in names {
        if let Some(first) = seen.insert(name, line) {
            return Err(duplicate(name, first, line));
        }
    }
    Ok(())
}

/// Whether Python's `str.splitlines` ends a line at this character.
pub(super) fn breaks_line(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The byte range of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Without its line break.
    pub(super) text: Range<usize>,
    /// With its line break.
    pub(super) whole: Range<usize>,
}

/// The lines as Python's `str.splitlines` splits them in a file that is opened in text mode.
pub(super) fn python_lines(text: &str) -> Vec<Line> {
    lines(text, breaks_line)
}

/// The lines split at line feeds, as other tools do. A carriage return before the line feed stays in the line.
pub(super) fn plain_lines(text: &str) -> Vec<Line> {
    lines(text, |character| character == '\n')
}

fn lines(text: &str, breaks: fn(char) -> bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if !breaks(character) {
            continue;
        }
        let mut end = at + character.len_utf8();
        if character == '\r' && characters.next_if(|(_, next)| *next == '\n').is_some() {
            end += 1;
        }
        lines.push(Line { text: start..at, whole: start..end });
        start = end;
    }
    if start < text.len() {
        lines.push(Line { text: start..text.len(), whole: start..text.len() });
    }
    lines
}

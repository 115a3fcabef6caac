//! White space that Airflow's YAML library accepts and ours does not.

use saphyr_parser::ScanError;

/// More than the indentation of any real file.
const BLANKS: &str = "                                                                ";

/// The text with more indentation where the parser wants it, or `None` if that is not the problem. Lines stay the same.
///
/// Inside brackets and quotes, indentation means nothing.
pub(crate) fn indented(text: &str, error: &ScanError) -> Option<String> {
    let line = error.marker().line();
    match error.info() {
        "invalid indentation" | "invalid indentation in flow construct" => indent(text, line, line),
        "invalid indentation in quoted scalar" => {
            let start = text.char_indices().nth(error.marker().index())?.0;
            let last = line + lines_of_quoted(text.get(start..)?)?;
            indent(text, line + 1, last)
        }
        _ => None,
    }
}

/// How many lines a string in quotes has after its first.
fn lines_of_quoted(text: &str) -> Option<usize> {
    let mut characters = text.chars();
    let quote = characters.next().filter(|quote| matches!(quote, '"' | '\''))?;
    let mut lines = 0;
    while let Some(character) = characters.next() {
        let skipped = if character == '\\' && quote == '"' { characters.next() } else { None };
        lines += usize::from(character == '\n' || skipped == Some('\n'));
        if character == quote {
            return Some(lines);
        }
    }
    None
}

/// Indents lines, counted from 1. `None` if they are already indented.
fn indent(text: &str, first: usize, last: usize) -> Option<String> {
    let mut changed = false;
    let mut result = String::with_capacity(text.len() + BLANKS.len());
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let is_wanted = (first..=last).contains(&number) && !line.starts_with(BLANKS);
        // These end the document even in quotes.
        if is_wanted && !matches!(line.trim_end(), "---" | "...") {
            result.push_str(BLANKS);
            changed = true;
        }
        result.push_str(line);
    }
    changed.then_some(result)
}

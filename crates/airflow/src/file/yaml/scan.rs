//! Errors of the YAML scanner: repairs what libyaml, which Airflow uses, accepts, and words the messages for the rest.

use airbridge_core::DocumentError;
use saphyr_parser::ScanError;
use zeroize::Zeroizing;

/// Changes white space so that the scanner accepts a text that libyaml accepts. Returns `None` if libyaml also rejects
/// it.
///
/// Only insignificant white space changes, and line numbers stay the same.
pub(super) fn repair(text: &str, error: &ScanError) -> Option<Zeroizing<String>> {
    let at = || text.char_indices().nth(error.marker().index()).map_or(text.len(), |(at, _)| at);
    match error.info() {
        // The scanner reports the first one only inside brackets, where indentation is insignificant.
        "invalid indentation" | "invalid indentation in flow construct" => {
            indent_line(text, line_start(text, error.marker().line())?)
        }
        "invalid indentation in quoted scalar" => indent_quoted(text, at()),
        "':' must be followed by a valid YAML whitespace" => blank_tabs(text, at()),
        _ => None,
    }
}

fn line_start(text: &str, line: usize) -> Option<usize> {
    match line.checked_sub(2) {
        None => Some(0),
        Some(before) => text.match_indices('\n').nth(before).map(|(at, _)| at + 1),
    }
}

const BLANKS: &str = "                                                                ";

/// Indents the line at `start`. Returns `None` if it is already indented, so that indentation is not the problem.
fn indent_line(text: &str, start: usize) -> Option<Zeroizing<String>> {
    let (before, line) = text.split_at(start);
    (!line.starts_with(BLANKS)).then(|| Zeroizing::new([before, BLANKS, line].concat()))
}

/// Indents the lines of the quoted scalar at `start`. YAML removes leading white space of these lines.
fn indent_quoted(text: &str, start: usize) -> Option<Zeroizing<String>> {
    let quote = text[start..].chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let inner = &text[start + 1..];
    let (inner, after) = inner.split_at(quoted_len(inner, quote)?);
    let mut lines = inner.split_inclusive('\n');
    let mut out =
        Zeroizing::new(String::with_capacity(text.len() + BLANKS.len() * inner.matches('\n').count()));
    out.push_str(&text[..=start]);
    out.push_str(lines.next()?);
    let mut changed = false;
    for line in lines {
        // A document end marker is valid inside quotes, too, so the scanner must reject it.
        if !line.starts_with(BLANKS) && !matches!(line.trim_end(), "---" | "...") {
            out.push_str(BLANKS);
            changed = true;
        }
        out.push_str(line);
    }
    // If the text ends with a line feed, the closing quote itself needs the indentation.
    if inner.ends_with('\n') {
        out.push_str(BLANKS);
        changed = true;
    }
    out.push_str(after);
    changed.then_some(out)
}

/// The length of a quoted text up to its closing quote. Skips escapes: `\"` in double quotes, `''` in single quotes.
fn quoted_len(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && quote == '"' {
            characters.next();
        } else if character == quote
            && (quote == '"' || characters.next_if(|(_, next)| *next == quote).is_none())
        {
            return Some(at);
        }
    }
    None
}

/// Replaces the tabs between a `:` and `end` by spaces.
fn blank_tabs(text: &str, end: usize) -> Option<Zeroizing<String>> {
    let start = text[..end].trim_end_matches(['\t', ' ']).len();
    let tabs = &text[start..end];
    tabs.contains('\t')
        .then(|| Zeroizing::new([&text[..start], &tabs.replace('\t', " "), &text[end..]].concat()))
}

/// The message for a scanner error. It quotes nothing from the file.
pub(super) fn explain(error: &ScanError) -> DocumentError {
    let info = error.info();
    let (message, hint) = if info.contains("tab") {
        ("a tab is not allowed here", "indent with spaces")
    } else if info.contains("mapping values are not allowed") || info.contains("':'") {
        ("a `:` is not allowed here", "put the value in quotes, or check the indentation")
    } else if info.contains("quoted scalar") {
        ("invalid quoted string", "check the quotes and backslashes of this string")
    } else if info.contains("unexpected character") {
        ("a value cannot start with this character", "put the value in quotes")
    } else if info.contains("anchor") || info.contains("alias") {
        ("invalid anchor or alias", "put the value in quotes if it contains `&` or `*`")
    } else if info.contains("flow") || info.contains("bracket") || info.contains("',' or") {
        ("unmatched bracket or missing comma", "check `[`, `]`, `{`, `}` and the commas between them")
    } else {
        ("unexpected structure", "check the indentation and quotes of this line and the line before")
    };
    DocumentError::new(format!("Airflow cannot read the YAML: {message}"))
        .at_line(error.marker().line())
        .at_column(error.marker().col() + 1)
        .with_hint(hint)
}

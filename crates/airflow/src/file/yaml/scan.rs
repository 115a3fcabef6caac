//! The scanner's refusals: those that libyaml, with which Airflow reads, does not share, and words for the others.

use airbridge_core::DocumentError;
use saphyr_parser::ScanError;
use zeroize::Zeroizing;

/// The text with blanks changed so that the scanner takes what libyaml takes; `None` if libyaml refuses it too.
///
/// Only blanks that mean nothing are touched, and no line moves.
pub(super) fn repair(text: &str, error: &ScanError) -> Option<Zeroizing<String>> {
    let at = || text.char_indices().nth(error.marker().index()).map_or(text.len(), |(at, _)| at);
    match error.info() {
        // The first is said inside brackets alone. Outside them indentation counts.
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

/// `None` once blanks cannot be what is missing.
fn indent_line(text: &str, start: usize) -> Option<Zeroizing<String>> {
    let (before, line) = text.split_at(start);
    (!line.starts_with(BLANKS)).then(|| Zeroizing::new([before, BLANKS, line].concat()))
}

/// The lines of the text in quotes that begins at `start`, whose blanks in front are folded away.
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
        // A line that ends the document does so inside quotes too, and is left for the scanner to refuse.
        if !line.starts_with(BLANKS) && !matches!(line.trim_end(), "---" | "...") {
            out.push_str(BLANKS);
            changed = true;
        }
        out.push_str(line);
    }
    // Without a line behind the last line feed, the closing quote is what stands too far left.
    if inner.ends_with('\n') {
        out.push_str(BLANKS);
        changed = true;
    }
    out.push_str(after);
    changed.then_some(out)
}

/// How far a text in quotes goes, escapes passed over: `\"` in double ones, `''` in single ones.
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

/// The tabs in front of `end`, which stand behind a `:`, as blanks.
fn blank_tabs(text: &str, end: usize) -> Option<Zeroizing<String>> {
    let start = text[..end].trim_end_matches(['\t', ' ']).len();
    let tabs = &text[start..end];
    tabs.contains('\t')
        .then(|| Zeroizing::new([&text[..start], &tabs.replace('\t', " "), &text[end..]].concat()))
}

/// The scanner's finding in words that quote nothing of the file.
pub(super) fn explain(error: &ScanError) -> DocumentError {
    let info = error.info();
    let (message, hint) = if info.contains("tab") {
        ("a tab stands where only blanks may", "indent with blanks")
    } else if info.contains("mapping values are not allowed") || info.contains("':'") {
        ("a `:` stands where no key can be", "put the value in quotes, or check the indentation")
    } else if info.contains("quoted scalar") {
        ("a text in quotes is broken", "check the quotes and backslashes of this text")
    } else if info.contains("unexpected character") {
        ("a text cannot begin with this character", "put the value in quotes")
    } else if info.contains("anchor") || info.contains("alias") {
        ("an anchor or alias is broken", "put the value in quotes if `&` or `*` is part of it")
    } else if info.contains("flow") || info.contains("bracket") || info.contains("',' or") {
        ("the brackets do not match", "check `[`, `]`, `{`, `}` and the commas between")
    } else {
        ("the lines do not fit together", "check the indentation and quotes of this line and the one before")
    };
    DocumentError::new(format!("is not YAML that Airflow can read: {message}"))
        .at_line(error.marker().line())
        .at_column(error.marker().col() + 1)
        .with_hint(hint)
}

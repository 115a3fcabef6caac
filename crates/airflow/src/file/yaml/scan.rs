//! The scanner's refusals: those that libyaml, with which Airflow reads, does not share, and words for the others.

use airbridge_core::DocumentError;
use saphyr_parser::ScanError;
use zeroize::Zeroizing;

/// The text with blanks changed so that the scanner takes what libyaml takes; `None` if libyaml refuses it too.
///
/// Only blanks that mean nothing are touched, and no line moves.
pub(super) fn repair(text: &str, error: &ScanError) -> Option<Zeroizing<String>> {
    let at = error.marker();
    match error.info() {
        // The first is said inside brackets alone. Outside them indentation counts.
        "invalid indentation" | "invalid indentation in flow construct" | "invalid indentation in quoted scalar" => {
            indent_line(text, line_start(text, at.line())?)
        }
        "':' must be followed by a valid YAML whitespace" => {
            let at = text.char_indices().nth(at.index()).map_or(text.len(), |(at, _)| at);
            blank_tabs(text, at)
        }
        _ => None,
    }
}

fn line_start(text: &str, line: usize) -> Option<usize> {
    match line.checked_sub(2) {
        None => Some(0),
        Some(before) => text.match_indices('\n').nth(before).map(|(at, _)| at + 1),
    }
}

/// `None` once blanks cannot be what is missing.
fn indent_line(text: &str, start: usize) -> Option<Zeroizing<String>> {
    const BLANKS: &str = "                                                                ";
    let (before, line) = text.split_at(start);
    (!line.starts_with(BLANKS)).then(|| Zeroizing::new([before, BLANKS, line].concat()))
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

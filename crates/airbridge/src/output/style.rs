//! Colours, and strings that are safe to print. `anstream` removes the colours where the output is not a terminal.

use std::fmt::Write;

use airbridge_airflow::Kind;
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const CHANGE: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default();

/// `text` in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// `text` with control characters escaped. Names come from services and could otherwise control the terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            char => push(&mut out, char),
        }
    }
    out
}

/// `text` with everything escaped that could control a terminal, except line breaks, tabs and colours. The last filter
/// before a terminal: what comes from outside has passed [`plain`] before it got colours.
pub(crate) fn filtered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let colour = colour_code(rest);
        let (taken, left) = rest.split_at(if colour > 0 { colour } else { char.len_utf8() });
        match char {
            '\n' | '\t' => out.push(char),
            _ if colour > 0 => out.push_str(taken),
            char => push(&mut out, char),
        }
        rest = left;
    }
    out
}

/// The JSON `text` with the same characters escaped as JSON escapes them, so that nothing is lost.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char != '\n' && is_unsafe(char) {
            // Writing to a String cannot fail. All of these have four digits at most.
            let _ = write!(out, "\\u{:04x}", u32::from(char));
        } else {
            out.push(char);
        }
    }
    out
}

/// The length of the colour code that `text` begins with, otherwise 0.
fn colour_code(text: &str) -> usize {
    let Some(code) = text.strip_prefix("\u{1b}[") else { return 0 };
    match code.find(|char: char| !char.is_ascii_digit() && char != ';') {
        Some(end) if code[end..].starts_with('m') => end + 3,
        _ => 0,
    }
}

fn push(out: &mut String, char: char) {
    if is_unsafe(char) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
    } else {
        out.push(char);
    }
}

/// Whether a character controls the terminal, breaks a line, or changes the direction of writing, which can make one name
/// look like another.
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The number of columns of `text`.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` in a style, padded with blanks to `columns`.
pub(crate) fn padded(style: Style, text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{}{:blanks$}", paint(style, text), "")
}

/// `1 entry`, `2 entries`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `1 connection`, `2 variables`, `3 config options`.
pub(crate) fn kind_count(kind: Kind, number: usize) -> String {
    match kind {
        Kind::Connection => count(number, "connection", "connections"),
        Kind::Variable => count(number, "variable", "variables"),
        Kind::Config => count(number, "config option", "config options"),
    }
}

#[cfg(test)]
mod tests {
    use super::{DIM, ERROR, escaped, filtered, padded, paint, plain, width};

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
        assert_eq!(plain("\u{7f}\u{9b}31m\u{2028}"), "\\u{7f}\\u{9b}31m\\u{2028}");
        assert_eq!(plain("größe/漢"), "größe/漢");
    }

    #[test]
    fn last_filter_lets_colours_and_line_breaks_through() {
        let text = format!("{}\n\tb", paint(ERROR, "größe"));
        assert_eq!(filtered(&text), text);
        assert_eq!(
            filtered("a\u{1b}[2Jb\u{1b}]0;t\u{7}\r\u{1b}"),
            "a\\u{1b}[2Jb\\u{1b}]0;t\\u{7}\\u{d}\\u{1b}"
        );
        assert_eq!(filtered("\u{9b}2J\u{202e}"), "\\u{9b}2J\\u{202e}");
    }

    #[test]
    fn json_is_escaped_without_loss() {
        let text = "x\u{7f}\u{80}\u{9f}\u{2028}\u{202e}\u{1b}[31mä漢\u{1f600}";
        let json = escaped(&format!("{:#}", serde_json::json!({ "a": text })));
        assert!(json.chars().all(|char| char == '\n' || !super::is_unsafe(char)), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["a"], text);
    }

    #[test]
    fn wide_character_has_two_columns() {
        assert_eq!(width("漢"), 2);
        let text = anstream::adapter::strip_str(&padded(DIM, "漢", 4)).to_string();
        assert_eq!(text, "漢  ");
    }
}

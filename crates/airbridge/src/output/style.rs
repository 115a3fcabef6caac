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
            // Marks that change the direction of writing can make one name look like another.
            char if char.is_control()
                || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out
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
    use super::{DIM, padded, plain, width};

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\n\\u{202e}c");
        assert_eq!(plain("größe/漢"), "größe/漢");
    }

    #[test]
    fn wide_character_has_two_columns() {
        assert_eq!(width("漢"), 2);
        let text = anstream::adapter::strip_str(&padded(DIM, "漢", 4)).to_string();
        assert_eq!(text, "漢  ");
    }
}

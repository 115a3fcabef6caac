//! The tools that read a `.env` file line by line, without escapes.

use super::statement::{INHERITED, Statement, Value};
use crate::file::text::plain_lines;

/// The longest line that Go's scanner accepts, in bytes.
pub(super) const LONGEST: usize = 65_535;
/// Why a tool rejects a longer line.
pub(super) const TOO_LONG: &str = "a line is longer than 65,535 bytes";

/// `docker run --env-file`: the value is everything after the first `=`, including spaces and quotes.
/// (docker/cli, `pkg/kvfile`.)
pub(super) fn docker(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (at, line) in plain_lines(text).into_iter().enumerate() {
        let line = &text[line.text];
        let long = line.len() > LONGEST;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = if at == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Value::text(value)),
            None => (line, Value::Unknown(INHERITED)),
        };
        let value = if long {
            Value::Rejected(TOO_LONG)
        } else if name.is_empty() {
            Value::Rejected("expected a name before the `=`")
        } else if name.contains([' ', '\t']) {
            Value::Rejected("the name of a variable contains a space")
        } else {
            value
        };
        let name = match value {
            // A rejected line such as `export NAME` is named by its last word.
            Value::Rejected(_) => name.split_whitespace().next_back().unwrap_or_default(),
            _ => name,
        };
        statements.push(Statement { name: name.to_owned(), value, lines: at..at + 1 });
    }
    statements
}

/// `astro dev` in standalone mode: it trims the line and removes one pair of quotes around the value.
/// (astronomer/astro-cli, `pkg/airflowrt`.)
pub(super) fn standalone(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (at, line) in plain_lines(text).into_iter().enumerate() {
        let line = text[line.text].trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = line.split_once('=') {
            let value = Value::text(unquoted(value));
            statements.push(Statement { name: name.to_owned(), value, lines: at..at + 1 });
        }
    }
    statements
}

fn unquoted(value: &str) -> &str {
    let without = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    without('"').or_else(|| without('\'')).unwrap_or(value)
}

/// `astro deployment variable create --load`: the name is everything before the first `=`. The value loses all double
/// quotes at its ends, then all single quotes, then white space. (astronomer/astro-cli, `cloud/deployment`.)
pub(super) fn deployment(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (at, line) in plain_lines(text).into_iter().enumerate() {
        let line = &text[line.text];
        let long = line.len() > LONGEST;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            _ if long => ("", Value::Rejected(TOO_LONG)),
            None => (line, Value::Unknown("no `=`, so the Astro CLI skips the line")),
            Some((name, "")) => (name, Value::Unknown("no value, so the Astro CLI skips the line")),
            Some((name, value)) => (name, Value::text(value.trim_matches('"').trim_matches('\'').trim())),
        };
        statements.push(Statement { name: name.to_owned(), value, lines: at..at + 1 });
    }
    statements
}

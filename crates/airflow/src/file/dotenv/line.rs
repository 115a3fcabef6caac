//! The two tools that read a `.env` file line by line.

use airbridge_core::SecretText;

use super::statement::{Statement, Value};
use crate::file::text::plain_lines;

/// The longest line that Go's scanner accepts, in bytes.
const DOCKER_LINE: usize = 65_535;

/// `docker run --env-file`: the value is everything after the first `=`, including spaces and quotes.
/// (docker/cli, `pkg/kvfile`.)
pub(super) fn docker(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (at, line) in plain_lines(text).into_iter().enumerate() {
        let line = &text[line.text];
        let long = line.len() > DOCKER_LINE;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = if at == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Value::Text(SecretText::new(value))),
            None => (line, Value::Inherited),
        };
        let value = if long {
            Value::Rejected("a line is longer than 65,535 bytes")
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

/// The Astro CLI's own reader: it trims the line and removes one pair of quotes around the value.
/// (astronomer/astro-cli, `pkg/airflowrt`.)
pub(super) fn astro(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (at, line) in plain_lines(text).into_iter().enumerate() {
        let line = text[line.text].trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = line.split_once('=') {
            let value = Value::Text(SecretText::new(unquoted(value)));
            statements.push(Statement { name: name.to_owned(), value, lines: at..at + 1 });
        }
    }
    statements
}

fn unquoted(value: &str) -> &str {
    let without = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    without('"').or_else(|| without('\'')).unwrap_or(value)
}

//! Files with `NAME=value` lines that Docker, Compose, systemd and shells use for the environment of a process.

use airbridge_core::SecretText;
use zeroize::Zeroizing;

/// One variable of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvLine {
    /// The name of the variable.
    pub name: String,
    /// The value, or why it is not the same for all tools. The error is the end of a sentence that starts with the
    /// name.
    pub value: Result<SecretText, &'static str>,
    /// The line where the variable starts, counted from 1.
    pub line: usize,
}

/// The variables of a file, in order. Every tool uses the last value of a variable that is set twice. A line may start
/// with `export`. Quotes around a value are removed, and a quoted value may have several lines. Lines without `=` are
/// ignored.
pub fn env_file(text: &str) -> Vec<EnvLine> {
    let mut found = Vec::new();
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).zip(1..);
    while let Some((text, line)) = lines.next() {
        let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let text = text.trim();
        let text = text.strip_prefix("export ").map_or(text, str::trim_start);
        if text.starts_with(['#', ';']) {
            continue;
        }
        let Some((name, value)) = text.split_once('=') else { continue };
        let name = name.trim_end().to_owned();
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                quoted(quote, &value[1..], &mut lines.by_ref().map(|(text, _)| text))
            }
            _ => plain(value),
        };
        found.push(EnvLine { name, value, line });
    }
    found
}

fn plain(value: &str) -> Result<SecretText, &'static str> {
    if value.contains(" #") || value.contains("\t#") {
        return Err("contains ` #`, which starts a comment in Compose but not in Docker");
    }
    Ok(SecretText::new(value))
}

/// Reads a quoted value: `text` and then `more` lines up to the closing quote.
fn quoted<'a>(
    quote: char,
    text: &'a str,
    more: &mut dyn Iterator<Item = &'a str>,
) -> Result<SecretText, &'static str> {
    let mut value = Zeroizing::new(String::new());
    let mut text = text;
    loop {
        let mut characters = text.char_indices();
        while let Some((at, character)) = characters.next() {
            if character == quote {
                let rest = text[at + 1..].trim_start();
                if rest.is_empty() || rest.starts_with('#') {
                    return Ok(SecretText::new(value.as_str()));
                }
                return Err("continues after its closing quote");
            }
            if quote == '"' && character == '\\' {
                match characters.next() {
                    // The escapes of shells and systemd. JSON in double quotes needs no others.
                    Some((_, next @ ('"' | '\\' | '$' | '`'))) => value.push(next),
                    Some((_, next)) => value.extend(['\\', next]),
                    None => value.push('\\'),
                }
            } else {
                value.push(character);
            }
        }
        let Some(next) = more.next() else { return Err("has no closing quote") };
        value.push('\n');
        text = next;
    }
}

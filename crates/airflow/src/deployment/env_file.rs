//! Files of `NAME=value` lines, as Docker, Compose, systemd and shells take them for the environment of a process.

use airbridge_core::SecretText;
use zeroize::Zeroizing;

/// One variable of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvLine {
    /// Its name.
    pub name: String,
    /// Its value, or why the tools do not agree on one.
    pub value: Result<SecretText, &'static str>,
    /// The line it begins on, counted from 1.
    pub line: usize,
}

/// The variables of a file, in order; where one is there twice, the last counts for every tool. `export` may stand in
/// front, quotes around a value go, and a quoted value may have several lines. Lines that set nothing are passed over.
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
        return Err("has a ` #`, which Docker takes for a part of the value and Compose for a comment");
    }
    Ok(SecretText::new(value))
}

/// What stands between quotes: `text`, and further lines until the quote is closed.
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
                return Err("goes on after its closing quote");
            }
            if quote == '"' && character == '\\' {
                match characters.next() {
                    // What shells and systemd unescape; JSON in double quotes needs no other.
                    Some((_, next @ ('"' | '\\' | '$' | '`'))) => value.push(next),
                    Some((_, next)) => value.extend(['\\', next]),
                    None => value.push('\\'),
                }
            } else {
                value.push(character);
            }
        }
        let Some(next) = more.next() else { return Err("has a quote that is not closed") };
        value.push('\n');
        text = next;
    }
}

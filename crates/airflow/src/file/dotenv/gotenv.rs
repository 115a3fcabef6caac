//! `astro env … --from-file`: quotes, escapes, comments after values, `$` substitution, values over several lines.
//! (subosito/gotenv 1.6, `StrictParse`.)

use zeroize::Zeroizing;

use super::line::{LONGEST, TOO_LONG};
use super::statement::{SUBSTITUTED, Statement, Value};

/// The assignments that gotenv finds. A rejected one is reported as one statement, and reading continues on the next
/// line.
pub(super) fn read(text: &str) -> Vec<Statement> {
    let lines = lines(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut statements = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Line { text, number } = lines[at];
        let first = text.trim();
        if first.is_empty() || first.starts_with('#') {
            at += 1;
            continue;
        }
        let (end, value) = match last_line(&lines, at) {
            Some(last) => (last + 1, None),
            None => (at + 1, Some(Value::Rejected("unterminated quote"))),
        };
        let taken = &lines[at..end];
        let mut whole =
            Zeroizing::new(String::with_capacity(taken.iter().map(|line| line.text.len() + 1).sum()));
        whole.push_str(first);
        for line in &taken[1..] {
            whole.push('\n');
            whole.push_str(line.text);
        }
        let long = taken.iter().any(|line| line.text.len() > LONGEST).then_some(Value::Rejected(TOO_LONG));
        let (name, found) = statement(&whole);
        let last = taken.last().map_or(number, |line| line.number);
        let value = long.or(value).unwrap_or(found);
        statements.push(Statement { name: name.to_owned(), value, lines: number..last + 1 });
        at = end;
    }
    statements
}

/// A line, and the line feeds before it.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    number: usize,
}

/// The lines. A carriage return, a line feed, or both end a line.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut number = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        lines.push(Line { text: &rest[..end], number });
        let after = &rest[end..];
        let after = after.strip_prefix('\r').unwrap_or(after);
        let after = match after.strip_prefix('\n') {
            Some(after) => {
                number += 1;
                after
            }
            // A second carriage return ends a line of its own.
            None => after,
        };
        rest = after;
    }
    lines
}

/// The line on which the assignment ends. `None` if its quote is not closed.
fn last_line(lines: &[Line<'_>], first: usize) -> Option<usize> {
    let line = lines[first].text.trim();
    let separator = line.find('=').or_else(|| line.find(':')).filter(|at| *at > 0);
    let value = separator.map_or("", |at| line[at + 1..].trim());
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
        return Some(first);
    };
    // gotenv looks at the byte before the quote, but counts without the white space after the first one.
    let is_one_line = value[1..].trim().rfind(quote).is_some_and(|at| value.as_bytes()[at] != b'\\');
    if is_one_line {
        return Some(first);
    }
    let closes = |line: &Line<'_>| match line.text.rfind(quote) {
        Some(at) => at == 0 || line.text.as_bytes()[at - 1] != b'\\',
        None => false,
    };
    lines.iter().enumerate().skip(first + 1).find(|(_, line)| closes(line)).map(|(at, _)| at)
}

/// White space in gotenv's pattern.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\u{c}' | '\r')
}

/// Reads one assignment: its name and its value.
fn statement(text: &str) -> (&str, Value) {
    const INVALID: Value = Value::Rejected("expected `NAME=VALUE`");
    let text = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with(is_blank) => rest.trim_start_matches(is_blank),
        _ => text,
    };
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return ("", INVALID);
    }
    let raw = match rest.trim_start_matches(is_blank).strip_prefix('=') {
        Some(rest) => raw_value(rest.trim_start_matches(is_blank)),
        // After a `:` as in YAML, the pattern takes as little white space as possible.
        None => rest.strip_prefix(':').and_then(|rest| {
            let blanks = rest.len() - rest.trim_start_matches(is_blank).len();
            (1..=blanks).find_map(|skip| raw_value(&rest[skip..]))
        }),
    };
    (name, raw.map_or(INVALID, value))
}

/// The part of the text that is the value. `None` if the text does not fit the pattern.
fn raw_value(text: &str) -> Option<&str> {
    let ends = |rest: &str| {
        let rest = rest.trim_start_matches(is_blank);
        rest.is_empty() || (rest.starts_with('#') && !rest.contains('\n'))
    };
    let quoted = |quote: char| {
        let closing = text.strip_prefix(quote)?.rmatch_indices(quote).map(|(at, _)| at + 2);
        closing.map(|end| text.split_at(end)).find(|(_, rest)| ends(rest)).map(|(value, _)| value)
    };
    let bare = || {
        let (value, rest) = text.split_at(text.find(['#', '\n']).unwrap_or(text.len()));
        (!value.is_empty() && ends(rest)).then_some(value)
    };
    quoted('\'').or_else(|| quoted('"')).or_else(bare).or_else(|| ends(text).then_some(""))
}

fn value(raw: &str) -> Value {
    let raw = raw.trim();
    let inside = |quote: char| raw.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(text) = inside('\'') {
        return Value::text(text);
    }
    match inside('"') {
        Some(text) => substituted(&unescaped(text)),
        None => substituted(raw),
    }
}

/// Resolves the escapes between double quotes. `\n` is replaced first, even after another backslash.
fn unescaped(text: &str) -> Zeroizing<String> {
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let text = Zeroizing::new(text.replace("\\r", "\r"));
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match rest.peek() {
            Some(next) if character == '\\' && *next != '$' => out.extend(rest.next()),
            _ => out.push(character),
        }
    }
    out
}

/// The value with `\$` replaced by `$`. A `$` before a name inserts a value from the environment.
fn substituted(text: &str) -> Value {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, dollar) = rest.split_at(at);
        let inside = dollar[1..].strip_prefix('{').unwrap_or(&dollar[1..]);
        let length = inside
            .find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_')
            .unwrap_or(inside.len());
        match before.strip_suffix('\\') {
            Some(before) => out.push_str(before),
            None if length > 0 => return Value::Unknown(SUBSTITUTED),
            None => out.push_str(before),
        }
        // The whole match is kept: `$`, `{`, the name, `}`.
        let after = &inside[length..];
        let after = after.strip_prefix('}').unwrap_or(after);
        out.push_str(&dollar[..dollar.len() - after.len()]);
        rest = after;
    }
    out.push_str(rest);
    Value::text(&out)
}

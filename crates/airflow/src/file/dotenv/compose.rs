//! `env_file` of Docker Compose, which `astro dev` uses for its containers: quotes, escapes, comments after values, `$`
//! substitution, values over several lines. (compose-spec/compose-go 2.9, `dotenv` and `template`.)

use airbridge_core::SecretText;
use zeroize::Zeroizing;

use super::statement::{INHERITED, SUBSTITUTED, Statement, Value};

/// The assignments that Compose finds. A rejected one is reported as one statement, and reading continues on the next
/// line.
pub(super) fn read(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut line, mut counted) = (0, text);
    loop {
        rest = statement_start(rest);
        if rest.is_empty() {
            return statements;
        }
        let breaks = |text: &str, rest: &str| text[..text.len() - rest.len()].matches('\n').count();
        line += breaks(counted, rest);
        let (name, value, left) = statement(rest);
        // A statement ends on the line of its last character.
        let taken = rest[..rest.len() - left.len()].trim_end_matches('\n');
        let lines = line..line + taken.matches('\n').count() + 1;
        statements.push(Statement { name: name.to_owned(), value, lines });
        (rest, counted) = (left, rest);
    }
}

/// The text without leading white space and comments.
fn statement_start(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        if !text.starts_with('#') {
            return text;
        }
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
}

/// Whether this is white space that does not end a line.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// Reads one statement: its name, its value, and the text after it.
fn statement(text: &str) -> (&str, Value, &str) {
    let next_line = || text.split_once('\n').map_or("", |(_, rest)| rest);
    let text = match text.strip_prefix("export") {
        Some(rest) if rest.starts_with(['\t', '\n', '\u{c}', '\r', ' ']) => rest.trim_start_matches(is_blank),
        _ => text,
    };
    // A `:` as in YAML also ends a name.
    let end = text.char_indices().find(|(_, character)| !is_blank(*character) && !is_name(*character));
    let Some((end, separator)) = end else {
        // A last line without `=` and line feed gives a value without a name.
        return ("", Value::Unknown(INHERITED), "");
    };
    let name = text[..end].trim_end();
    let rejected = |why| (name, Value::Rejected(why), next_line());
    if !matches!(separator, '=' | ':' | '\n') {
        return rejected("the name of a variable contains an invalid character");
    }
    if name.contains(' ') {
        return rejected("the name of a variable contains a space");
    }
    if separator == '\n' {
        return (name, Value::Unknown(INHERITED), &text[end + 1..]);
    }
    match value(text[end + 1..].trim_start_matches(is_blank)) {
        Ok((value, rest)) => (name, value, rest),
        Err(why) => rejected(why),
    }
}

fn is_name(character: char) -> bool {
    matches!(character, '_' | '.' | '-' | '[' | ']') || character.is_alphabetic() || character.is_numeric()
}

fn value(text: &str) -> Result<(Value, &str), &'static str> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        let value = line.split_once(" #").map_or(line, |(value, _)| value);
        return Ok((substituted(value.trim_end()), rest));
    };
    let mut inner = Zeroizing::new(String::with_capacity(text.len()));
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote {
            if !escaped {
                let rest = &text[at + 1..];
                let value = match quote {
                    '"' => substituted(&unescaped(&inner)),
                    _ => Value::Text(SecretText::new(inner.as_str())),
                };
                return Ok((value, rest));
            }
            escaped = false;
            inner.push(character);
        } else if character == '\\' && !escaped {
            escaped = true;
        } else {
            if std::mem::take(&mut escaped) {
                inner.push('\\');
            }
            inner.push(character);
        }
    }
    Err("unterminated quote")
}

/// Resolves the escapes between double quotes. This happens before the substitution, so `\$` becomes `$$`.
fn unescaped(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() + text.matches('$').count()));
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let (plain, length) = match escape.bytes().next() {
            Some(b'a') => ("\u{7}", 1),
            Some(b'b') => ("\u{8}", 1),
            Some(b'f') => ("\u{c}", 1),
            Some(b'n') => ("\n", 1),
            Some(b'r') => ("\r", 1),
            Some(b't') => ("\t", 1),
            Some(b'v') => ("\u{b}", 1),
            Some(b'$') => ("$$", 1),
            Some(b'"') => ("\"", 1),
            Some(b'\\') => ("\\", 1),
            Some(b'0') => {
                let digits = escape[1..].bytes().take(3).take_while(u8::is_ascii_digit).count();
                if let Some(character) = octal(&escape[1..=digits]) {
                    out.push(character);
                    ("", 1 + digits)
                } else {
                    // An invalid code loses its zero, too.
                    out.push('\\');
                    out.push_str(&escape[1..=digits]);
                    ("", 1 + digits)
                }
            }
            _ => ("\\", 0),
        };
        out.push_str(plain);
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

/// The character with this code. Go accepts exactly three octal digits with a value of at most 255.
fn octal(digits: &str) -> Option<char> {
    let code = u32::from_str_radix(digits, 8).ok().filter(|code| digits.len() == 3 && *code <= 255)?;
    char::from_u32(code)
}

/// The value with `$$` replaced by `$`. A `$` before a name or `{` inserts a value from the environment; before any other
/// text in braces it is an error.
fn substituted(text: &str) -> Value {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    let mut unknown = false;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        match rest.chars().next() {
            Some('$') => rest = &rest[1..],
            Some('{') if !is_braced(&rest[1..]) => {
                return Value::Rejected("`${` without a valid name and a closing `}`");
            }
            Some('{') => unknown = true,
            Some(first) if starts_name(first) => unknown = true,
            _ => {}
        }
    }
    if unknown {
        return Value::Unknown(SUBSTITUTED);
    }
    out.push_str(rest);
    Value::Text(SecretText::new(out.as_str()))
}

/// Whether a name starts with this character. Go folds case by Unicode, so two more letters count as `s` and `k`.
fn starts_name(character: char) -> bool {
    character == '_' || character.is_ascii_alphabetic() || matches!(character, 'ſ' | '\u{212a}')
}

/// Whether this is what may follow `${`: a name, then `}`, or one of `-`, `+` and `?`, a text and `}`.
fn is_braced(text: &str) -> bool {
    let rest = text.trim_start_matches(|character| starts_name(character) || character.is_ascii_digit());
    let rest_of_line = rest.split('\n').next().unwrap_or_default();
    let operator = rest.strip_prefix(':').unwrap_or(rest);
    text.starts_with(starts_name)
        && (rest.starts_with('}') || operator.starts_with(['-', '+', '?']) && rest_of_line.contains('}'))
}

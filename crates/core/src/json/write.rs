//! Writing JSON as Python's `json.dumps` does.

use super::value::{Fields, Json};
use crate::SecretText;

/// The options of `json.dumps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonStyle {
    /// Spaces per level, with each part on its own line; `None` for one line.
    pub indent: Option<usize>,
    /// Whether keys are sorted by code point, at every level.
    pub sort_keys: bool,
    /// Whether numbers are written as they were read: `1.50` stays `1.50`.
    pub exact_numbers: bool,
}

impl JsonStyle {
    /// One line: `{"a": 1, "b": [1, 2]}`.
    pub const LINE: Self = Self { indent: None, sort_keys: false, exact_numbers: false };

    /// Each part on its own line, indented by so many spaces per level.
    pub const fn indented(blanks: usize) -> Self {
        Self { indent: Some(blanks), ..Self::LINE }
    }

    /// The same style with numbers as they were read.
    pub const fn exact(mut self) -> Self {
        self.exact_numbers = true;
        self
    }

    /// The same style with sorted keys.
    pub const fn sorted(mut self) -> Self {
        self.sort_keys = true;
        self
    }
}

impl Json {
    /// The value as Python's `json.dumps` writes it: in ASCII, whole numbers unchanged, and other numbers as Python writes
    /// floats (`1.50` becomes `1.5`, `1e5` becomes `100000.0`).
    pub fn to_text(&self, style: JsonStyle) -> SecretText {
        // Enough capacity for the worst case: growing would leave a copy of a secret in freed memory.
        let mut out = String::with_capacity(self.capacity(style.indent.unwrap_or(0), 1));
        self.write(&mut out, style, 0);
        SecretText::new(out)
    }

    fn capacity(&self, indent: usize, level: usize) -> usize {
        let around = indent * level + 4;
        match self {
            Self::Null | Self::Bool(_) => 5,
            Self::Number(text) => text.len() + 24,
            Self::String(text) => text.len() * 6 + 2,
            Self::Array(items) => {
                items.iter().map(|item| item.capacity(indent, level + 1) + around).sum::<usize>() + around
            }
            Self::Object(fields) => {
                let part = |(name, value): (&str, &Json)| {
                    name.len() * 6 + 4 + value.capacity(indent, level + 1) + around
                };
                fields.iter().map(part).sum::<usize>() + around
            }
        }
    }

    fn write(&self, out: &mut String, style: JsonStyle, level: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) if style.exact_numbers => out.push_str(text.expose()),
            Self::Number(text) => write_number(out, text.expose()),
            Self::String(text) => write_json_string(out, text.expose(), is_not_printable_ascii),
            Self::Array(items) => {
                let mut parts = Parts::open(out, style, level, ['[', ']']);
                for item in items {
                    let out = parts.next();
                    item.write(out, style, level + 1);
                }
                parts.close();
            }
            Self::Object(fields) => {
                let mut parts = Parts::open(out, style, level, ['{', '}']);
                for (name, value) in in_order(fields, style) {
                    let out = parts.next();
                    write_json_string(out, name, is_not_printable_ascii);
                    out.push_str(": ");
                    value.write(out, style, level + 1);
                }
                parts.close();
            }
        }
    }
}

fn in_order(fields: &Fields, style: JsonStyle) -> Vec<(&str, &Json)> {
    let mut pairs: Vec<_> = fields.iter().collect();
    if style.sort_keys {
        pairs.sort_by_key(|(name, _)| *name);
    }
    pairs
}

/// Writes the brackets, commas and line breaks around the parts of a list or an object.
struct Parts<'a> {
    out: &'a mut String,
    style: JsonStyle,
    level: usize,
    close: char,
    first: bool,
}

impl<'a> Parts<'a> {
    fn open(out: &'a mut String, style: JsonStyle, level: usize, [open, close]: [char; 2]) -> Self {
        out.push(open);
        Self { out, style, level, close, first: true }
    }

    fn next(&mut self) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        match self.style.indent {
            Some(indent) => newline(self.out, indent * (self.level + 1)),
            None if !self.first => self.out.push(' '),
            None => {}
        }
        self.first = false;
        self.out
    }

    fn close(self) {
        if let (Some(indent), false) = (self.style.indent, self.first) {
            newline(self.out, indent * self.level);
        }
        self.out.push(self.close);
    }
}

fn newline(out: &mut String, blanks: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', blanks));
}

/// Appends `text` to `out` as a JSON string in double quotes.
///
/// `"`, `\` and control characters up to U+001F are always escaped, with the short form where JSON has one. `escape`
/// decides about all other characters, which become `\uXXXX`, two of them above U+FFFF. Python's `json.dumps` escapes all
/// that is not printable ASCII; Go's `json.Marshal` escapes `<`, `>`, `&`, U+2028 and U+2029.
///
/// ```
/// let mut out = String::new();
/// airbridge_core::write_json_string(&mut out, "é\n", |char| !char.is_ascii());
/// assert_eq!(out, "\"\\u00e9\\n\"");
/// ```
pub fn write_json_string(out: &mut String, text: &str, escape: impl Fn(char) -> bool) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' => push_escape(out, character),
            _ if escape(character) => push_escape(out, character),
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn push_escape(out: &mut String, character: char) {
    let mut units = [0; 2];
    for unit in character.encode_utf16(&mut units) {
        out.push_str("\\u");
        for shift in [12, 8, 4, 0] {
            out.push(char::from(b"0123456789abcdef"[usize::from((*unit >> shift) & 0xF)]));
        }
    }
}

/// What `json.dumps` escapes.
fn is_not_printable_ascii(character: char) -> bool {
    !(' '..='~').contains(&character)
}

fn write_number(out: &mut String, text: &str) {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match text.parse::<f64>() {
        // Python writes the integer -0 as 0.
        Ok(_) if text == "-0" => out.push('0'),
        Ok(number) if !whole => out.push_str(&float_repr(number)),
        _ => out.push_str(text),
    }
}

/// Python's `repr` of a float: the shortest digits that read back the same, with an exponent below 1e-4 and from 1e16.
fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if number != 0.0 && !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        // Rust writes every digit but no `.0` for a whole number.
        _ => {
            let plain = format!("{number}");
            if plain.contains('.') { plain } else { format!("{plain}.0") }
        }
    }
}

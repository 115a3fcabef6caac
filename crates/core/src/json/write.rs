//! Writing JSON as Python's `json.dumps` does.

use super::{Fields, Json};
use crate::SecretText;

/// How `json.dumps` is asked to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonStyle {
    /// Blanks per level, each part on a line of its own; `None` for one line.
    pub indent: Option<usize>,
    /// Keys in the order of their characters, at every level.
    pub sort_keys: bool,
}

impl JsonStyle {
    /// One line: `{"a": 1, "b": [1, 2]}`.
    pub const LINE: Self = Self { indent: None, sort_keys: false };

    /// Each part on its own line, indented by so many blanks a level.
    pub const fn indented(blanks: usize) -> Self {
        Self { indent: Some(blanks), sort_keys: false }
    }

    /// With the keys sorted.
    pub const fn sorted(mut self) -> Self {
        self.sort_keys = true;
        self
    }
}

impl Json {
    /// The value as Python's `json.dumps` writes it: ASCII only, whole numbers as they are, other numbers re-spelled
    /// as Python's floats (`1.50` becomes `1.5`, `1e5` becomes `100000.0`).
    pub fn to_text(&self, style: JsonStyle) -> SecretText {
        // Room for the worst case, so that no half-built copy of a secret is left behind by growing.
        let mut out = String::with_capacity(self.room(style.indent.unwrap_or(0), 1));
        self.write(&mut out, style, 0);
        SecretText::new(out)
    }

    fn room(&self, indent: usize, level: usize) -> usize {
        let around = indent * level + 4;
        match self {
            Self::Null | Self::Bool(_) => 5,
            Self::Number(text) => text.len() + 24,
            Self::String(text) => text.len() * 6 + 2,
            Self::Array(items) => {
                items.iter().map(|item| item.room(indent, level + 1) + around).sum::<usize>() + around
            }
            Self::Object(fields) => {
                let part = |(name, value): (&str, &Json)| {
                    name.len() * 6 + 4 + value.room(indent, level + 1) + around
                };
                fields.iter().map(part).sum::<usize>() + around
            }
        }
    }

    fn write(&self, out: &mut String, style: JsonStyle, level: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => write_number(out, text.expose()),
            Self::String(text) => write_string(out, text.expose()),
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
                    write_string(out, name);
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

/// The brackets, commas and line breaks around the parts of a list or an object.
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

/// Writes a JSON string in quotes. Escapes `"`, `\`, the control characters of ASCII, and every other character for which
/// `escape` returns true.
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
            _ if character < ' ' || escape(character) => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    out.push_str("\\u");
                    for shift in [12, 8, 4, 0] {
                        out.push(char::from(b"0123456789abcdef"[usize::from((*unit >> shift) & 0xF)]));
                    }
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn write_string(out: &mut String, text: &str) {
    write_json_string(out, text, |character| character > '~');
}

fn write_number(out: &mut String, text: &str) {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match text.parse::<f64>() {
        // Python has one whole zero.
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
        // Rust writes every digit and `.0` where there is no fraction.
        _ => {
            let plain = format!("{number}");
            if plain.contains('.') { plain } else { format!("{plain}.0") }
        }
    }
}

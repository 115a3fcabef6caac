//! Writes YAML that readers of YAML 1.1 and 1.2 read the same: ASCII, in block style, with double quotes around every
//! string that a reader could mistake for another type.

use airbridge_core::{Json, JsonStyle, SecretText};
use zeroize::Zeroizing;

use super::construct::scalar_type;
use super::node::{Body, Node};
use super::resolver::{Type, plain_type};

/// A value to be written.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Written without quotes: a number, `null`, a date.
    Raw(SecretText),
    /// A string.
    Text(SecretText),
    /// A list.
    List(Vec<Value>),
    /// Pairs in order.
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// A string.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(SecretText::new(text))
    }

    /// A JSON value.
    pub(crate) fn of_json(json: &Json) -> Self {
        match json {
            Json::String(text) => Self::Text(text.clone()),
            Json::Number(_) => Self::Raw(number(json)),
            Json::Null | Json::Bool(_) => Self::Raw(json.to_text(JsonStyle::LINE)),
            Json::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Json::Object(fields) => Self::Map(
                fields.iter().map(|(name, value)| (Self::text(name), Self::of_json(value))).collect(),
            ),
        }
    }

    /// A node of a file. `None` if it has a tag or a key that a value cannot represent.
    pub(crate) fn of_node(node: &Node) -> Option<Self> {
        let untagged = || matches!(node.tag.as_deref(), None | Some("!"));
        match &node.body {
            Body::Scalar { text, .. } => match (scalar_type(node)?, &node.tag) {
                (Type::Text, _) => Some(Self::Text(text.clone())),
                (_, None) => Some(Self::Raw(text.clone())),
                (_, Some(_)) => None,
            },
            Body::Sequence(items) if untagged() => {
                items.iter().map(|item| Self::of_node(item)).collect::<Option<_>>().map(Self::List)
            }
            Body::Mapping(pairs) if untagged() => {
                let pair = |key: &Node, value: &Node| match key.body {
                    Body::Scalar { .. } => Some((Self::of_node(key)?, Self::of_node(value)?)),
                    _ => None,
                };
                pairs.iter().map(|(key, value)| pair(key, value)).collect::<Option<_>>().map(Self::Map)
            }
            _ => None,
        }
    }

    /// The same value with the keys of the outermost mapping sorted, as Airflow's exporter writes them.
    pub(crate) fn sorted(mut self) -> Self {
        if let Self::Map(pairs) = &mut self {
            pairs.sort_by_cached_key(|(key, _)| match key {
                Self::Text(text) | Self::Raw(text) => text.expose().to_owned(),
                Self::List(_) | Self::Map(_) => String::new(),
            });
        }
        self
    }

    /// The value as lines, each indented by `indent` spaces.
    pub(crate) fn lines(&self, indent: usize) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(self.room(indent)));
        match self {
            Self::Map(pairs) if !pairs.is_empty() => write_pairs(&mut out, pairs, indent, false),
            Self::List(items) if !items.is_empty() => write_items(&mut out, items, indent),
            scalar => {
                write_inline(&mut out, scalar);
                out.push('\n');
            }
        }
        out
    }

    /// An upper bound for the length as written. With this capacity the string never grows, so no partial copy of a
    /// secret stays in freed memory.
    fn room(&self, indent: usize) -> usize {
        match self {
            Self::Raw(text) => text.len() + 4,
            // No escape has more than six bytes per byte of the text.
            Self::Text(text) => text.len() * 6 + 4,
            Self::List(items) => {
                items.iter().map(|item| indent + 3 + item.room(indent + 2)).sum::<usize>() + 4
            }
            Self::Map(pairs) => {
                let pair = |(key, value): &(Self, Self)| indent + 4 + key.room(0) + value.room(indent + 2);
                pairs.iter().map(pair).sum::<usize>() + 4
            }
        }
    }
}

fn write_pairs(out: &mut String, pairs: &[(Value, Value)], indent: usize, mut inline: bool) {
    for (key, value) in pairs {
        if !std::mem::take(&mut inline) {
            blanks(out, indent);
        }
        write_inline(out, key);
        out.push(':');
        match value {
            Value::Map(pairs) if !pairs.is_empty() => {
                out.push('\n');
                write_pairs(out, pairs, indent + 2, false);
            }
            Value::List(items) if !items.is_empty() => {
                out.push('\n');
                write_items(out, items, indent + 2);
            }
            scalar => {
                out.push(' ');
                write_inline(out, scalar);
                out.push('\n');
            }
        }
    }
}

fn write_items(out: &mut String, items: &[Value], indent: usize) {
    for item in items {
        blanks(out, indent);
        out.push('-');
        match item {
            Value::Map(pairs) if !pairs.is_empty() => {
                out.push(' ');
                write_pairs(out, pairs, indent + 2, true);
            }
            Value::List(items) if !items.is_empty() => {
                out.push('\n');
                write_items(out, items, indent + 2);
            }
            scalar => {
                out.push(' ');
                write_inline(out, scalar);
                out.push('\n');
            }
        }
    }
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// Writes a scalar, or an empty list or mapping.
fn write_inline(out: &mut String, value: &Value) {
    match value {
        Value::Raw(text) if text.is_empty() => out.push_str("null"),
        Value::Raw(text) => out.push_str(text.expose()),
        Value::Text(text) if is_plain(text.expose()) => out.push_str(text.expose()),
        Value::Text(text) => write_quoted(out, text.expose()),
        Value::List(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
    }
}

/// The length of a key as written.
pub(crate) fn written_len(text: &str) -> usize {
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 6 + 4));
    write_inline(&mut out, &Value::text(text));
    out.len()
}

/// Whether every reader reads the text without quotes as this string.
fn is_plain(text: &str) -> bool {
    let rest =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '/');
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(rest)
        && text.len() > 1
        && plain_type(text) == Type::Text
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            _ => write_escape(out, u32::from(character)),
        }
    }
    out.push('"');
}

fn write_escape(out: &mut String, code: u32) {
    let (letter, digits) = match code {
        0..=0xFF => ('x', 2),
        0x100..=0xFFFF => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\');
    out.push(letter);
    for place in (0..digits).rev() {
        out.extend(char::from_digit((code >> (4 * place)) & 0xF, 16));
    }
}

/// A number as YAML 1.1 requires it: a float needs a decimal point and a sign in its exponent.
fn number(json: &Json) -> SecretText {
    let text = json.to_text(JsonStyle::LINE);
    let spelled = match text.expose() {
        "NaN" => ".nan".to_owned(),
        "Infinity" => ".inf".to_owned(),
        "-Infinity" => "-.inf".to_owned(),
        text => match text.split_once('e') {
            Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0e{exponent}"),
            _ => text.to_owned(),
        },
    };
    SecretText::new(spelled)
}

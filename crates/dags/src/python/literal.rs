//! String literals: prefixes, escapes and inserted expressions.

use tree_sitter::Node;

use super::node::{children, line, text};
use crate::text::{HOLE, Text};

/// A part of a literal.
pub(super) enum Part<'t> {
    Text(Text),
    /// The expression between the braces of an f-string, and whether it has a format or conversion.
    Inserted(Node<'t>, bool),
}

/// The parts of a literal, or `None` for bytes.
pub(super) fn parts<'t>(source: &'t str, literal: Node<'t>) -> Option<Vec<Part<'t>>> {
    let all = children(literal);
    let start = all.first().filter(|first| first.kind() == "string_start").copied()?;
    let prefix = text(source, start).trim_end_matches(['"', '\'']).to_ascii_lowercase();
    if prefix.contains('b') {
        return None;
    }
    let style = Style { is_raw: prefix.contains('r'), is_format: prefix.contains(['f', 't']) };
    let part = |node: &Node<'t>| match node.kind() {
        "string_content" => Some(Part::Text(decoded(text(source, *node), line(*node), style))),
        "interpolation" => {
            let expression = node.child_by_field_name("expression");
            let has_format = node.child_by_field_name("type_conversion").is_some()
                || node.child_by_field_name("format_specifier").is_some()
                || text(source, *node).trim_end_matches('}').trim_end().ends_with('=');
            Some(match expression {
                Some(expression) => Part::Inserted(expression, has_format),
                None => Part::Text(Text::hole(line(*node))),
            })
        }
        _ => None,
    };
    Some(all.iter().filter_map(part).collect())
}

#[derive(Clone, Copy)]
struct Style {
    is_raw: bool,
    is_format: bool,
}

/// The text that a part of a literal means.
fn decoded(spelling: &str, first_line: u32, style: Style) -> Text {
    let mut result = Text::default();
    let mut line = first_line;
    result.at_line(line);
    let mut characters = spelling.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => {
                result.push('\n');
                line = line.saturating_add(1);
                result.at_line(line);
            }
            // In an f-string, `{{` is a brace.
            '{' | '}' if style.is_format => {
                characters.next_if_eq(&character);
                result.push(character);
            }
            '\\' if !style.is_raw => match characters.next() {
                Some('\n') => {
                    line = line.saturating_add(1);
                    result.at_line(line);
                }
                Some(escaped) => escape(escaped, &mut characters, &mut result),
                None => result.push('\\'),
            },
            _ => result.push(character),
        }
    }
    result
}

/// What follows a backslash.
fn escape(escaped: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>, result: &mut Text) {
    let mut number = |most: usize, radix: u32, first: Option<char>| {
        let mut digits: String = first.into_iter().collect();
        while digits.len() < most
            && let Some(digit) = rest.next_if(|next| next.is_digit(radix))
        {
            digits.push(digit);
        }
        u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32).unwrap_or(HOLE)
    };
    match escaped {
        '\\' | '\'' | '"' => result.push(escaped),
        'n' => result.push('\n'),
        't' => result.push('\t'),
        'r' => result.push('\r'),
        'a' => result.push('\u{7}'),
        'b' => result.push('\u{8}'),
        'f' => result.push('\u{c}'),
        'v' => result.push('\u{b}'),
        'x' => result.push(number(2, 16, None)),
        'u' => result.push(number(4, 16, None)),
        'U' => result.push(number(8, 16, None)),
        '0'..='7' => result.push(number(3, 8, Some(escaped))),
        // A character by its name, which needs the tables of Unicode.
        'N' => result.push(HOLE),
        // Python keeps the backslash of an unknown escape.
        _ => {
            result.push('\\');
            result.push(escaped);
        }
    }
}

/// The text after `%` or `str.format` inserted values, or `None` if it is not such a template. `value` returns the text for a
/// position or name.
pub(super) fn formatted(
    template: &Text,
    style: Formatting,
    mut value: impl FnMut(&str, u32) -> Option<Text>,
) -> Text {
    let text = template.as_str();
    let mut result = Text::like(template);
    let mut at = 0;
    let mut position = 0_usize;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let line = template.line_of(at);
        result.at_line(line);
        let Some((field, length)) = style.field(rest, character) else {
            result.push(character);
            at += character.len_utf8();
            continue;
        };
        match field {
            Field::Escaped(character) => result.push(character),
            Field::Named(name) => {
                let inserted = match name {
                    "" => {
                        position += 1;
                        value(&(position - 1).to_string(), line)
                    }
                    name => value(name, line),
                };
                result.append(&inserted.unwrap_or_else(|| Text::hole(line)));
            }
            Field::Unknown => result.push(HOLE),
        }
        at += length;
    }
    result
}

/// How values are inserted into a string.
#[derive(Clone, Copy, Debug)]
pub(super) enum Formatting {
    /// `"{} {name}".format(…)`.
    Braces,
    /// `"%s %(name)s" % …`.
    Percent,
}

enum Field<'a> {
    Escaped(char),
    /// The name or position; empty for the next position.
    Named(&'a str),
    /// A value in a format that is not read here.
    Unknown,
}

impl Formatting {
    /// The field at the start of a text, and its length in bytes.
    fn field(self, rest: &str, first: char) -> Option<(Field<'_>, usize)> {
        match (self, first) {
            (Self::Braces, '{' | '}') => {
                if rest.get(1..).is_some_and(|rest| rest.starts_with(first)) {
                    return Some((Field::Escaped(first), 2));
                }
                let end = rest.find('}').filter(|_| first == '{')?;
                let name = rest.get(1..end)?;
                let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
                Some((if is_plain { Field::Named(name) } else { Field::Unknown }, end + 1))
            }
            (Self::Percent, '%') => {
                let after = rest.get(1..)?;
                match after.chars().next()? {
                    '%' => Some((Field::Escaped('%'), 2)),
                    's' => Some((Field::Named(""), 2)),
                    '(' => {
                        let end = rest.find(")s")?;
                        Some((Field::Named(rest.get(2..end)?), end + 2))
                    }
                    other => Some((Field::Unknown, 1 + other.len_utf8())),
                }
            }
            _ => None,
        }
    }
}

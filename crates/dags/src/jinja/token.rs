//! The blocks of a template, split into tokens.

use crate::text::HOLE;

/// The longest block, in bytes. A longer one is not Jinja.
const MAX_BLOCK: usize = 1 << 16;
/// The longest string in a block, in bytes.
const MAX_STRING: usize = 1 << 12;
/// How many blocks without an end are passed over before the rest of the template is ignored.
const MAX_FAILURES: usize = 100;

/// A token and the byte of the template where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) offset: usize,
    pub(super) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// A name, a keyword or a number. It contains [`HOLE`] if a value is inserted.
    Name(String),
    /// A string without its quotes.
    Quoted(String),
    /// Any other character.
    Sign(char),
}

/// What stands between two braces.
#[derive(Debug)]
pub(super) struct Block {
    /// Whether it is a statement (`{% … %}`) and not an expression (`{{ … }}`).
    pub(super) is_statement: bool,
    pub(super) tokens: Vec<Token>,
}

/// The blocks of a template. Comments and raw parts are left out.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut failures = 0;
    let mut at = 0;
    while let Some((start, opening)) = next_opening(text, at) {
        let inside = start + 2;
        if opening == '#' {
            match rest(text, inside).find("#}") {
                Some(length) => at = inside + length + 2,
                None => break,
            }
            continue;
        }
        let Some((tokens, end)) = block(text, inside, opening) else {
            failures += 1;
            if failures > MAX_FAILURES {
                break;
            }
            at = inside;
            continue;
        };
        at = end;
        let block = Block { is_statement: opening == '%', tokens };
        if block.is_statement && first_name(&block.tokens) == Some("raw") {
            match rest(text, at).find("endraw") {
                Some(length) => at += length + "endraw".len(),
                None => break,
            }
            continue;
        }
        found.push(block);
    }
    found
}

/// The first name of a statement: its keyword.
pub(super) fn first_name(tokens: &[Token]) -> Option<&str> {
    tokens.iter().find_map(|token| match &token.body {
        Body::Name(name) => Some(name.as_str()),
        _ => None,
    })
}

fn rest(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

/// The next `{{`, `{%` or `{#`.
fn next_opening(text: &str, from: usize) -> Option<(usize, char)> {
    let mut at = from;
    loop {
        let start = at + rest(text, at).find('{')?;
        match rest(text, start + 1).chars().next()? {
            kind @ ('{' | '%' | '#') => return Some((start, kind)),
            _ => at = start + 1,
        }
    }
}

/// The tokens up to the end of a block, and the byte after it. `None` if it does not end.
fn block(text: &str, start: usize, opening: char) -> Option<(Vec<Token>, usize)> {
    let closing = if opening == '%' { "%}" } else { "}}" };
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        if at - start > MAX_BLOCK {
            return None;
        }
        let remaining = rest(text, at);
        if depth == 0 && remaining.starts_with(closing) {
            return Some((tokens, at + 2));
        }
        let first = remaining.chars().next()?;
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (body, length) = token(remaining, first);
        match body {
            Body::Sign('{' | '[' | '(') => depth += 1,
            Body::Sign('}' | ']' | ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.push(Token { offset: at, body });
        at += length;
    }
}

/// The token at the start of a text, and its length in bytes.
fn token(text: &str, first: char) -> (Body, usize) {
    if is_word(first) {
        let length = text.find(|c| !is_word(c)).unwrap_or(text.len());
        return (Body::Name(text.get(..length).unwrap_or_default().to_owned()), length);
    }
    if matches!(first, '\'' | '"')
        && let Some((content, length)) = quoted(text, first)
    {
        return (Body::Quoted(content), length);
    }
    (Body::Sign(first), first.len_utf8())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == HOLE
}

/// A string and the length of its spelling in bytes, or `None` if it does not end.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        if offset > MAX_STRING {
            return None;
        }
        match character {
            '\\' => content.push(characters.next()?.1),
            _ if character == quote => return Some((content, offset + quote.len_utf8())),
            _ => content.push(character),
        }
    }
    None
}

//! `conn` and `var` in the expressions of a template.

use std::collections::HashSet;

use airbridge_airflow::Kind;

use super::token::{Block, Body, Token, blocks, first_name};
use crate::report::{Findings, How, Need, Reason};
use crate::text::Text;

/// Reports the connections and variables that a template uses.
///
/// A template that assigns `conn` or `var` itself does not mean Airflow's.
pub(crate) fn scan(text: &Text, findings: &mut Findings<'_>) {
    if !text.is_template() || !(text.as_str().contains("conn") || text.as_str().contains("var")) {
        return;
    }
    let blocks = blocks(text.as_str());
    let own: HashSet<&str> = blocks.iter().filter(|block| block.is_statement).flat_map(assigned).collect();
    for block in &blocks {
        for (index, token) in block.tokens.iter().enumerate() {
            let Body::Name(name) = &token.body else { continue };
            if own.contains(name.as_str()) || index.checked_sub(1).is_some_and(|before| is_dot(block, before))
            {
                continue;
            }
            let access = match name.as_str() {
                "conn" => Some((Kind::Connection, accessed(&block.tokens, index + 1))),
                "var" => variable(&block.tokens, index + 1).map(|access| (Kind::Variable, access)),
                _ => None,
            };
            let Some((kind, access)) = access else { continue };
            let line = text.line_of(token.offset);
            match access {
                Access::None => {}
                Access::Key { key, need } => findings.id(kind, key, line, How::Jinja, need),
                Access::Computed => findings.dynamic(kind, line, Reason::Other),
            }
        }
    }
}

/// The names that a statement assigns.
fn assigned(block: &Block) -> impl Iterator<Item = &str> {
    let names = |token: &'_ Token| matches!(token.body, Body::Name(_));
    let end = match first_name(&block.tokens) {
        Some("set" | "with") => block.tokens.iter().position(|token| token.body == Body::Sign('=')),
        Some("for") => block.tokens.iter().position(|token| token.body == Body::Name("in".to_owned())),
        Some("macro") => Some(block.tokens.len()),
        _ => Some(0),
    };
    // Without `=`, `set` assigns the block that follows.
    let end = end.unwrap_or(block.tokens.len());
    block.tokens.iter().take(end).filter(move |token| names(token)).skip(1).filter_map(|token| {
        match &token.body {
            Body::Name(name) => Some(name.as_str()),
            _ => None,
        }
    })
}

fn is_dot(block: &Block, index: usize) -> bool {
    block.tokens.get(index).is_some_and(|token| token.body == Body::Sign('.'))
}

enum Access<'a> {
    /// No key follows.
    None,
    Key {
        key: &'a str,
        need: Need,
    },
    /// The key is an expression.
    Computed,
}

/// `.value` or `.json` after `var`, in any spelling, and the key after it.
fn variable(tokens: &[Token], at: usize) -> Option<Access<'_>> {
    let (member, next) = member(tokens, at)?;
    match member {
        Member::Named("value" | "json") => Some(accessed(tokens, next)),
        Member::Named(_) => None,
        Member::Computed => Some(Access::Computed),
    }
}

/// The key at this place: `.KEY`, `['KEY']` or `.get('KEY', default)`.
fn accessed(tokens: &[Token], at: usize) -> Access<'_> {
    let body = |index: usize| tokens.get(index).map(|token| &token.body);
    match member(tokens, at) {
        None => Access::None,
        Some((Member::Computed, _)) => Access::Computed,
        Some((Member::Named("get"), next)) if body(next) == Some(&Body::Sign('(')) => {
            match (body(next + 1), body(next + 2)) {
                (Some(Body::Quoted(key)), Some(Body::Sign(')'))) => Access::Key { key, need: Need::Required },
                (Some(Body::Quoted(key)), Some(Body::Sign(','))) => {
                    Access::Key { key, need: Need::HasDefault }
                }
                _ => Access::Computed,
            }
        }
        Some((Member::Named(key), _)) => Access::Key { key, need: Need::Required },
    }
}

enum Member<'a> {
    Named(&'a str),
    Computed,
}

/// An attribute or subscript, and the index of the token after it.
fn member(tokens: &[Token], at: usize) -> Option<(Member<'_>, usize)> {
    let body = |index: usize| tokens.get(index).map(|token| &token.body);
    match (body(at)?, body(at + 1), body(at + 2)) {
        (Body::Sign('.'), Some(Body::Name(name)), _) => Some((Member::Named(name), at + 2)),
        (Body::Sign('['), Some(Body::Quoted(name)), Some(Body::Sign(']'))) => {
            Some((Member::Named(name), at + 3))
        }
        (Body::Sign('['), Some(_), _) => Some((Member::Computed, at + 2)),
        _ => None,
    }
}

//! A file of Python from its text to its references.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{Language, Node, ParseOptions, Parser, Tree};

use super::node::line;
use super::scope::Scopes;
use super::uses::Uses;
use super::walk::{Step, Walk};
use crate::report::{Findings, Problem};

/// How long the parser may work on a file. Ordinary code takes a second for 5 MiB, but damaged code can take much longer.
const MAX_TIME: Duration = Duration::from_secs(20);

/// Reports what a file uses. After a syntax error, the parser goes on with the code that it can read.
pub(crate) fn scan(source: &str, findings: &mut Findings<'_>) {
    let Some(tree) = parse(source) else {
        findings.broken(None, Problem::TooComplex);
        return;
    };
    let root = tree.root_node();
    if root.has_error() {
        findings.broken(first_error(root), Problem::Syntax);
    }
    let scopes = Scopes::of(source, root);
    Uses::new(source, &scopes, findings).all(root);
}

fn parse(source: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&Language::new(tree_sitter_python::LANGUAGE)).ok()?;
    let start = Instant::now();
    let mut progress = |_: &_| {
        let is_late = start.elapsed() > MAX_TIME;
        if is_late { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |offset: usize, _| source.as_bytes().get(offset..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}

/// The line of the first error. The root can be an error too, but it does not say where.
fn first_error(root: Node<'_>) -> Option<u32> {
    Walk::new(root).find_map(|step| match step {
        Step::Enter(node) if node != root && (node.is_error() || node.is_missing()) => Some(line(node)),
        _ => None,
    })
}

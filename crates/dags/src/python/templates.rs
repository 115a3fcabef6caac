//! Jinja in the strings of a file.

use std::collections::HashSet;

use tree_sitter::Node;

use super::fold::{Folder, MAX_DEPTH, Value};
use super::node::{children, field, text, unwrapped};
use crate::jinja;
use crate::report::Findings;

/// Reads strings as templates, each once and as long as possible: `"{{ var.value." + KEY + " }}"` is one template.
#[derive(Debug)]
pub(super) struct Templates<'t> {
    source: &'t str,
    done: HashSet<usize>,
}

impl<'t> Templates<'t> {
    pub(super) fn new(source: &'t str) -> Self {
        Self { source, done: HashSet::new() }
    }

    pub(super) fn enter(
        &mut self,
        node: Node<'t>,
        scope: usize,
        folder: &Folder<'_, 't>,
        findings: &mut Findings<'_>,
    ) {
        match node.kind() {
            // Documentation is not rendered.
            "expression_statement" => {
                if let [only] = children(node)[..] {
                    self.pass_over(only);
                }
            }
            "keyword_argument" => {
                let name = field(node, "name").map_or("", |name| text(self.source, name));
                let is_documentation = matches!(name, "description" | "doc") || name.starts_with("doc_");
                if let Some(value) = field(node, "value").filter(|_| is_documentation) {
                    self.pass_over(value);
                }
            }
            _ if self.is_string(node) && !self.done.contains(&node.id()) => {
                if let Value::Text(template) = folder.value(node, scope) {
                    self.pass_over(node);
                    jinja::scan(&template, findings);
                }
            }
            _ => {}
        }
    }

    /// Whether the value of an expression can be a string that is written here.
    fn is_string(&self, node: Node<'t>) -> bool {
        match node.kind() {
            "string" | "concatenated_string" => true,
            "binary_operator" => {
                field(node, "operator").is_some_and(|operator| matches!(operator.kind(), "+" | "%"))
            }
            "call" => self.formatted(node).is_some(),
            _ => false,
        }
    }

    /// The template of `template.format(…)`.
    fn formatted(&self, call: Node<'t>) -> Option<Node<'t>> {
        let function = field(call, "function").filter(|function| function.kind() == "attribute")?;
        let name = field(function, "attribute").map(|name| text(self.source, name));
        field(function, "object").filter(|_| name == Some("format"))
    }

    /// The strings of this expression are not to be read again.
    fn pass_over(&mut self, node: Node<'t>) {
        let mut open = vec![(node, 0)];
        while let Some((node, depth)) = open.pop() {
            let node = unwrapped(node);
            if depth > MAX_DEPTH || !self.is_string(node) {
                continue;
            }
            self.done.insert(node.id());
            match node.kind() {
                "concatenated_string" => {
                    open.extend(children(node).into_iter().map(|part| (part, depth + 1)));
                }
                "binary_operator" => {
                    let is_sum = field(node, "operator").is_some_and(|operator| operator.kind() == "+");
                    open.extend(field(node, "left").map(|left| (left, depth + 1)));
                    open.extend(field(node, "right").filter(|_| is_sum).map(|right| (right, depth + 1)));
                }
                "call" => open.extend(self.formatted(node).map(|template| (template, depth + 1))),
                _ => {}
            }
        }
    }
}

//! The arguments of a call.

use tree_sitter::Node;

use super::node::{children, field, text};

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments<'t> {
    /// Before the first `*values`, whose length is unknown.
    pub(super) positional: Vec<Node<'t>>,
    pub(super) keyword: Vec<(&'t str, Node<'t>)>,
    /// The expressions after `**`.
    pub(super) unpacked: Vec<Node<'t>>,
    /// Whether there is a `*values`.
    pub(super) has_list: bool,
}

impl<'t> Arguments<'t> {
    pub(super) fn of(source: &'t str, call: Node<'t>) -> Self {
        let mut found = Self::default();
        let list = field(call, "arguments").filter(|list| list.kind() == "argument_list");
        for argument in list.map(children).unwrap_or_default() {
            match argument.kind() {
                "keyword_argument" => {
                    if let (Some(name), Some(value)) = (field(argument, "name"), field(argument, "value")) {
                        found.keyword.push((text(source, name), value));
                    }
                }
                "dictionary_splat" => found.unpacked.extend(children(argument).first()),
                "list_splat" => found.has_list = true,
                _ if found.has_list => {}
                _ => found.positional.push(argument),
            }
        }
        found
    }

    /// The value of a keyword argument.
    pub(super) fn named(&self, name: &str) -> Option<Node<'t>> {
        self.keyword.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }

    /// The value of the first parameter, by position or by one of its names.
    pub(super) fn first(&self, names: &[&str]) -> Option<Node<'t>> {
        self.positional.first().copied().or_else(|| names.iter().find_map(|name| self.named(name)))
    }
}

//! Short questions to nodes of a syntax tree.

use tree_sitter::Node;

/// The line of a node, counted from 1.
pub(super) fn line(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).unwrap_or(u32::MAX).saturating_add(1)
}

/// The text of a node.
pub(super) fn text<'t>(source: &'t str, node: Node<'_>) -> &'t str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// A child by the name of its field.
pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The children that are not punctuation or comments.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

/// The expression in parentheses, at most a hundred of them.
pub(super) fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    for _ in 0..100 {
        if node.kind() != "parenthesized_expression" {
            break;
        }
        let [inner] = children(node)[..] else { break };
        node = inner;
    }
    node
}

/// The names and attributes of `a.b.c`, in order. `None` for another expression, such as the attribute of a call.
pub(super) fn path<'t>(source: &'t str, node: Node<'_>) -> Option<Vec<&'t str>> {
    let mut names = Vec::new();
    let mut node = node;
    // No real path is longer, and each step costs memory.
    while names.len() < 20 {
        match node.kind() {
            "identifier" => {
                names.push(text(source, node));
                names.reverse();
                return Some(names);
            }
            "attribute" => {
                names.push(text(source, field(node, "attribute")?));
                node = field(node, "object")?;
            }
            _ => return None,
        }
    }
    None
}

/// Whether a parameter or key holds the id of a connection: `conn_id` or `…_conn_id`.
pub(super) fn is_connection_name(name: &str) -> bool {
    name.strip_suffix("conn_id").is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

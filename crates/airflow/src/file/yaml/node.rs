//! YAML as a tree of nodes with their line numbers.

use std::rc::Rc;

use airbridge_core::{DocumentError, SecretText};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};
use zeroize::Zeroizing;

use super::scan::{explain, repair};

/// The maximum nesting depth, so that recursion over the tree cannot overflow the stack.
const MAX_DEPTH: usize = 500;
/// The maximum number of nodes after aliases are expanded.
const MAX_NODES: usize = 1_000_000;

/// A node. An alias shares the node that it refers to.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) body: Body,
    /// The full tag, if the file has one here.
    pub(crate) tag: Option<String>,
    /// The line where the node starts, counted from 1.
    pub(crate) line: usize,
    /// The column where the node starts, counted from 0.
    pub(crate) column: usize,
    /// The number of nodes in this tree, with aliases expanded.
    size: usize,
    /// The depth of this tree, with aliases expanded.
    depth: usize,
}

/// A key and its value.
pub(crate) type Pair = (Rc<Node>, Rc<Node>);

/// The content of a node.
#[derive(Debug)]
pub(crate) enum Body {
    /// A scalar. `plain` means that it has no quotes, so that its text decides its type.
    Scalar { text: SecretText, plain: bool },
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// Pairs in the order of the file, including duplicate keys.
    Mapping(Vec<Pair>),
}

impl Node {
    /// The pairs, if the node is a mapping.
    pub(crate) fn pairs(&self) -> Option<&[Pair]> {
        match &self.body {
            Body::Mapping(pairs) => Some(pairs),
            _ => None,
        }
    }
}

/// Parses a file, which must be a single document. Returns `None` if it contains only white space and comments.
pub(crate) fn parse(text: &str) -> Result<Option<Rc<Node>>, DocumentError> {
    let mut repaired: Option<Zeroizing<String>> = None;
    loop {
        let attempt = repaired.as_ref().map_or(text, |text| text.as_str());
        match build(attempt) {
            Ok(root) => return Ok(root),
            Err(Refusal::Tree(error)) => return Err(error),
            Err(Refusal::Scan(error)) => match repair(attempt, &error) {
                Some(next) => repaired = Some(next),
                None => return Err(explain(&error)),
            },
        }
    }
}

enum Refusal {
    Scan(ScanError),
    Tree(DocumentError),
}

impl From<ScanError> for Refusal {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

/// A list or mapping that has not ended yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The key of a pair whose value has not been read yet.
    key: Option<Rc<Node>>,
}

fn build(text: &str) -> Result<Option<Rc<Node>>, Refusal> {
    let mut tree = Tree::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(tree_error(
                        span.start,
                        "a second document starts here, but Airflow reads only one",
                    ));
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                let text = scalar_text(text, &value, style, span);
                let body = Body::Scalar { text, plain: style == ScalarStyle::Plain };
                let node = node(body, tag.as_deref(), span)?;
                tree.put(node, anchor)?;
            }
            Event::SequenceStart(anchor, tag) => {
                tree.open(node(Body::Sequence(Vec::new()), tag.as_deref(), span)?, anchor)?;
            }
            Event::MappingStart(anchor, tag) => {
                tree.open(node(Body::Mapping(Vec::new()), tag.as_deref(), span)?, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => tree.close()?,
            Event::Alias(anchor) => tree.repeat(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    Ok(tree.root)
}

/// The text of a scalar. The scanner adds a line feed to a block scalar even if the file ends without one.
fn scalar_text(file: &str, value: &str, style: ScalarStyle, span: Span) -> SecretText {
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    match value.strip_suffix('\n') {
        Some(shorter) if block && !file.ends_with('\n') && file.chars().count() <= span.end.index() => {
            SecretText::new(shorter)
        }
        _ => SecretText::new(value),
    }
}

fn node(body: Body, tag: Option<&Tag>, span: Span) -> Result<Node, Refusal> {
    let tag = tag.map(full_tag);
    if tag.as_deref().is_some_and(|tag| !is_known(tag)) {
        // It is not quoted: an unquoted password that starts with `!` is a tag to YAML.
        let message = "Airflow does not support the tag here; put a value that starts with `!` in quotes";
        return Err(tree_error(span.start, message));
    }
    Ok(Node { body, tag, line: span.start.line(), column: span.start.col(), size: 1, depth: 1 })
}

fn full_tag(tag: &Tag) -> String {
    let handle = if tag.handle == "!!" { "tag:yaml.org,2002:" } else { &tag.handle };
    format!("{handle}{}", tag.suffix)
}

/// Whether `yaml.safe_load` supports the tag. `!` alone means a string, list or mapping without further interpretation.
fn is_known(tag: &str) -> bool {
    const NAMES: [&str; 12] =
        ["null", "bool", "int", "float", "binary", "timestamp", "omap", "pairs", "set", "str", "seq", "map"];
    tag == "!" || tag.strip_prefix("tag:yaml.org,2002:").is_some_and(|name| NAMES.contains(&name))
}

#[derive(Default)]
struct Tree {
    root: Option<Rc<Node>>,
    open: Vec<Open>,
    anchors: std::collections::HashMap<usize, Rc<Node>>,
}

impl Tree {
    fn open(&mut self, node: Node, anchor: usize) -> Result<(), Refusal> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(node.line));
        }
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refusal> {
        match self.open.pop() {
            Some(Open { node, anchor, .. }) => self.put(node, anchor),
            None => Ok(()),
        }
    }

    fn repeat(&mut self, anchor: usize, span: Span) -> Result<(), Refusal> {
        match self.anchors.get(&anchor) {
            Some(node) => self.attach(Rc::clone(node)),
            None => Err(tree_error(span.start, "the alias is inside the node that it refers to")),
        }
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Refusal> {
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.attach(node)
    }

    fn attach(&mut self, node: Rc<Node>) -> Result<(), Refusal> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.node.size = parent.node.size.saturating_add(node.size);
        parent.node.depth = parent.node.depth.max(node.depth + 1);
        if parent.node.depth > MAX_DEPTH {
            return Err(too_deep(node.line));
        }
        if parent.node.size > MAX_NODES {
            return Err(Refusal::Tree(
                DocumentError::new("the aliases expand to too many nodes").at_line(node.line),
            ));
        }
        match &mut parent.node.body {
            Body::Sequence(items) => items.push(node),
            Body::Mapping(pairs) => match parent.key.take() {
                None => parent.key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
            // Only lists and mappings are opened.
            Body::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn too_deep(line: usize) -> Refusal {
    Refusal::Tree(DocumentError::new("nested too deeply").at_line(line))
}

fn tree_error(at: Marker, message: &str) -> Refusal {
    Refusal::Tree(DocumentError::new(message).at_line(at.line()).at_column(at.col() + 1))
}

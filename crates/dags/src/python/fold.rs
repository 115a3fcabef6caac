//! The values of expressions that are known without running the code.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::literal::{Formatting, Part, formatted, parts};
use super::node::{children, field, line, path, text, unwrapped};
use super::scope::{Bound, Scopes};
use crate::report::Reason;
use crate::text::Text;

/// The deepest expression that is followed. What is below counts as unknown.
pub(super) const MAX_DEPTH: usize = 60;

/// What an expression is known to be.
#[derive(Clone, Debug)]
pub(super) enum Value<'t> {
    /// A string, perhaps with unknown parts.
    Text(Rc<Text>),
    /// `None`, `False` or a number.
    Nothing,
    /// The elements of a list, tuple or set, and the scope of the expression.
    List(Node<'t>, usize),
    /// A dictionary or a call of `dict`, and the scope of the expression.
    Dictionary(Node<'t>, usize),
    Unknown(Reason),
}

/// Folds the expressions of one file.
#[derive(Debug)]
pub(super) struct Folder<'a, 't> {
    source: &'t str,
    scopes: &'a Scopes<'t>,
    /// The values of names, so that each is folded once. A name that is being folded is `Unknown`.
    names: RefCell<HashMap<(usize, &'t str), Value<'t>>>,
}

impl<'a, 't> Folder<'a, 't> {
    pub(super) fn new(source: &'t str, scopes: &'a Scopes<'t>) -> Self {
        Self { source, scopes, names: RefCell::default() }
    }

    /// The value of an expression as seen from a scope.
    pub(super) fn value(&self, node: Node<'t>, scope: usize) -> Value<'t> {
        self.at(node, scope, 0)
    }

    fn at(&self, node: Node<'t>, scope: usize, depth: usize) -> Value<'t> {
        if depth > MAX_DEPTH {
            return Value::Unknown(Reason::Other);
        }
        let node = unwrapped(node);
        match node.kind() {
            "string" | "concatenated_string" => self.literal(node, scope, depth),
            "none" | "false" | "true" | "integer" | "float" | "ellipsis" => Value::Nothing,
            "identifier" => self.name(text(self.source, node), scope, depth),
            "binary_operator" => self.operator(node, scope, depth),
            "named_expression" => match field(node, "value") {
                Some(value) => self.at(value, scope, depth + 1),
                None => Value::Unknown(Reason::Other),
            },
            "list" | "tuple" | "set" => Value::List(node, scope),
            "dictionary" => Value::Dictionary(node, scope),
            "call" => self.call(node, scope, depth),
            "attribute" | "subscript" => Value::Unknown(Reason::Attribute),
            "conditional_expression" | "boolean_operator" => Value::Unknown(Reason::Condition),
            _ => Value::Unknown(Reason::Other),
        }
    }

    fn name(&self, name: &'t str, from: usize, depth: usize) -> Value<'t> {
        let (scope, bound) = self.scopes.bound(name, from);
        let (node, at, is_parameter) = match bound {
            [Bound::Value(node)] => (*node, scope, false),
            [Bound::Parameter(Some(node))] => (*node, self.scopes.parent(scope), true),
            [Bound::Parameter(None)] => return Value::Unknown(Reason::Parameter),
            [Bound::Loop] => return Value::Unknown(Reason::Loop),
            // A name that nothing binds comes from `import *`.
            [] | [Bound::Import] => return Value::Unknown(Reason::Imported),
            [Bound::Other] => return Value::Unknown(Reason::Other),
            _ => return Value::Unknown(Reason::Reassigned),
        };
        if let Some(known) = self.names.borrow().get(&(scope, name)) {
            return known.clone();
        }
        self.names.borrow_mut().insert((scope, name), Value::Unknown(Reason::Other));
        let value = match self.at(node, at, depth + 1) {
            Value::Text(text) if is_parameter => {
                let mut text = Text::clone(&text);
                text.is_overridable = true;
                Value::Text(Rc::new(text))
            }
            Value::Nothing | Value::List(..) | Value::Dictionary(..) if is_parameter => {
                Value::Unknown(Reason::Parameter)
            }
            value => value,
        };
        self.names.borrow_mut().insert((scope, name), value.clone());
        value
    }

    fn literal(&self, node: Node<'t>, scope: usize, depth: usize) -> Value<'t> {
        let literals = if node.kind() == "string" { vec![node] } else { children(node) };
        let mut result = Text::default();
        for literal in literals {
            let Some(parts) = parts(self.source, literal) else { return Value::Unknown(Reason::Other) };
            for part in parts {
                match part {
                    Part::Text(text) => result.append(&text),
                    Part::Inserted(node, true) => result.append(&Text::hole(line(node))),
                    Part::Inserted(node, false) => result.append(&self.inserted(node, scope, depth)),
                }
            }
        }
        Value::Text(Rc::new(result))
    }

    /// The text of an inserted value. Templates stay where they are written, so that they are not reported twice.
    fn inserted(&self, node: Node<'t>, scope: usize, depth: usize) -> Text {
        let line = line(node);
        match self.at(node, scope, depth + 1) {
            Value::Text(text) if !text.is_template() => {
                let mut moved = Text::like(&text);
                moved.at_line(line);
                text.as_str().chars().for_each(|character| moved.push(character));
                moved
            }
            _ => Text::hole(line),
        }
    }

    fn operator(&self, node: Node<'t>, scope: usize, depth: usize) -> Value<'t> {
        let (Some(left), Some(operator), Some(right)) =
            (field(node, "left"), field(node, "operator"), field(node, "right"))
        else {
            return Value::Unknown(Reason::Other);
        };
        match operator.kind() {
            "+" => {
                let values = (self.at(left, scope, depth + 1), self.at(right, scope, depth + 1));
                let (left, right) = match values {
                    (Value::Text(left), Value::Text(right)) => (left, right),
                    (Value::Text(left), Value::Unknown(_)) => (left, Rc::new(Text::hole(line(right)))),
                    (Value::Unknown(_), Value::Text(right)) => (Rc::new(Text::hole(line(left))), right),
                    (Value::Unknown(reason), Value::Unknown(_)) => return Value::Unknown(reason),
                    _ => return Value::Unknown(Reason::Other),
                };
                let mut sum = Text::clone(&left);
                sum.append(&right);
                Value::Text(Rc::new(sum))
            }
            "%" => match self.at(left, scope, depth + 1) {
                Value::Text(template) => {
                    let right = unwrapped(right);
                    let value = |name: &str, _line: u32| match right.kind() {
                        "tuple" => {
                            let element = *children(right).get(name.parse::<usize>().ok()?)?;
                            Some(self.inserted(element, scope, depth))
                        }
                        "dictionary" => None,
                        _ => (name == "0").then(|| self.inserted(right, scope, depth)),
                    };
                    Value::Text(Rc::new(formatted(&template, Formatting::Percent, value)))
                }
                _ => Value::Unknown(Reason::Other),
            },
            _ => Value::Unknown(Reason::Other),
        }
    }

    fn call(&self, node: Node<'t>, scope: usize, depth: usize) -> Value<'t> {
        let function = field(node, "function");
        if function.and_then(|function| path(self.source, function)).as_deref() == Some(&["dict"]) {
            return Value::Dictionary(node, scope);
        }
        let template = function
            .filter(|function| function.kind() == "attribute")
            .filter(|function| {
                field(*function, "attribute").is_some_and(|name| text(self.source, name) == "format")
            })
            .and_then(|function| field(function, "object"));
        let (Some(template), Some(arguments)) = (template, field(node, "arguments")) else {
            return Value::Unknown(Reason::Call);
        };
        let Value::Text(template) = self.at(template, scope, depth + 1) else {
            return Value::Unknown(Reason::Call);
        };
        let arguments = children(arguments);
        let value = |name: &str, _line: u32| {
            let is_named = |argument: &&Node<'t>| {
                field(**argument, "name").is_some_and(|found| text(self.source, found) == name)
            };
            let argument = match name.parse::<usize>() {
                Ok(position) => {
                    // After `*values`, positions are unknown.
                    let known = arguments.iter().take_while(|argument| argument.kind() != "list_splat");
                    known.filter(|argument| argument.kind() != "keyword_argument").nth(position).copied()
                }
                Err(_) => arguments.iter().find(is_named).and_then(|argument| field(*argument, "value")),
            };
            Some(self.inserted(argument?, scope, depth))
        };
        Value::Text(Rc::new(formatted(&template, Formatting::Braces, value)))
    }
}

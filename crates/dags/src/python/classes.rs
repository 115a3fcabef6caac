//! Operators and hooks that are used without naming their connection.

use std::collections::HashSet;

use airbridge_airflow::Kind;
use tree_sitter::Node;

use super::arguments::Arguments;
use super::callee::{Callee, method};
use super::defaults::{ClassDefault, defaults_of};
use super::fold::Folder;
use super::given::Given;
use super::hooks::has_other_first_parameter;
use super::node::{field, line, text};
use super::scope::Scopes;
use crate::report::{Findings, How, Reason};

/// Collects the classes that a file uses, because `default_args` can follow after them.
#[derive(Debug)]
pub(super) struct Classes<'t> {
    source: &'t str,
    used: Vec<Used>,
    /// The keys of all `default_args` of the file.
    default_args: Given,
    /// Calls of `.partial()` that were read together with their `.expand()`.
    joined: HashSet<usize>,
}

#[derive(Debug)]
struct Used {
    line: u32,
    default: &'static ClassDefault,
    is_hook: bool,
    /// Whether the parameter may be among unpacked arguments.
    is_open: bool,
}

impl<'t> Classes<'t> {
    pub(super) fn new(source: &'t str) -> Self {
        Self { source, used: Vec::new(), default_args: Given::default(), joined: HashSet::new() }
    }

    /// A key that is added to `default_args`.
    pub(super) fn default_argument(&mut self, name: &str) {
        self.default_args.insert(name);
    }

    pub(super) fn call(
        &mut self,
        node: Node<'t>,
        callee: Option<&Callee>,
        arguments: &Arguments<'t>,
        scope: usize,
        scopes: &Scopes<'t>,
        folder: &Folder<'_, 't>,
    ) {
        if let Some(value) = arguments.named("default_args") {
            self.default_args.add(Given::by_value(self.source, folder, value, scope));
        }
        if let Some(value) = self.update_of_default_args(node, arguments) {
            self.default_args.add(Given::by_value(self.source, folder, value, scope));
        }
        if self.joined.contains(&node.id()) {
            return;
        }
        let mut given = Given::by_call(self.source, folder, arguments, scope);
        given.is_open |= arguments.has_list;
        let Some(function) = field(node, "function") else { return };
        let (class, first) = match method(self.source, function) {
            Some((object, "expand" | "expand_kwargs")) if object.kind() == "call" => {
                let Some(inner) = field(object, "function") else { return };
                let Some((_, "partial")) = method(self.source, inner) else { return };
                self.joined.insert(object.id());
                given.add(Given::by_call(self.source, folder, &Arguments::of(self.source, object), scope));
                given.is_open |= !arguments.positional.is_empty();
                (Callee::of(self.source, scopes, inner).and_then(|callee| callee.owner()), 0)
            }
            Some((_, "partial" | "expand" | "expand_kwargs")) => {
                given.is_open |= !arguments.positional.is_empty();
                (callee.and_then(Callee::owner), 0)
            }
            _ => (callee.cloned(), arguments.positional.len()),
        };
        let Some(class) = class else { return };
        let is_hook = class.is_hook();
        // The first argument of a hook is its connection. Where it is not, the second can be.
        if is_hook && first > usize::from(has_other_first_parameter(class.name())) {
            return;
        }
        for default in defaults_of(&class).into_iter().filter(|default| !given.has(&default.parameter)) {
            self.used.push(Used { line: line(node), default, is_hook, is_open: given.is_open });
        }
    }

    /// The dictionary of `default_args.update({…})`.
    fn update_of_default_args(&self, call: Node<'t>, arguments: &Arguments<'t>) -> Option<Node<'t>> {
        let (object, name) = method(self.source, field(call, "function")?)?;
        let is_update = name == "update" && text(self.source, object).ends_with("default_args");
        arguments.positional.first().copied().filter(|_| is_update)
    }

    /// Reports the defaults. Operators take them from `default_args` first.
    pub(super) fn report(&self, findings: &mut Findings<'_>) {
        for Used { line, default, is_hook, is_open } in &self.used {
            let may_be_given = !is_hook && self.default_args.is_open;
            if !is_hook && self.default_args.has(&default.parameter) {
                continue;
            }
            if *is_open || may_be_given {
                findings.dynamic(Kind::Connection, *line, Reason::Unpacked);
            } else {
                findings.id(Kind::Connection, &default.id, *line, How::ClassDefault, default.need());
            }
        }
    }
}

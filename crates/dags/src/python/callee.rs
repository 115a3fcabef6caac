//! What a call calls.

use tree_sitter::Node;

use super::node::{field, path, text};
use super::scope::Scopes;

/// Where a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Imported from Airflow or one of its providers.
    Airflow,
    /// Imported from another package.
    Elsewhere,
    /// A class of this file.
    Here,
    /// Not imported by name, perhaps by `*`, or imported from a module of the same project by a relative path.
    Unknown,
}

/// A function, class or method by its path, with imported names spelled out.
#[derive(Clone, Debug)]
pub(super) struct Callee {
    /// `airflow.models.Variable.get`.
    pub(super) path: String,
    pub(super) origin: Origin,
}

impl Callee {
    /// `None` if the called expression is not a path, such as the method of a call's result.
    pub(super) fn of<'t>(source: &'t str, scopes: &Scopes<'t>, function: Node<'t>) -> Option<Self> {
        let names = path(source, function)?;
        let (first, rest) = names.split_first()?;
        let imported = scopes.imported(first);
        // Code that imports a name in several ways, for several versions of Airflow, means the same by each.
        let chosen = imported.iter().find(|path| is_airflow(path)).or_else(|| imported.first());
        let origin = match chosen {
            Some(path) if is_airflow(path) => Origin::Airflow,
            Some(path) if path.starts_with('.') => Origin::Unknown,
            Some(_) => Origin::Elsewhere,
            None if scopes.defines_class(first) => Origin::Here,
            None => Origin::Unknown,
        };
        let mut path = chosen.map_or((*first).to_owned(), Clone::clone);
        for name in rest {
            path.push('.');
            path.push_str(name);
        }
        Some(Self { path, origin })
    }

    /// The last name.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// The last name but one: the class of a method.
    pub(super) fn receiver(&self) -> Option<&str> {
        self.path.rsplit('.').nth(1)
    }

    /// The same path without its last name.
    pub(super) fn owner(&self) -> Option<Self> {
        let (path, _) = self.path.rsplit_once('.')?;
        Some(Self { path: path.to_owned(), origin: self.origin })
    }

    /// Whether it is a class of hooks.
    pub(super) fn is_hook(&self) -> bool {
        is_hook_class(self.name())
    }
}

fn is_airflow(path: &str) -> bool {
    path == "airflow" || path.starts_with("airflow.")
}

fn is_hook_class(name: &str) -> bool {
    name.ends_with("Hook") && name.starts_with(|c: char| c.is_uppercase())
}

/// Whether the object of a method is a hook: a class, `self`, `super()`, a variable whose name ends in `hook`, or a new hook.
pub(super) fn is_hook_object(source: &str, object: Node<'_>) -> bool {
    let named = |node: Node<'_>| path(source, node).and_then(|names| names.last().copied());
    if object.kind() == "call" {
        let class = field(object, "function").and_then(named);
        return class.is_some_and(|class| class == "super" || is_hook_class(class));
    }
    named(object).is_some_and(|name| matches!(name, "self" | "cls") || name.to_lowercase().ends_with("hook"))
}

/// The method that a call calls, with its object: also for objects that are not paths.
pub(super) fn method<'t>(source: &'t str, function: Node<'t>) -> Option<(Node<'t>, &'t str)> {
    Some((field(function, "object")?, text(source, field(function, "attribute")?)))
}

//! Which names a file binds, and where.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::node::{children, field, text};
use super::walk::{Step, Walk};

/// How a name gets its value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound<'t> {
    /// An assignment of this expression.
    Value(Node<'t>),
    /// A parameter, with its default.
    Parameter(Option<Node<'t>>),
    Loop,
    Import,
    Other,
}

#[derive(Debug, Default)]
struct Scope<'t> {
    parent: Option<usize>,
    is_class: bool,
    names: HashMap<&'t str, Vec<Bound<'t>>>,
}

/// The scopes of a file: the module, its functions and its classes. Comprehensions belong to the scope around them.
#[derive(Debug)]
pub(super) struct Scopes<'t> {
    source: &'t str,
    all: Vec<Scope<'t>>,
    by_node: HashMap<usize, usize>,
    /// Names that inner functions assign with `global` or `nonlocal`.
    shared: HashSet<&'t str>,
    imports: HashMap<&'t str, Vec<String>>,
    classes: HashSet<&'t str>,
}

/// The scope of the module.
pub(super) const MODULE: usize = 0;

impl<'t> Scopes<'t> {
    pub(super) fn of(source: &'t str, root: Node<'t>) -> Self {
        let mut scopes = Self {
            source,
            all: vec![Scope::default()],
            by_node: HashMap::new(),
            shared: HashSet::new(),
            imports: HashMap::new(),
            classes: HashSet::new(),
        };
        let mut open = vec![MODULE];
        for step in Walk::new(root) {
            match step {
                // Keywords such as `lambda` are nodes without a name of the grammar.
                Step::Enter(node) if node.is_named() => scopes.enter(node, &mut open),
                Step::Leave(node) if is_scope(node) => {
                    open.pop();
                }
                Step::Enter(_) | Step::Leave(_) => {}
            }
        }
        scopes
    }

    /// The scope that this function, lambda or class opens.
    pub(super) fn opened_by(&self, node: Node<'t>) -> Option<usize> {
        self.by_node.get(&node.id()).copied()
    }

    /// The scope around a scope.
    pub(super) fn parent(&self, scope: usize) -> usize {
        self.all.get(scope).and_then(|scope| scope.parent).unwrap_or(MODULE)
    }

    /// Everything that binds a name as seen from a scope, and the scope where it is bound. The list is empty for a name that
    /// the file does not bind.
    pub(super) fn bound(&self, name: &str, from: usize) -> (usize, &[Bound<'t>]) {
        if self.shared.contains(name) {
            return (MODULE, &[Bound::Other]);
        }
        let mut at = Some(from);
        while let Some(index) = at {
            let Some(scope) = self.all.get(index) else { break };
            // Methods do not see the names of their class.
            let is_visible = !scope.is_class || index == from;
            if let Some(bound) = scope.names.get(name).filter(|_| is_visible) {
                return (index, bound);
            }
            at = scope.parent;
        }
        (MODULE, &[])
    }

    /// The full paths under which a name is imported.
    pub(super) fn imported(&self, name: &str) -> &[String] {
        self.imports.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the file defines a class of this name.
    pub(super) fn defines_class(&self, name: &str) -> bool {
        self.classes.contains(name)
    }

    fn enter(&mut self, node: Node<'t>, open: &mut Vec<usize>) {
        let scope = open.last().copied().unwrap_or(MODULE);
        match node.kind() {
            "function_definition" | "class_definition" | "lambda" => {
                if let Some(name) = field(node, "name") {
                    self.bind(scope, name, Bound::Other);
                    if node.kind() == "class_definition" {
                        self.classes.insert(text(self.source, name));
                    }
                }
                let is_class = node.kind() == "class_definition";
                self.by_node.insert(node.id(), self.all.len());
                open.push(self.all.len());
                self.all.push(Scope { parent: Some(scope), is_class, names: HashMap::new() });
            }
            "parameters" | "lambda_parameters" => self.parameters(scope, node),
            "assignment" => {
                let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return };
                match left.kind() {
                    "identifier" => self.bind(scope, left, Bound::Value(assigned(right))),
                    "attribute" | "subscript" => {}
                    _ => self.bind_all(scope, left, Bound::Other),
                }
            }
            "augmented_assignment" => self.bind_field(scope, node, "left", Bound::Other),
            "named_expression" => {
                if let (Some(name), Some(value)) = (field(node, "name"), field(node, "value")) {
                    self.bind(scope, name, Bound::Value(value));
                }
            }
            "for_statement" | "for_in_clause" => self.bind_field(scope, node, "left", Bound::Loop),
            "as_pattern" | "except_clause" => self.bind_field(scope, node, "alias", Bound::Other),
            "delete_statement" | "case_pattern" => self.bind_all(scope, node, Bound::Other),
            "global_statement" | "nonlocal_statement" => {
                self.shared.extend(children(node).into_iter().map(|name| text(self.source, name)));
            }
            "import_statement" => self.import(scope, node, None),
            "import_from_statement" => {
                let module = field(node, "module_name").map(|module| text(self.source, module));
                self.import(scope, node, module);
            }
            _ => {}
        }
    }

    fn parameters(&mut self, scope: usize, node: Node<'t>) {
        for parameter in children(node) {
            match parameter.kind() {
                "identifier" => self.bind(scope, parameter, Bound::Parameter(None)),
                "default_parameter" | "typed_default_parameter" => {
                    let value = field(parameter, "value");
                    self.bind_field(scope, parameter, "name", Bound::Parameter(value));
                }
                "typed_parameter" => {
                    if let Some(name) = children(parameter).first() {
                        self.bind_all(scope, *name, Bound::Parameter(None));
                    }
                }
                _ => self.bind_all(scope, parameter, Bound::Parameter(None)),
            }
        }
    }

    fn import(&mut self, scope: usize, node: Node<'t>, module: Option<&'t str>) {
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor) {
            let (path, alias) = match (field(name, "name"), field(name, "alias")) {
                (Some(path), Some(alias)) => (text(self.source, path), Some(alias)),
                _ => (text(self.source, name), None),
            };
            // `import a.b` binds `a`.
            let own = alias.map_or(path, |alias| text(self.source, alias));
            let own = own.split('.').next().unwrap_or(own);
            let full = match (module, alias) {
                (Some(module), _) => format!("{module}.{path}"),
                (None, Some(_)) => path.to_owned(),
                (None, None) => own.to_owned(),
            };
            self.add(scope, own, Bound::Import);
            self.imports.entry(own).or_default().push(full);
        }
    }

    fn bind_field(&mut self, scope: usize, node: Node<'t>, name: &str, bound: Bound<'t>) {
        if let Some(target) = field(node, name) {
            self.bind_all(scope, target, bound);
        }
    }

    /// Binds every name in a target such as `a, (b, *c)`. Names of attributes and subscripts are not bound, which only makes
    /// them less certain.
    fn bind_all(&mut self, scope: usize, target: Node<'t>, bound: Bound<'t>) {
        for step in Walk::new(target) {
            if let Step::Enter(node) = step
                && node.kind() == "identifier"
            {
                self.bind(scope, node, bound);
            }
        }
    }

    fn bind(&mut self, scope: usize, name: Node<'t>, bound: Bound<'t>) {
        self.add(scope, text(self.source, name), bound);
    }

    fn add(&mut self, scope: usize, name: &'t str, bound: Bound<'t>) {
        if let Some(scope) = self.all.get_mut(scope) {
            scope.names.entry(name).or_default().push(bound);
        }
    }
}

/// Whether a node opens a scope.
pub(super) fn is_scope(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_definition" | "class_definition" | "lambda") && node.is_named()
}

/// The value of `a = b = value`.
fn assigned(mut right: Node<'_>) -> Node<'_> {
    for _ in 0..100 {
        match field(right, "right") {
            Some(inner) if right.kind() == "assignment" => right = inner,
            _ => break,
        }
    }
    right
}

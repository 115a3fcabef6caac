//! The places of a file that use connections and variables.

use airbridge_airflow::Kind;
use tree_sitter::Node;

use super::arguments::Arguments;
use super::callee::{Callee, Origin, is_hook_object, method};
use super::classes::Classes;
use super::fold::{Folder, Value};
use super::given::has_key;
use super::hooks::has_other_first_parameter;
use super::node::{children, field, is_connection_name, line, path, text, unwrapped};
use super::scope::{MODULE, Scopes, is_scope};
use super::templates::Templates;
use super::walk::{Step, Walk};
use crate::report::{Findings, How, Need, Reason};

/// Walks over a file and reports what it uses.
#[derive(Debug)]
pub(super) struct Uses<'a, 't, 'f> {
    source: &'t str,
    scopes: &'a Scopes<'t>,
    folder: Folder<'a, 't>,
    findings: &'a mut Findings<'f>,
    templates: Templates<'t>,
    classes: Classes<'t>,
}

/// A connection or variable that an expression names.
#[derive(Clone, Copy)]
struct Site<'t> {
    kind: Kind,
    value: Node<'t>,
    how: How,
    need: Need,
}

impl<'t> Site<'t> {
    fn connection(value: Node<'t>, how: How) -> Self {
        Self { kind: Kind::Connection, value, how, need: Need::Required }
    }
}

impl<'a, 't, 'f> Uses<'a, 't, 'f> {
    pub(super) fn new(source: &'t str, scopes: &'a Scopes<'t>, findings: &'a mut Findings<'f>) -> Self {
        let (templates, classes) = (Templates::new(source), Classes::new(source));
        Self { source, scopes, folder: Folder::new(source, scopes), findings, templates, classes }
    }

    pub(super) fn all(mut self, root: Node<'t>) {
        let mut open = vec![MODULE];
        for step in Walk::new(root) {
            match step {
                Step::Enter(node) if node.is_named() => {
                    self.enter(node, open.last().copied().unwrap_or(MODULE));
                    open.extend(self.scopes.opened_by(node));
                }
                Step::Leave(node) if is_scope(node) => {
                    open.pop();
                }
                Step::Enter(_) | Step::Leave(_) => {}
            }
        }
        self.classes.report(self.findings);
    }

    fn enter(&mut self, node: Node<'t>, scope: usize) {
        match node.kind() {
            "call" => self.call(node, scope),
            "dictionary" => self.dictionary(node, scope),
            "default_parameter" | "typed_default_parameter" => {
                self.parameter(node, self.scopes.parent(scope));
            }
            "assignment" => self.assignment(node, scope),
            _ => {}
        }
        self.templates.enter(node, scope, &self.folder, self.findings);
    }

    fn call(&mut self, node: Node<'t>, scope: usize) {
        let Some(function) = field(node, "function") else { return };
        let arguments = Arguments::of(self.source, node);
        let callee = Callee::of(self.source, self.scopes, function);
        let used = self.looked_up(function, callee.as_ref(), &arguments);
        if let Some(site) = used {
            self.report(site, scope);
        }
        let class = callee.as_ref().map_or("", Callee::name);
        // `Connection(conn_id="ID")` makes a connection instead of using one.
        for (name, value) in arguments.keyword.iter().filter(|_| class != "Connection") {
            let is_reported = used.is_some_and(|site| site.value == *value);
            if is_connection_name(name) && !is_reported {
                self.report(Site::connection(*value, How::Keyword), scope);
            }
        }
        if let (Some(callee), Some(first)) = (&callee, arguments.positional.first()) {
            if callee.is_hook() && !has_other_first_parameter(class) {
                self.hook(*first, scope);
            }
            if class == "ObjectStoragePath"
                && callee.origin != Origin::Here
                && arguments.named("conn_id").is_none()
            {
                self.storage_path(*first, scope);
            }
        }
        self.classes.call(node, callee.as_ref(), &arguments, scope, self.scopes, &self.folder);
    }

    /// What a call of a method such as `Variable.get` looks up.
    fn looked_up(
        &self,
        function: Node<'t>,
        callee: Option<&Callee>,
        arguments: &Arguments<'t>,
    ) -> Option<Site<'t>> {
        let connection =
            || arguments.first(&["conn_id"]).map(|value| Site::connection(value, How::GetConnection));
        let by_keyword = arguments.positional.is_empty() && arguments.named("conn_id").is_some();
        let Some((object, name)) = method(self.source, function) else {
            // A function that is imported by its own name.
            let callee = callee?;
            let is_airflow = callee.origin == Origin::Airflow || by_keyword;
            return connection().filter(|_| callee.name() == "get_connection" && is_airflow);
        };
        let receiver = callee.and_then(Callee::receiver).unwrap_or_default();
        let origin = callee.map_or(Origin::Unknown, |callee| callee.origin);
        let is_known = matches!(origin, Origin::Airflow | Origin::Unknown);
        match name {
            "get_connection" | "get_connections" => connection()
                .filter(|_| by_keyword || receiver.ends_with("Hook") || is_hook_object(self.source, object)),
            "get_hook" => connection().filter(|_| by_keyword || receiver.ends_with("Hook")),
            "get_connection_from_secrets" => connection(),
            "get" if receiver == "Connection" && is_known => connection(),
            "get" | "set" | "delete" | "setdefault" | "update" | "get_variable_from_secrets" => {
                // A project can import `Variable` from a module of its own that serves several versions of Airflow.
                let is_tk = callee.is_some_and(|callee| callee.path.starts_with("tkinter."));
                if receiver != "Variable" || origin == Origin::Here || is_tk {
                    return None;
                }
                let has_default = arguments.named("default_var").is_some()
                    || arguments.named("default").is_some()
                    || arguments.positional.len() > 1;
                let need = match name {
                    "get" if has_default => Need::HasDefault,
                    "get" | "get_variable_from_secrets" => Need::Required,
                    _ => Need::Written,
                };
                let value = arguments.first(&["key"])?;
                Some(Site { kind: Kind::Variable, value, how: How::VariableMethod, need })
            }
            _ => None,
        }
    }

    fn hook(&mut self, first: Node<'t>, scope: usize) {
        // Whatever takes a list or dictionary first does not take the id of a connection.
        if !matches!(self.folder.value(first, scope), Value::List(..) | Value::Dictionary(..)) {
            self.report(Site::connection(first, How::HookArgument), scope);
        }
    }

    /// `ObjectStoragePath("s3://ID@bucket/key")`.
    fn storage_path(&mut self, url: Node<'t>, scope: usize) {
        let text = match self.folder.value(url, scope) {
            Value::Text(text) => text,
            Value::Unknown(reason) => return self.findings.dynamic(Kind::Connection, line(url), reason),
            _ => return,
        };
        let Some((_, after)) = text.as_str().split_once("://") else {
            if !text.is_known() {
                self.findings.dynamic(Kind::Connection, line(url), Reason::Inserted);
            }
            return;
        };
        let authority = after.split('/').next().unwrap_or(after);
        if let Some((id, _)) = authority.rsplit_once('@') {
            self.findings.id(Kind::Connection, id, line(url), How::StoragePath, Need::Required);
        }
    }

    fn dictionary(&mut self, node: Node<'t>, scope: usize) {
        // The definition of a connection, not its use.
        if has_key(self.source, node, "conn_type") {
            return;
        }
        for pair in children(node) {
            if let (Some(key), Some(value)) = (field(pair, "key"), field(pair, "value"))
                && self.is_connection_key(key, scope)
            {
                self.report(Site::connection(value, How::Dictionary), scope);
            }
        }
    }

    fn is_connection_key(&self, key: Node<'t>, scope: usize) -> bool {
        match self.folder.value(key, scope) {
            Value::Text(key) => key.is_known() && is_connection_name(key.as_str()),
            _ => false,
        }
    }

    fn parameter(&mut self, node: Node<'t>, scope: usize) {
        if let (Some(name), Some(value)) = (field(node, "name"), field(node, "value"))
            && is_connection_name(text(self.source, name))
        {
            self.report(Site::connection(value, How::ParameterDefault), scope);
        }
    }

    /// `default_args["x_conn_id"] = "ID"`.
    fn assignment(&mut self, node: Node<'t>, scope: usize) {
        let (Some(left), Some(value)) = (field(node, "left"), field(node, "right")) else { return };
        let Some(key) = field(left, "subscript").filter(|key| self.is_connection_key(*key, scope)) else {
            return;
        };
        self.report(Site::connection(value, How::Dictionary), scope);
        let object = field(left, "value").and_then(|object| path(self.source, object));
        if object.and_then(|names| names.last().copied()) == Some("default_args")
            && let Value::Text(key) = self.folder.value(key, scope)
        {
            self.classes.default_argument(key.as_str());
        }
    }

    /// Reports the id, or each id of a list, or why it is unknown.
    fn report(&mut self, site: Site<'t>, scope: usize) {
        match self.folder.value(site.value, scope) {
            Value::List(list, scope) => {
                // A list that a constant holds is used where the constant is.
                let is_here = list.id() == unwrapped(site.value).id();
                for element in children(list) {
                    let line = line(if is_here { element } else { site.value });
                    self.report_one(Site { value: element, ..site }, line, scope);
                }
            }
            _ => self.report_one(site, line(site.value), scope),
        }
    }

    fn report_one(&mut self, site: Site<'t>, line: u32, scope: usize) {
        let Site { kind, value, how, need } = site;
        match self.folder.value(value, scope) {
            Value::Text(text) => {
                self.findings.id(kind, text.as_str(), line, how, need);
                if text.is_overridable && text.is_known() {
                    self.findings.dynamic(kind, line, Reason::OverridableParameter);
                }
            }
            // A dictionary under such a key describes a parameter, for example in a JSON Schema.
            Value::Nothing | Value::List(..) | Value::Dictionary(..) => {}
            Value::Unknown(reason) => self.findings.dynamic(kind, line, reason),
        }
    }
}

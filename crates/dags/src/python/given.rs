//! Which parameters a call gives, also through `**` and `default_args`.

use std::collections::HashSet;

use tree_sitter::Node;

use super::arguments::Arguments;
use super::fold::{Folder, Value};
use super::node::{children, field, text};

/// The deepest nesting of `**` that is followed.
const MAX_DEPTH: usize = 10;

/// The parameters of a call or the keys of a dictionary.
#[derive(Debug, Default)]
pub(super) struct Given {
    names: HashSet<String>,
    /// Whether there may be others.
    pub(super) is_open: bool,
}

impl Given {
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(super) fn insert(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    pub(super) fn add(&mut self, other: Self) {
        self.names.extend(other.names);
        self.is_open |= other.is_open;
    }

    /// The parameters of a call.
    pub(super) fn by_call<'t>(
        source: &'t str,
        folder: &Folder<'_, 't>,
        call: &Arguments<'t>,
        scope: usize,
    ) -> Self {
        let mut given = Self::default();
        given.arguments(source, folder, call, scope, 0);
        given
    }

    /// The keys of the dictionary that is the value of an expression.
    pub(super) fn by_value<'t>(
        source: &'t str,
        folder: &Folder<'_, 't>,
        node: Node<'t>,
        scope: usize,
    ) -> Self {
        let mut given = Self::default();
        given.value(source, folder, node, scope, 0);
        given
    }

    fn arguments<'t>(
        &mut self,
        source: &'t str,
        folder: &Folder<'_, 't>,
        arguments: &Arguments<'t>,
        scope: usize,
        depth: usize,
    ) {
        self.names.extend(arguments.keyword.iter().map(|(name, _)| (*name).to_owned()));
        for unpacked in &arguments.unpacked {
            self.value(source, folder, *unpacked, scope, depth + 1);
        }
    }

    fn value<'t>(
        &mut self,
        source: &'t str,
        folder: &Folder<'_, 't>,
        node: Node<'t>,
        scope: usize,
        depth: usize,
    ) {
        if depth > MAX_DEPTH {
            self.is_open = true;
            return;
        }
        match folder.value(node, scope) {
            Value::Dictionary(call, scope) if call.kind() == "call" => {
                let arguments = Arguments::of(source, call);
                self.is_open |= !arguments.positional.is_empty() || arguments.has_list;
                self.arguments(source, folder, &arguments, scope, depth);
            }
            Value::Dictionary(dictionary, scope) => {
                for item in children(dictionary) {
                    match (item.kind(), field(item, "key")) {
                        ("pair", Some(key)) => match folder.value(key, scope) {
                            Value::Text(key) if key.is_known() => {
                                self.names.insert(key.as_str().to_owned());
                            }
                            _ => self.is_open = true,
                        },
                        ("dictionary_splat", _) => match children(item).first() {
                            Some(inner) => self.value(source, folder, *inner, scope, depth + 1),
                            None => self.is_open = true,
                        },
                        _ => self.is_open = true,
                    }
                }
            }
            Value::Nothing => {}
            _ => self.is_open = true,
        }
    }
}

/// The text of the keys of a dictionary literal that are plain strings.
pub(super) fn has_key(source: &str, dictionary: Node<'_>, wanted: &str) -> bool {
    children(dictionary).into_iter().filter_map(|pair| field(pair, "key")).any(|key| {
        let spelled = text(source, key).trim_start_matches(['u', 'U', 'r', 'R']);
        spelled.trim_matches(['"', '\'']) == wanted
    })
}

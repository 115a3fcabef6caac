//! Python: which connections and variables a file uses.

mod arguments;
mod callee;
mod classes;
mod defaults;
mod fold;
mod given;
mod hooks;
mod literal;
mod node;
mod scope;
mod source;
mod templates;
mod uses;
mod walk;

pub(crate) use source::scan;

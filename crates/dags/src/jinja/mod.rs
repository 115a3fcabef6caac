//! Jinja: which connections and variables a template uses.

mod access;
mod token;

pub(crate) use access::scan;

#[cfg(test)]
mod tests;

//! The names of entries: `connections/ID` and `variables/KEY`.

use airbridge_core::NamePrefix;

/// What the names of connections and variables start with.
pub(crate) const CONNECTIONS: &str = "connections/";
pub(crate) const VARIABLES: &str = "variables/";
pub(crate) const ROOTS: [&str; 2] = [CONNECTIONS, VARIABLES];

/// The root and the rest of a name.
pub(crate) fn split(name: &str) -> Option<(&'static str, &str)> {
    let root = ROOTS.into_iter().find(|root| name.starts_with(root))?;
    let id = name.strip_prefix(root)?;
    // As the end of a path, `..` would lead elsewhere. Neither server finds a path with a line break, and PostgreSQL cannot be
    // asked for a NUL character.
    let is_path = !id.contains(['\n', '\0']) && !id.split('/').any(|part| matches!(part, "" | "." | ".."));
    is_path.then_some((root, id))
}

/// Whether entries of a kind can have names with this prefix.
pub(crate) fn overlaps(root: &str, prefix: &NamePrefix) -> bool {
    root.starts_with(prefix.as_str()) || prefix.as_str().starts_with(root)
}

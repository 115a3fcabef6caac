//! The names of entries in files: `connections/ID`, `variables/KEY`, `config/KEY`.

use airbridge_core::{DocumentError, SecretName};

use crate::entry::Kind;

/// The name of the entry with this kind and key.
pub(super) fn name(kind: Kind, key: &str) -> SecretName {
    SecretName::new(format!("{}/{key}", kind.plural()))
}

/// The key in the name of an entry of this kind.
pub(super) fn key(kind: Kind, name: &SecretName) -> Option<&str> {
    name.as_str().strip_prefix(kind.plural())?.strip_prefix('/')
}

/// The error for a name that a file of this format cannot hold.
pub(super) fn foreign(name: &SecretName, holds: &str) -> DocumentError {
    DocumentError::new(format!("the file can hold only {holds}")).in_field(name.as_str())
}

//! A failed call, as the store sees it.

use airbridge_core::{Error, SecretName};

/// Why a call failed, where the store reacts to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There is no such secret or no such version.
    Absent,
    /// The secret is disabled.
    Disabled,
    /// A deleted secret still holds the name.
    Deleted,
    /// A permission is missing.
    Denied,
    /// Any other reason; the error says which.
    Other,
}

/// A failed call: its cause for the store, its error for the user.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) error: Error,
}

impl Fault {
    pub(crate) fn new(cause: Cause, error: Error) -> Self {
        Self { cause, error }
    }

    /// The error with the name of the secret that the call was for.
    pub(crate) fn about(self, name: &SecretName) -> Error {
        self.error.with_name(name)
    }
}

//! The requests that this adapter sends.

use airbridge_core::{ErrorKind, Operation};

/// A request to the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// The first request, sent without a token.
    Open,
    /// A page of secrets.
    List,
    /// A page of deleted secrets.
    ListDeleted,
    /// A secret's value.
    Get,
    /// The current secret, read just before a write.
    Look,
    /// A deleted secret, read after a write was refused because of it.
    LookDeleted,
    /// A new secret or a new version.
    Set,
    /// A deletion.
    Delete,
    /// The recovery of a deleted secret.
    Recover,
}

impl Call {
    /// The operation of the store that this call is part of.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Open => Operation::Open,
            Self::List | Self::ListDeleted => Operation::List,
            Self::Get => Operation::Read,
            Self::Look | Self::LookDeleted | Self::Set | Self::Delete | Self::Recover => Operation::Write,
        }
    }

    /// The kind of a fault that happened after the request was sent: whether a write was executed is then unknown.
    pub(crate) fn kind_once_sent(self) -> ErrorKind {
        match self {
            Self::Set | Self::Delete | Self::Recover => ErrorKind::AnswerLost,
            _ => ErrorKind::Unavailable,
        }
    }

    /// The permission that the call requires: its name in role definitions, and its name in access policies.
    pub(crate) fn permission(self) -> (&'static str, &'static str) {
        match self {
            Self::Open | Self::List | Self::ListDeleted | Self::LookDeleted => ("readMetadata", "list"),
            Self::Get | Self::Look => ("getSecret", "get"),
            Self::Set => ("setSecret", "set"),
            Self::Delete => ("delete", "delete"),
            Self::Recover => ("recover", "recover"),
        }
    }
}

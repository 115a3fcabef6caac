//! The requests that this adapter sends.

use airbridge_core::{ErrorKind, Operation};
use airbridge_http::outcome_unknown;

/// A request to the service, by its name in Google's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    ListSecrets,
    GetSecret,
    AccessSecretVersion,
    GetSecretVersion,
    CreateSecret,
    AddSecretVersion,
    UpdateSecret,
    DeleteSecret,
}

impl Call {
    /// The operation of the store that this call is part of.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::ListSecrets => Operation::List,
            Self::GetSecret | Self::AccessSecretVersion | Self::GetSecretVersion => Operation::Read,
            Self::CreateSecret | Self::AddSecretVersion | Self::UpdateSecret | Self::DeleteSecret => {
                Operation::Write
            }
        }
    }

    /// The permission that the call requires.
    pub(crate) fn permission(self) -> &'static str {
        match self {
            Self::ListSecrets => "secretmanager.secrets.list",
            Self::GetSecret => "secretmanager.secrets.get",
            Self::AccessSecretVersion => "secretmanager.versions.access",
            Self::GetSecretVersion => "secretmanager.versions.get",
            Self::CreateSecret => "secretmanager.secrets.create",
            Self::AddSecretVersion => "secretmanager.versions.add",
            Self::UpdateSecret => "secretmanager.secrets.update",
            Self::DeleteSecret => "secretmanager.secrets.delete",
        }
    }

    /// The kind of a fault that happened after the request was sent: whether a write was executed is then unknown.
    pub(crate) fn kind_once_sent(self) -> ErrorKind {
        outcome_unknown(self.operation() == Operation::Write)
    }
}

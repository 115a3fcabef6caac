//! The service's calls, and the codes that it alone gives; what all services share is in `airbridge-backend-aws-common`.
//!
//! Codes: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html> and each operation's page.

mod code;

use airbridge_backend_aws_common::{Meaning, Service};
use airbridge_core::Operation;

pub(crate) use airbridge_backend_aws_common::{Cause, Fault, classify, classify_item};

/// Secrets Manager, as it is called.
pub(crate) const SERVICE: Service = Service {
    scheme: crate::descriptor::BACKEND,
    name: "AWS Secrets Manager",
    permissions: "secretsmanager",
    endpoint_variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    section: "secrets_manager",
};

/// The remote calls, as permissions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    ListSecrets,
    BatchGetSecretValue,
    GetSecretValue,
    DescribeSecret,
    CreateSecret,
    PutSecretValue,
    UpdateSecret,
    TagResource,
    DeleteSecret,
}

impl airbridge_backend_aws_common::Call for Call {
    const SERVICE: Service = SERVICE;

    fn operation(self) -> Operation {
        match self {
            Self::ListSecrets => Operation::List,
            Self::BatchGetSecretValue | Self::GetSecretValue | Self::DescribeSecret => Operation::Read,
            Self::CreateSecret
            | Self::PutSecretValue
            | Self::UpdateSecret
            | Self::TagResource
            | Self::DeleteSecret => Operation::Write,
        }
    }

    fn meaning(self, place: &str, code: &str, message: &str) -> Option<Meaning> {
        code::meaning(self, place, code, message)
    }
}

#[cfg(test)]
mod tests;

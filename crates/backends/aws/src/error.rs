//! The calls of the service and the meaning of its own error codes. The codes that all AWS services share are in
//! `airbridge-backend-aws-common`.
//!
//! Codes: <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html> and each operation's page.

mod call;
mod code;

use airbridge_backend_aws_common::{Meaning, Service};
use airbridge_core::Operation;

pub(crate) use airbridge_backend_aws_common::{Cause, Fault, classify, classify_item};
pub(crate) use call::{Call, SERVICE};

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
            | Self::DeleteSecret
            | Self::RestoreSecret => Operation::Write,
        }
    }

    fn carries_value(self) -> bool {
        matches!(self, Self::CreateSecret | Self::PutSecretValue | Self::UpdateSecret)
    }

    fn meaning(self, place: &str, code: &str, message: &str) -> Option<Meaning> {
        code::meaning(self, place, code, message)
    }
}

#[cfg(test)]
mod tests;

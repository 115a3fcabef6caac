//! The calls of the service and the meaning of its own error codes. The codes that all AWS services share are in
//! `airbridge-backend-aws-common`.
//!
//! Codes: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html> and each operation's page.

mod call;
mod code;

use airbridge_backend_aws_common::{Meaning, Service};
use airbridge_core::Operation;

pub(crate) use airbridge_backend_aws_common::{Cause, Fault, classify};
pub(crate) use call::{Call, SERVICE};
pub(crate) use code::TYPE_HINT;

impl airbridge_backend_aws_common::Call for Call {
    const SERVICE: Service = SERVICE;

    fn operation(self) -> Operation {
        match self {
            Self::GetParametersByPath => Operation::List,
            Self::GetParameters | Self::DescribeParameters | Self::ListTagsForResource => Operation::Read,
            Self::PutParameter | Self::AddTagsToResource | Self::DeleteParameter => Operation::Write,
        }
    }

    fn carries_value(self) -> bool {
        matches!(self, Self::PutParameter)
    }

    fn meaning(self, place: &str, code: &str, message: &str) -> Option<Meaning> {
        code::meaning(self, place, code, message)
    }
}

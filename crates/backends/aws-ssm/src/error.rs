//! The service's calls, and the codes that it alone gives; what all services share is in `airbridge-backend-aws-common`.
//!
//! Codes: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html> and each operation's page.

mod code;

use airbridge_backend_aws_common::{Meaning, Service};
use airbridge_core::Operation;

pub(crate) use airbridge_backend_aws_common::{Cause, Fault, classify};

/// Parameter Store, as it is called.
pub(crate) const SERVICE: Service = Service {
    scheme: crate::descriptor::BACKEND,
    name: "AWS Parameter Store",
    permissions: "ssm",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
    section: "ssm",
};

/// What to do about a parameter that is not encrypted.
pub(crate) const TYPE_HINT: &str = "only a SecureString is written, and the service may refuse to change a type: \
                                    delete the parameter, wait half a minute, and run it again";

/// The remote calls, as permissions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    GetParametersByPath,
    GetParameters,
    DescribeParameters,
    ListTagsForResource,
    PutParameter,
    AddTagsToResource,
    DeleteParameter,
}

impl airbridge_backend_aws_common::Call for Call {
    const SERVICE: Service = SERVICE;

    fn operation(self) -> Operation {
        match self {
            Self::GetParametersByPath => Operation::List,
            Self::GetParameters | Self::DescribeParameters | Self::ListTagsForResource => Operation::Read,
            Self::PutParameter | Self::AddTagsToResource | Self::DeleteParameter => Operation::Write,
        }
    }

    fn meaning(self, place: &str, code: &str, message: &str) -> Option<Meaning> {
        code::meaning(self, place, code, message)
    }
}

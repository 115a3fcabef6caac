//! The remote calls of the service.

use airbridge_backend_aws_common::Service;

use crate::descriptor::BACKEND;

/// The names of Parameter Store.
pub(crate) const SERVICE: Service = Service {
    scheme: BACKEND,
    name: "AWS Parameter Store",
    permissions: "ssm",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
    section: "ssm",
};

/// The remote calls, named like their permissions.
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

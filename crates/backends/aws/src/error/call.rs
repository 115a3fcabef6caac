//! The remote calls of the service.

use airbridge_backend_aws_common::Service;

use crate::descriptor::BACKEND;

/// The names of Secrets Manager.
pub(crate) const SERVICE: Service = Service {
    scheme: BACKEND,
    name: "AWS Secrets Manager",
    permissions: "secretsmanager",
    endpoint_variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    section: "secrets_manager",
};

/// The remote calls, named like their permissions.
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
    RestoreSecret,
}

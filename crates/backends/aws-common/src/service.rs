//! What distinguishes one AWS service from another.

/// The names of a service, in each of the places that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The scheme of its endpoints: `aws`.
    pub scheme: &'static str,
    /// Its name in messages: `AWS Secrets Manager`.
    pub name: &'static str,
    /// The prefix of its permissions: `secretsmanager`.
    pub permissions: &'static str,
    /// The variable with an address for this service only: `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    pub endpoint_variable: &'static str,
    /// Its name in a profile's `[services …]` section: `secrets_manager`.
    pub section: &'static str,
}

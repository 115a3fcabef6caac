//! What tells one service of Amazon's from another.

/// How a service is called, in each of the places that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The scheme of its endpoints: `aws`.
    pub scheme: &'static str,
    /// Its name in messages: `AWS Secrets Manager`.
    pub name: &'static str,
    /// What its permissions start with: `secretsmanager`.
    pub permissions: &'static str,
    /// The variable with an address of its own: `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    pub endpoint_variable: &'static str,
    /// Its name in a profile's `[services …]` section: `secrets_manager`.
    pub section: &'static str,
}

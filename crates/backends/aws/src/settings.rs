//! What a user can set.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::Settings as SignIn;

/// The account and region, and how new secrets are created.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Region, credentials and connection, as for every AWS service.
    pub sign_in: SignIn,
    /// The KMS key that encrypts written secrets: an id, an ARN, or `alias/NAME`. If it is unset, new secrets are
    /// encrypted with the account's default key (`aws/secretsmanager`), and replaced secrets keep their key.
    pub kms_key_id: Option<String>,
    /// Tags of new secrets.
    pub tags: BTreeMap<String, String>,
    /// Other regions that new secrets are replicated to, where the region's `aws/secretsmanager` key encrypts them.
    pub replica_regions: Vec<String>,
}

impl From<SignIn> for Settings {
    fn from(sign_in: SignIn) -> Self {
        Self { sign_in, ..Self::default() }
    }
}

//! What a user can set.

use std::collections::BTreeMap;

use airbridge_backend_aws_common::Settings as SignIn;

/// Which account and region to speak to, and how to make what is new.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Region, credentials and the way there; the same as for every service of Amazon's.
    pub sign_in: SignIn,
    /// The KMS key that encrypts what is written: an id, an ARN, or `alias/NAME`. Unset, a new secret is under the
    /// account's own key for Secrets Manager (`aws/secretsmanager`), and one that is replaced stays under the key it has.
    pub kms_key_id: Option<String>,
    /// Tags of new secrets.
    pub tags: BTreeMap<String, String>,
    /// Other regions that new secrets are replicated to, each under its own `aws/secretsmanager` key.
    pub replica_regions: Vec<String>,
}

impl From<SignIn> for Settings {
    fn from(sign_in: SignIn) -> Self {
        Self { sign_in, ..Self::default() }
    }
}

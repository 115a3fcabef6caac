//! What a policy of a service is to allow, and the policy.

use std::collections::BTreeSet;

use crate::{NamePrefix, SecretName};

/// Something that a policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To list the names that start with a prefix.
    List,
    /// To read the current payload. Alone, it is for a program that reads single secrets by name, as Airflow does; airbridge
    /// itself always needs `List` or `ReadFormer` with it.
    Read,
    /// To read the payloads of earlier versions.
    ReadFormer,
    /// To read descriptions and tags, and to write those that a change carries.
    Metadata,
    /// To create a secret, with the settings that new secrets of this store get.
    Create,
    /// To replace a payload.
    Replace,
    /// To delete a secret.
    Delete,
    /// To take a deleted secret back, where the service can.
    Restore,
}

/// What a policy is to allow, and for which secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRequest {
    /// What it allows, and nothing else.
    pub rights: BTreeSet<Right>,
    /// The secrets. If there are none, every secret whose name starts with one of the prefixes.
    pub names: Vec<SecretName>,
    /// How the names begin. A listing asks for these, so that it needs them even where the names are known.
    pub prefixes: Vec<NamePrefix>,
}

impl PolicyRequest {
    /// Whether it asks for a right.
    pub fn allows(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Whether it asks for any of these rights.
    pub fn allows_any(&self, rights: &[Right]) -> bool {
        rights.iter().any(|right| self.allows(*right))
    }

    /// The names, or where none are known, the prefixes with this wildcard at the end.
    pub fn patterns(&self, wildcard: &str) -> Vec<String> {
        if self.names.is_empty() {
            return self.prefixes.iter().map(|prefix| format!("{}{wildcard}", prefix.as_str())).collect();
        }
        self.names.iter().map(|name| name.as_str().to_owned()).collect()
    }
}

/// A policy in the language of its service, ready to paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it is, and where it belongs: `Vault policy`, `IAM policy`.
    pub title: String,
    /// Its language: `hcl`, `json`, `yaml`, `sh`, `sql`, `text`.
    pub language: &'static str,
    /// The text, which ends with a line break. It names secrets and holds no value.
    pub text: String,
    /// What the policy cannot say: where it allows more than was asked for, and what else is needed. One sentence each.
    pub notes: Vec<String>,
}

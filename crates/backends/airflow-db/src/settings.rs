//! What users can set.

use std::path::PathBuf;

use airbridge_core::{Environment, SecretText};

use crate::address::Address;

/// How to reach a metadata database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[database] sql_alchemy_conn`, parsed.
    pub address: Address,
    /// `[database] sql_alchemy_schema`: the schema that holds the tables; without it the one that the user's role has by
    /// default.
    pub schema: Option<String>,
    /// `[core] fernet_key`: one key or several, separated by commas. Empty for none.
    pub fernet_key: SecretText,
    /// The team whose rows are meant; without it the rows that belong to no team.
    pub team: Option<String>,
    /// Whether rows are written without encryption if no key is configured.
    pub allow_plaintext: bool,
    /// Whether rows will be written.
    pub write: bool,
    /// A PEM file of the certificate authorities to trust, for addresses that ask for verification and name none.
    pub ca_file: Option<PathBuf>,
    /// The environment variables of this endpoint.
    pub env: Environment,
}

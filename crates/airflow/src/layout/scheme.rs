//! What a layout is built from: a backend class of Airflow with its kwargs, or files.

use std::fmt;

use crate::entry::Kind;

use super::kind::PerKind;

/// A backend class with the kwargs that its names depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// AWS Secrets Manager: `PREFIX` + `sep` + id. Without a prefix there is no separator.
    AwsSecretsManager {
        /// `connections_prefix`, `variables_prefix` and `config_prefix`.
        prefixes: PerKind<Prefix>,
        /// `sep`. `None` means `/`.
        sep: Option<String>,
        /// `connections_lookup_pattern`, `variables_lookup_pattern` and `config_lookup_pattern`.
        lookup: PerKind<Option<String>>,
    },
    /// AWS Systems Manager Parameter Store: `/PREFIX/id`.
    AwsSsm {
        /// `connections_prefix`, `variables_prefix` and `config_prefix`.
        prefixes: PerKind<Prefix>,
        /// `connections_lookup_pattern`, `variables_lookup_pattern` and `config_lookup_pattern`.
        lookup: PerKind<Option<String>>,
    },
    /// Google Secret Manager: `PREFIX` + `sep` + id, also for an empty prefix.
    GcpSecretManager {
        /// `connections_prefix`, `variables_prefix` and `config_prefix`.
        prefixes: PerKind<Prefix>,
        /// `sep`. `None` means `-`.
        sep: Option<String>,
    },
    /// Azure Key Vault: as in AWS Secrets Manager, and then each `_` becomes `sep`.
    AzureKeyVault {
        /// `connections_prefix`, `variables_prefix` and `config_prefix`.
        prefixes: PerKind<Prefix>,
        /// `sep`. `None` means `-`.
        sep: Option<String>,
    },
    /// HashiCorp Vault and `OpenBao`: `PATH/id` below the mount.
    Vault {
        /// `connections_path`, `variables_path` and `config_path`.
        paths: PerKind<Paths>,
        /// `mount_point`. If it is null or empty, ids and names start with their mount.
        mount_point: Prefix,
        /// `global_secrets_path`, which Airflow tries last for every kind.
        global_secrets_path: Option<String>,
        /// `use_team_secrets_path`. `None` means true.
        use_team_secrets_path: Option<bool>,
    },
    /// Environment variables: `AIRFLOW_CONN_ID`, `AIRFLOW_VAR_KEY`.
    Environment,
    /// The metadata database: `connections/ID`, `variables/KEY`. A column says which team a row belongs to.
    Database {
        /// Whether two ids that differ in case only are the same row.
        ignores_case: bool,
        /// By whose rules rows are to be written, so that only ids that Airflow can store are possible; `None` to read.
        writes: Option<RowRules>,
    },
    /// Files: `connections/ID`, `variables/KEY`, `config/KEY`. Files do not distinguish teams.
    Files {
        /// The kinds that the format can hold.
        kinds: Vec<Kind>,
    },
}

/// Who stores a row, and so which ids it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowRules {
    /// A statement: what the constructor of a connection accepts.
    Database,
    /// The REST API, which accepts fewer ids.
    RestApi,
}

/// A prefix in kwargs. Absent, null and empty have different meanings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prefix {
    /// The kwarg is absent: the default of the backend class.
    #[default]
    Default,
    /// The kwarg is null: Airflow does not look up this kind.
    Off,
    /// A string, possibly empty.
    Text(String),
}

/// A path in the kwargs of Vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// The kwarg is absent: the default of the backend class.
    #[default]
    Default,
    /// The kwarg is null: Airflow does not look up this kind.
    Off,
    /// A string, possibly empty.
    Text(String),
    /// Several paths, which Airflow tries in this order (hashicorp provider 4.8 and later).
    List(Vec<String>),
}

/// A kwarg with which Airflow does not start, or a setting for which there are no names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutError {
    /// The kwarg or endpoint key.
    pub key: String,
    /// What is wrong with it and what to do, as a sentence without a full stop.
    pub message: String,
}

impl LayoutError {
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.key, self.message)
    }
}

impl std::error::Error for LayoutError {}

//! What a layout is made from: Airflow's backend classes with their kwargs, and files.

use std::fmt;

use crate::Kind;

use super::PerKind;

/// By which scheme a place is named: the backend class and those of its kwargs that names depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// AWS Secrets Manager: `PREFIX` + `sep` + id; an empty prefix drops the separator.
    AwsSecretsManager {
        /// `connections_prefix` and so on.
        prefixes: PerKind<Prefix>,
        /// `sep`; `None` is `/`.
        sep: Option<String>,
        /// `connections_lookup_pattern` and so on.
        lookup: PerKind<Option<String>>,
    },
    /// AWS Systems Manager Parameter Store: `/PREFIX/id`.
    AwsSsm {
        /// `connections_prefix` and so on.
        prefixes: PerKind<Prefix>,
        /// `connections_lookup_pattern` and so on.
        lookup: PerKind<Option<String>>,
    },
    /// Google Secret Manager: `PREFIX` + `sep` + id, always.
    GcpSecretManager {
        /// `connections_prefix` and so on.
        prefixes: PerKind<Prefix>,
        /// `sep`; `None` is `-`.
        sep: Option<String>,
    },
    /// Azure Key Vault: as in AWS Secrets Manager, then each `_` becomes `sep`.
    AzureKeyVault {
        /// `connections_prefix` and so on.
        prefixes: PerKind<Prefix>,
        /// `sep`; `None` is `-`.
        sep: Option<String>,
    },
    /// HashiCorp Vault and `OpenBao`: `PATH/id` below the mount.
    Vault {
        /// `connections_path` and so on.
        paths: PerKind<Paths>,
        /// `mount_point`. Where it is off or empty, ids and names start with their mount.
        mount_point: Prefix,
        /// `global_secrets_path`: tried last for every kind.
        global_secrets_path: Option<String>,
        /// `use_team_secrets_path`; `None` is true.
        use_team_secrets_path: Option<bool>,
    },
    /// Environment variables: `AIRFLOW_CONN_ID`, `AIRFLOW_VAR_KEY`.
    Environment,
    /// Files: `connections/ID`, `variables/KEY`, `config/KEY`. Files know no teams, so each is any team's.
    Files {
        /// What the format holds.
        kinds: Vec<Kind>,
    },
}

/// A prefix as kwargs have it. Absent, null and empty are three different things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prefix {
    /// Absent: the backend class's default.
    #[default]
    Default,
    /// `null`: switched off.
    Off,
    /// A text, maybe empty.
    Text(String),
}

/// A path as Vault's kwargs have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// Absent: the backend class's default.
    #[default]
    Default,
    /// `null`: switched off.
    Off,
    /// A text, maybe empty.
    Text(String),
    /// Several, tried in this order (hashicorp 4.8 and later).
    List(Vec<String>),
}

/// Kwargs with which Airflow would not start, or under which there are no names.
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
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl std::error::Error for LayoutError {}

/// A backend class of Airflow's.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What it is called here.
    pub name: &'static str,
    /// What `[secrets] backend` calls it.
    pub class: &'static str,
    /// The kwargs that names depend on.
    pub kwargs: &'static [&'static str],
    /// Its scheme without any kwargs.
    pub scheme: fn() -> Scheme,
}

/// Airflow's backend classes that name secrets by a scheme.
pub const PRESETS: [Preset; 6] = [
    Preset {
        name: "aws_secrets_manager",
        class: "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
        kwargs: &[
            "connections_prefix",
            "variables_prefix",
            "config_prefix",
            "sep",
            "connections_lookup_pattern",
            "variables_lookup_pattern",
            "config_lookup_pattern",
        ],
        scheme: || Scheme::AwsSecretsManager {
            prefixes: PerKind::default(),
            sep: None,
            lookup: PerKind::default(),
        },
    },
    Preset {
        name: "aws_ssm",
        class: "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
        kwargs: &[
            "connections_prefix",
            "variables_prefix",
            "config_prefix",
            "connections_lookup_pattern",
            "variables_lookup_pattern",
            "config_lookup_pattern",
        ],
        scheme: || Scheme::AwsSsm { prefixes: PerKind::default(), lookup: PerKind::default() },
    },
    Preset {
        name: "gcp_secret_manager",
        class: "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend",
        kwargs: &["connections_prefix", "variables_prefix", "config_prefix", "sep"],
        scheme: || Scheme::GcpSecretManager { prefixes: PerKind::default(), sep: None },
    },
    Preset {
        name: "azure_key_vault",
        class: "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend",
        kwargs: &["connections_prefix", "variables_prefix", "config_prefix", "sep"],
        scheme: || Scheme::AzureKeyVault { prefixes: PerKind::default(), sep: None },
    },
    Preset {
        name: "vault",
        class: "airflow.providers.hashicorp.secrets.vault.VaultBackend",
        kwargs: &[
            "connections_path",
            "variables_path",
            "config_path",
            "mount_point",
            "global_secrets_path",
            "use_team_secrets_path",
        ],
        scheme: || Scheme::Vault {
            paths: PerKind::default(),
            mount_point: Prefix::Default,
            global_secrets_path: None,
            use_team_secrets_path: None,
        },
    },
    Preset {
        name: "environment",
        class: "airflow.secrets.environment_variables.EnvironmentVariablesBackend",
        kwargs: &[],
        scheme: || Scheme::Environment,
    },
];

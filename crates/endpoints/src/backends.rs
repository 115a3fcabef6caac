//! Every kind of endpoint there is: what it is called, what it is, and which keys it takes. `docs/endpoints.md` shows
//! these tables, and a test holds the two together.

use crate::endpoint::{Builder, airflow, aws, aws_ssm, azure, env, file, gcp, vault};

/// One kind of endpoint.
#[derive(Debug)]
pub struct Backend {
    /// What stands before the colon.
    pub scheme: &'static str,
    /// How it is written.
    pub spelling: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The key that the text after the colon is.
    pub place_key: Option<&'static str>,
    /// Airflow's class for it, if it has one.
    pub class: Option<&'static str>,
    /// Its keys, beside those that every endpoint takes.
    pub keys: &'static [Key],
    /// Those of its keys that are airbridge's own; the others are kwargs of Airflow's class.
    pub own: &'static [&'static str],
    /// Makes one from its keys.
    pub(crate) build: Builder,
}

impl Backend {
    /// The keys that are kwargs of Airflow's class.
    pub(crate) fn kwargs(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|(key, _)| *key).filter(|key| !self.own.contains(key))
    }
}

/// A key and what it says.
pub type Key = (&'static str, &'static str);

/// The kinds of endpoint that work today.
pub const BACKENDS: &[Backend] = &[
    Backend {
        scheme: "file",
        spelling: "file:PATH",
        what: "files of Airflow and its tools; a bare path is one, too",
        place_key: Some("path"),
        class: Some("airflow.secrets.local_filesystem.LocalFilesystemBackend"),
        keys: file::KEYS,
        own: file::OWN,
        build: file::build,
    },
    Backend {
        scheme: "-",
        spelling: "-",
        what: "standard input or output",
        place_key: None,
        class: None,
        keys: file::STREAM_KEYS,
        own: file::OWN,
        build: file::build_stream,
    },
    Backend {
        scheme: "env",
        spelling: "env:",
        what: "this process's `AIRFLOW_CONN_*` and `AIRFLOW_VAR_*`; to read only",
        place_key: None,
        class: Some("airflow.secrets.environment_variables.EnvironmentVariablesBackend"),
        keys: env::KEYS,
        own: env::OWN,
        build: env::build,
    },
    Backend {
        scheme: "aws",
        spelling: "aws:REGION",
        what: "AWS Secrets Manager",
        place_key: Some("region_name"),
        class: Some("airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"),
        keys: aws::KEYS,
        own: aws::OWN,
        build: aws::build,
    },
    Backend {
        scheme: "aws-ssm",
        spelling: "aws-ssm:REGION",
        what: "AWS Systems Manager Parameter Store",
        place_key: Some("region_name"),
        class: Some(
            "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
        ),
        keys: aws_ssm::KEYS,
        own: aws_ssm::OWN,
        build: aws_ssm::build,
    },
    Backend {
        scheme: "gcp",
        spelling: "gcp:PROJECT",
        what: "Google Secret Manager",
        place_key: Some("project_id"),
        class: Some("airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend"),
        keys: gcp::KEYS,
        own: gcp::OWN,
        build: gcp::build,
    },
    Backend {
        scheme: "azure",
        spelling: "azure:VAULT_NAME",
        what: "Azure Key Vault; also `azure:https://…`",
        place_key: Some("vault_url"),
        class: Some("airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend"),
        keys: azure::KEYS,
        own: azure::OWN,
        build: azure::build,
    },
    Backend {
        scheme: "vault",
        spelling: "vault:MOUNT",
        what: "HashiCorp Vault or OpenBao; `vault:` is the mount `secret`",
        place_key: Some("mount_point"),
        class: Some("airflow.providers.hashicorp.secrets.vault.VaultBackend"),
        keys: vault::KEYS,
        own: vault::OWN,
        build: vault::build,
    },
    Backend {
        scheme: "airflow",
        spelling: "airflow:PATH",
        what: "the backend that an `airflow.cfg` or env file configures",
        place_key: Some("path"),
        class: None,
        keys: airflow::KEYS,
        own: airflow::OWN,
        build: airflow::build,
    },
];

/// The keys that every endpoint takes.
pub const COMMON_KEYS: &[Key] = &[
    ("airflow_version", "which Airflow reads the endpoint: `2.11` or `3.3` (default)"),
    ("team", "exactly this team's names (multi-team Airflow)"),
    ("env_prefix", "`OLD_`: reads `OLD_AWS_PROFILE`, `OLD_VAULT_TOKEN` … for this side"),
    ("metadata", "`carry`: descriptions and tags of the source's secrets go along; default `leave`"),
    ("rate", "calls a second: writing at a target, reading at a source"),
    ("concurrency", "calls in flight"),
];

/// What is planned: the scheme and what it will be.
pub(crate) const LATER: &[(&str, &str)] =
    &[("airflow-db", "Airflow's metadata database"), ("airflow-api", "Airflow's REST API")];

/// Airflow's classes of what is planned.
pub(crate) const LATER_CLASSES: &[(&str, &str)] =
    &[("airflow.secrets.metastore.MetastoreBackend", "airflow-db")];

/// The schemes that work.
pub(crate) fn schemes() -> Vec<&'static str> {
    BACKENDS.iter().map(|backend| backend.scheme).collect()
}

/// The backend of a scheme.
pub(crate) fn named(scheme: &str) -> Option<&'static Backend> {
    BACKENDS.iter().find(|backend| backend.scheme == scheme)
}

/// The backends that Airflow can be configured with: those that have a class and are not always there.
pub(crate) fn configurable() -> impl Iterator<Item = (&'static Backend, &'static str)> {
    let with_class = BACKENDS.iter().filter_map(|backend| Some((backend, backend.class?)));
    with_class.filter(|(backend, _)| backend.scheme != "env")
}

/// Whether any endpoint has a key of this name.
pub(crate) fn is_key(name: &str) -> bool {
    BACKENDS.iter().flat_map(|backend| backend.keys).chain(COMMON_KEYS).any(|(key, _)| *key == name)
}

#[cfg(test)]
mod tests;

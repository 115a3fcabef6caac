//! The classes of Airflow's backends, as its settings name them.

/// AWS Secrets Manager.
pub const SECRETS_MANAGER: &str =
    "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
/// AWS Systems Manager Parameter Store.
pub const PARAMETERS: &str =
    "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend";
/// Google Secret Manager.
pub const GOOGLE: &str = "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend";
/// Azure Key Vault.
pub const KEY_VAULT: &str = "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend";
/// HashiCorp Vault and OpenBao.
pub const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";
/// Files.
pub const FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";
/// The metadata database.
pub const METASTORE: &str = "airflow.secrets.metastore.MetastoreBackend";
/// Environment variables.
pub const ENVIRONMENT: &str = "airflow.secrets.environment_variables.EnvironmentVariablesBackend";

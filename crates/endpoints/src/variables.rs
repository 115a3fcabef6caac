//! Which variables of a deployment's env file are used: those whose value is all that counts.

use crate::value::Key;

/// What a variable of an env file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A value: a key, token, region, address or the name of a profile. It is used.
    Value,
    /// The name of a file or folder that airbridge, an SDK or a command-line tool reads or executes. It counts only with
    /// `--allow-commands`, because it leads to programs and files of the machine that reads it.
    File,
    /// Neither airbridge nor an SDK in it uses the variable.
    Unused,
}

const VALUES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_TENANT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER",
    "GCE_METADATA_HOST",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
];

const FILES: &[&str] = &[
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CONFIG_DIR",
    "AZURE_EXTENSION_DIR",
    "AZURE_FEDERATED_TOKEN_FILE",
    "CLOUDSDK_CONFIG",
    "GOOGLE_API_CERTIFICATE_CONFIG",
    "GOOGLE_APPLICATION_CREDENTIALS",
];

/// Those of Vault, without `VAULT_` and `BAO_`. `SKIP_VERIFY` is a value that the adapter rejects.
const VALUES_OF_VAULT: &[&str] =
    &["ADDR", "CACERT_BYTES", "CLIENT_TIMEOUT", "NAMESPACE", "SKIP_VERIFY", "TLS_SERVER_NAME", "TOKEN"];
const FILES_OF_VAULT: &[&str] =
    &["CACERT", "CAPATH", "CLIENT_CERT", "CLIENT_KEY", "CONFIG_PATH", "TOKEN_PATH"];

/// Variables that hold credentials or say where they are. An endpoint with one of them uses its own credentials. Variables
/// for a region, an address or a project are not among them.
const CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CONFIG_DIR",
    "AZURE_FEDERATED_TOKEN_FILE",
    "CLOUDSDK_CONFIG",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "MSI_ENDPOINT",
    "MSI_SECRET",
];
const CREDENTIALS_OF_VAULT: &[&str] = &["CLIENT_CERT", "TOKEN", "TOKEN_PATH"];

/// Keys, besides the secret ones, that say where an endpoint's credentials are.
const CREDENTIAL_KEYS: &[&str] = &[
    "gcp_credential_config_file",
    "gcp_key_path",
    "jwt_token_path",
    "kubernetes_role",
    "profile_name",
    "role_id",
    "token_path",
];

/// Whether a variable holds credentials or says where they are. Those of an Airflow deployment are its settings.
pub(crate) fn is_credential(name: &str) -> bool {
    let vault = name.strip_prefix("VAULT_").or_else(|| name.strip_prefix("BAO_")).unwrap_or_default();
    CREDENTIALS.contains(&name) || CREDENTIALS_OF_VAULT.contains(&vault) || name.starts_with("AIRFLOW_")
}

/// Whether a key holds credentials or says where they are.
pub(crate) fn is_credential_key(key: &Key) -> bool {
    key.secret.is_some() || CREDENTIAL_KEYS.contains(&key.name)
}

/// Whether the name of a variable starts with one of `families`.
pub(crate) fn is_of(name: &str, families: &[&str]) -> bool {
    families.iter().any(|family| name.starts_with(family))
}

/// Variables that change every connection of a process. airbridge takes them from its own environment only.
const OF_THE_PROCESS: &[&str] = &[
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

/// Whether a variable changes every connection of a process.
pub(crate) fn is_of_the_process(name: &str) -> bool {
    OF_THE_PROCESS.contains(&name.to_ascii_uppercase().as_str())
}

/// What a variable is, by its name. A name that is not listed is not used, so a new one cannot slip through.
pub(crate) fn role(name: &str) -> Role {
    let vault = name.strip_prefix("VAULT_").or_else(|| name.strip_prefix("BAO_")).unwrap_or_default();
    if VALUES.contains(&name) || VALUES_OF_VAULT.contains(&vault) {
        Role::Value
    } else if FILES.contains(&name) || FILES_OF_VAULT.contains(&vault) {
        Role::File
    } else {
        Role::Unused
    }
}

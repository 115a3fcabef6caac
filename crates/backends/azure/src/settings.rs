//! The settings of a vault.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Environment, Result, SecretText};

use crate::vault::Vault;

/// Which vault to use, and how to authenticate and connect. What is not set is looked up as Microsoft's own tools do.
///
/// Names are those of the `backend_kwargs` of Airflow's `AzureKeyVaultBackend`, where it has them.
#[derive(Clone, Default)]
pub struct Settings {
    /// The vault's name, or its address `https://NAME.vault.azure.net`.
    pub vault_url: String,
    /// The directory (tenant) of an application. If `client_id` and `client_secret` are set, too, only this application
    /// is tried. If one of the three is missing, all three are ignored, as in Airflow.
    pub tenant_id: Option<String>,
    /// The application's id.
    pub client_id: Option<String>,
    /// The application's secret.
    pub client_secret: Option<SecretText>,
    /// Which managed identity or workload identity to use [default: `AZURE_CLIENT_ID`].
    pub managed_identity_client_id: Option<String>,
    /// The directory (tenant) of the workload identity [default: `AZURE_TENANT_ID`].
    pub workload_identity_tenant_id: Option<String>,
    /// Whether the vault must ask for a token of its own domain [default: true]. It has no effect on vaults in Microsoft's
    /// domains, which are always checked.
    pub verify_challenge_resource: Option<bool>,
    /// A PEM file of certificates to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy, `http://HOST:PORT` [default: `HTTPS_PROXY`, then `ALL_PROXY`, except for hosts in `NO_PROXY`].
    pub proxy: Option<String>,
    /// Maximum duration of one request [default: 20 seconds].
    pub timeout: Option<Duration>,
    /// Tags of new secrets; at most 14, because one is reserved for the label.
    pub tags: BTreeMap<String, String>,
    /// The environment variables to use instead of the process's.
    pub env: Environment,
}

impl Settings {
    /// Whether the vault is in one of Microsoft's domains, where `verify_challenge_resource` cannot be turned off.
    ///
    /// # Errors
    ///
    /// `Config` if `vault_url` is neither a valid name nor a valid address.
    pub fn names_microsofts_vault(&self) -> Result<bool> {
        Ok(Vault::new(&self.vault_url, &self.env)?.is_microsofts())
    }

    /// The vault's address, `https://NAME.vault.azure.net`, in the form of the `vault_url` of Airflow's class.
    ///
    /// # Errors
    ///
    /// `Config` if `vault_url` is neither a valid name nor a valid address.
    pub fn address(&self) -> Result<String> {
        let vault = Vault::new(&self.vault_url, &self.env)?;
        Ok(vault.url().as_str().trim_end_matches('/').to_owned())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            // The addresses of the vault and of the proxy may contain a password.
            .field("vault_url", &!self.vault_url.is_empty())
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .field("managed_identity_client_id", &self.managed_identity_client_id)
            .field("workload_identity_tenant_id", &self.workload_identity_tenant_id)
            .field("verify_challenge_resource", &self.verify_challenge_resource)
            .field("ca_file", &self.ca_file)
            .field("proxy", &self.proxy.is_some())
            .field("timeout", &self.timeout)
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn debug_does_not_show_secrets() {
        let settings = Settings {
            vault_url: "https://user:canary@v.vault.azure.net".to_owned(),
            client_secret: Some("canary".into()),
            proxy: Some("http://user:canary@proxy.test:3128".to_owned()),
            env: [("AZURE_CLIENT_SECRET", "canary")].into_iter().collect(),
            ..Settings::default()
        };
        let text = format!("{settings:?}");
        assert!(text.contains("proxy: true") && !text.contains("canary"), "{text}");
    }
}

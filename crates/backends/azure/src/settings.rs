//! What a user can set.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Environment, Result, SecretText};

use crate::vault::Vault;

/// Which vault, as whom, and how to get there; what is left out is found as Microsoft's own tools find it.
///
/// The names are those of the `backend_kwargs` of Airflow's `AzureKeyVaultBackend`, where it has them.
#[derive(Clone, Default)]
pub struct Settings {
    /// The vault: its name, or its address, `https://NAME.vault.azure.net`.
    pub vault_url: String,
    /// The directory to sign in to. With `client_id` and `client_secret` it is the only way that is tried.
    pub tenant_id: Option<String>,
    /// The application that signs in.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<SecretText>,
    /// Which of a machine's identities to take; `AZURE_CLIENT_ID` if unset.
    pub managed_identity_client_id: Option<String>,
    /// The directory in which a pod's identity is known; `AZURE_TENANT_ID` if unset.
    pub workload_identity_tenant_id: Option<String>,
    /// Whether the vault must ask for a token of its own domain; yes if unset. Never off for Microsoft's vault domains,
    /// which pass anyway.
    pub verify_challenge_resource: Option<bool>,
    /// A file of PEM certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy, `http://host:port`; `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` if unset.
    pub proxy: Option<String>,
    /// How long one call may take; 20 seconds if unset.
    pub timeout: Option<Duration>,
    /// Tags of new secrets. At most 14, for labels need one.
    pub tags: BTreeMap<String, String>,
    /// The environment variables to look at, instead of the process's.
    pub env: Environment,
}

impl Settings {
    /// Whether the vault is in one of Microsoft's own domains, where `verify_challenge_resource` is never off.
    ///
    /// # Errors
    ///
    /// `Config` where `vault_url` is neither a name nor an address.
    pub fn names_microsofts_vault(&self) -> Result<bool> {
        Ok(Vault::new(&self.vault_url, &self.env)?.is_microsofts())
    }

    /// The vault's address, `https://NAME.vault.azure.net`, as `vault_url` of Airflow's class wants it.
    ///
    /// # Errors
    ///
    /// `Config` where `vault_url` is neither a name nor an address.
    pub fn address(&self) -> Result<String> {
        let vault = Vault::new(&self.vault_url, &self.env)?;
        Ok(vault.url().as_str().trim_end_matches('/').to_owned())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            // An address may hold a password, a proxy's too.
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
    fn debug_shows_no_secret() {
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

//! A Key Vault of a test's own, on the double that the adapter's own tests use.

#[path = "../../crates/backends/azure/tests/double/mod.rs"]
pub(crate) mod double;

use airbridge_tests::Place;
use double::{Double, identity};
use serde_json::json;
use tokio::runtime::Runtime;

const KEY_VAULT: &str = "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend";

/// A vault that runs beside the test.
pub(crate) struct AzureVault {
    pub(crate) double: Double,
    _runtime: Runtime,
}

impl AzureVault {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let double = runtime.block_on(Double::start());
        Self { double, _runtime: runtime }
    }

    pub(crate) fn endpoint(&self) -> String {
        let (url, ca) = (self.double.url(), self.double.ca().display());
        format!("azure:{url}?verify_challenge_resource=false&ca_file={ca}")
    }

    /// What a machine of Azure's has in its environment, under a prefix (`env_prefix`).
    pub(crate) fn variables_with(&self, prefix: &str) -> Vec<(String, String)> {
        vec![
            (format!("{prefix}IDENTITY_ENDPOINT"), format!("{}/msi/token", self.double.plain())),
            (format!("{prefix}IDENTITY_HEADER"), identity::HEADER.to_owned()),
        ]
    }

    /// How many calls have changed something.
    pub(crate) fn count_writes(&self) -> usize {
        ["PUT", "PATCH", "POST", "DELETE"].iter().map(|method| self.double.count(method)).sum()
    }

    /// The vault for airbridge and for Airflow. No other place may have this `name`.
    pub(crate) fn place(&self, name: &str) -> Place {
        let prefix = format!("{name}_");
        let own = [
            ("AZURE_TOKEN_CREDENTIALS".to_owned(), "ManagedIdentityCredential".to_owned()),
            ("REQUESTS_CA_BUNDLE".to_owned(), self.double.ca().display().to_string()),
        ];
        Place {
            endpoint: format!("{}&env_prefix={prefix}", self.endpoint()),
            settings: self.variables_with(&prefix),
            backend: KEY_VAULT,
            kwargs: json!({ "vault_url": self.double.url(), "verify_challenge_resource": false }),
            variables: [self.variables_with(""), own.to_vec()].concat(),
            google: None,
        }
    }
}

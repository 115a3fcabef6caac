//! A key vault for a test: the double that the adapter's own tests use.

#[path = "../crates/backends/azure/tests/double/mod.rs"]
pub(crate) mod double;

use double::{Double, identity};
use tokio::runtime::Runtime;

/// A vault that runs until this is dropped.
pub(crate) struct KeyVault {
    pub(crate) double: Double,
    _runtime: Runtime,
}

impl KeyVault {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let double = runtime.block_on(Double::start());
        Self { double, _runtime: runtime }
    }

    /// The environment variables of its user, who authenticates as App Service does.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        self.variables_with("")
    }

    /// The same under a prefix (`env_prefix`).
    pub(crate) fn variables_with(&self, prefix: &str) -> Vec<(String, String)> {
        vec![
            (format!("{prefix}IDENTITY_ENDPOINT"), format!("{}/msi/token", self.double.plain())),
            (format!("{prefix}IDENTITY_HEADER"), identity::HEADER.to_owned()),
        ]
    }

    pub(crate) fn endpoint(&self) -> String {
        let (url, ca) = (self.double.url(), self.double.ca().display());
        format!("azure:{url}?verify_challenge_resource=false&ca_file={ca}")
    }
}

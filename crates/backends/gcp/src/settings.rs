//! What a user can set.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Environment, SecretText};

/// Which project to speak to, and how; everything may be left out that the environment or the credentials say.
///
/// The names are those of the `backend_kwargs` of Airflow's `CloudSecretManagerBackend`, where it has them.
#[derive(Clone, Default)]
pub struct Settings {
    /// The project, by id or number. Without it `GOOGLE_CLOUD_PROJECT` and the credentials are asked.
    pub project_id: Option<String>,
    /// The region whose own secrets are meant, `europe-west1`; without it the global ones. The two do not see each other.
    pub location: Option<String>,
    /// A file with a service account's key, or with other credentials as Google writes them.
    pub gcp_key_path: Option<PathBuf>,
    /// The same as text: one JSON object.
    pub gcp_keyfile_dict: Option<SecretText>,
    /// Credentials of a workload identity pool: a file's path, or the JSON object itself.
    pub gcp_credential_config_file: Option<SecretText>,
    /// What tokens are asked for; `https://www.googleapis.com/auth/cloud-platform` if empty.
    pub gcp_scopes: Vec<String>,
    /// Service accounts to take on, one through the other; the last is the one that acts.
    pub impersonation_chain: Vec<String>,
    /// Where new global secrets are kept; empty leaves it to Google (automatic replication).
    pub locations: Vec<String>,
    /// Keys of the customer's own that encrypt new secrets, in full (`projects/…/cryptoKeys/…`): one for automatic
    /// replication or a regional secret, else one in each of `locations`.
    pub kms_keys: Vec<String>,
    /// Labels of new secrets.
    pub labels: BTreeMap<String, String>,
    /// Another address for the service: a private endpoint, an emulator; else
    /// `CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER`. On this machine, and without credentials configured, nobody
    /// signs in.
    pub endpoint_url: Option<String>,
    /// How long one call may take; 20 seconds if unset.
    pub timeout: Option<Duration>,
    /// Whether plain http is accepted on hosts other than this one.
    pub allow_http: bool,
    /// The environment variables to look at, instead of the process's.
    pub env: Environment,
}

/// gcloud's own variable for another address of the service.
const ADDRESS: &str = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER";

impl Settings {
    /// With the address that gcloud's variable names, where `endpoint_url` says nothing.
    pub(crate) fn addressed(mut self) -> Self {
        self.endpoint_url = self.endpoint_url.or_else(|| self.env.non_empty(ADDRESS).map(str::to_owned));
        self
    }

    /// The most that one call may take.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.timeout.unwrap_or(Duration::from_secs(20))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("project_id", &self.project_id)
            .field("location", &self.location)
            .field("gcp_key_path", &self.gcp_key_path)
            .field("gcp_keyfile_dict", &self.gcp_keyfile_dict.is_some())
            .field("gcp_credential_config_file", &self.gcp_credential_config_file.is_some())
            .field("impersonation_chain", &self.impersonation_chain)
            .field("locations", &self.locations)
            .field("kms_keys", &self.kms_keys)
            .field("labels", &self.labels)
            // An address may hold a password.
            .field("endpoint_url", &self.endpoint_url.is_some())
            .field("timeout", &self.timeout)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn gclouds_address_counts_where_no_other_is_given() {
        let env =
            [("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "https://a.test/")].into_iter().collect();
        let mut settings = Settings { env, ..Settings::default() };
        assert_eq!(settings.clone().addressed().endpoint_url.as_deref(), Some("https://a.test/"));
        settings.endpoint_url = Some("https://b.test".to_owned());
        assert_eq!(settings.addressed().endpoint_url.as_deref(), Some("https://b.test"));
    }

    #[test]
    fn debug_shows_no_key_and_no_address() {
        let settings = Settings {
            gcp_keyfile_dict: Some("canary".into()),
            gcp_credential_config_file: Some("canary".into()),
            endpoint_url: Some("https://user:canary@sm.test".to_owned()),
            env: [("GOOGLE_CLOUD_PROJECT", "canary")].into_iter().collect(),
            ..Settings::default()
        };
        let text = format!("{settings:?}");
        assert!(text.contains("gcp_keyfile_dict: true") && !text.contains("canary"), "{text}");
    }
}

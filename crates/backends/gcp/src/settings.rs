//! The settings of a store.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Environment, Result, SecretText};
use airbridge_http::{Address, CALL_TIMEOUT};

/// Which project to use, and how to authenticate and connect. What is not set is looked up in the environment and in the
/// credentials.
///
/// Names are those of the `backend_kwargs` of Airflow's `CloudSecretManagerBackend`, where it has them.
#[derive(Clone, Default)]
pub struct Settings {
    /// The project, by id or number [default: `GOOGLE_CLOUD_PROJECT`, then the project of the credentials].
    pub project_id: Option<String>,
    /// The region of regional secrets, `europe-west1`; if unset, global secrets are used. Neither can see the other.
    pub location: Option<String>,
    /// A JSON file with the key of a service account, or with other credentials of Google.
    pub gcp_key_path: Option<PathBuf>,
    /// The content of such a file: one JSON object.
    pub gcp_keyfile_dict: Option<SecretText>,
    /// Credentials of a workload identity pool: the path of a file, or its content.
    pub gcp_credential_config_file: Option<SecretText>,
    /// The scopes of tokens; if empty, `https://www.googleapis.com/auth/cloud-platform`.
    pub gcp_scopes: Vec<String>,
    /// Service accounts to impersonate, each through the one before; requests are made as the last.
    pub impersonation_chain: Vec<String>,
    /// The regions that store new global secrets; if empty, Google chooses (automatic replication).
    pub locations: Vec<String>,
    /// The full names (`projects/…/cryptoKeys/…`) of customer-managed keys that encrypt new secrets: one for automatic
    /// replication or regional secrets, otherwise one in each of `locations`.
    pub kms_keys: Vec<String>,
    /// Labels of new secrets.
    pub labels: BTreeMap<String, String>,
    /// The address of a private endpoint or an emulator [default: `CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER`, then
    /// Google's own]. If it is a loopback address and no credentials are found, requests are sent unauthenticated.
    pub endpoint_url: Option<String>,
    /// Maximum duration of one request [default: 20 seconds].
    pub timeout: Option<Duration>,
    /// Whether plain http is accepted for hosts other than loopback.
    pub allow_http: bool,
    /// The environment variables to use instead of the process's.
    pub env: Environment,
}

/// gcloud's variable for the address of the service.
const ADDRESS: &str = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER";

impl Settings {
    /// The address that the user configured, in `endpoint_url` or in gcloud's variable.
    ///
    /// # Errors
    ///
    /// `Config`, with the name of the key or variable, if it is not a valid address, or uses plain http for another host
    /// than loopback without `allow_http`.
    pub(crate) fn address(&self) -> Result<Option<Address>> {
        let (url, origin) = match (&self.endpoint_url, self.env.non_empty(ADDRESS)) {
            (Some(url), _) => (url.as_str(), "`endpoint_url`"),
            (None, Some(url)) => (url, ADDRESS),
            (None, None) => return Ok(None),
        };
        Address::parse(url, origin, self.allow_http).map(Some)
    }

    /// The maximum duration of one request.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.timeout.unwrap_or(CALL_TIMEOUT)
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
            // The address may contain a password.
            .field("endpoint_url", &self.endpoint_url.is_some())
            .field("timeout", &self.timeout)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::Settings;

    const VARIABLE: &str = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER";

    #[test]
    fn endpoint_url_takes_precedence_over_gclouds_variable() {
        let env = [(VARIABLE, "https://a.test/")].into_iter().collect();
        let mut settings = Settings { env, ..Settings::default() };
        let address = |settings: &Settings| settings.address().unwrap().map(|address| address.to_string());
        assert_eq!(address(&settings).as_deref(), Some("https://a.test"));
        settings.endpoint_url = Some("https://b.test".to_owned());
        assert_eq!(address(&settings).as_deref(), Some("https://b.test"));
        assert_eq!(address(&Settings::default()), None);
    }

    #[test]
    fn invalid_address_is_reported_by_the_name_of_its_key_or_variable() {
        for (url, part) in [
            ("sm.test", "is not a valid service address"),
            ("https://user:canary@sm.test", "is not a valid service address"),
            ("http://sm.test", "uses plain http"),
        ] {
            let env = [(VARIABLE, url)].into_iter().collect();
            let variable = Settings { env, ..Settings::default() };
            let key = Settings { endpoint_url: Some(url.to_owned()), ..Settings::default() };
            for (settings, name, other) in
                [(variable, VARIABLE, "endpoint_url"), (key, "`endpoint_url`", VARIABLE)]
            {
                let error = settings.address().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                let text = format!("{error} {error:?}");
                assert!(error.message().starts_with(&format!("{name} {part}")), "{text}");
                assert!(!text.contains(other) && !text.contains("canary"), "{text}");
            }
        }
    }

    #[test]
    fn debug_does_not_show_keys_and_addresses() {
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

//! What a user can set to reach an AWS service.

use std::fmt;
use std::time::Duration;

use airbridge_core::Environment;
use airbridge_http::HttpOptions;

/// The account, the region and the connection. What is unset comes from the environment or the profile.
///
/// Fields are named after the `backend_kwargs` of Airflow's own AWS backends, where those have them.
#[derive(Clone, Default)]
pub struct Settings {
    /// The region, `eu-west-1`; otherwise `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's.
    pub region_name: Option<String>,
    /// A profile in `~/.aws/config` or `~/.aws/credentials`. If it is set here, it takes precedence over access keys in
    /// the environment.
    pub profile_name: Option<String>,
    /// A role to assume with the credentials that are found.
    pub role_arn: Option<String>,
    /// Parameters for assuming the role.
    pub assume_role_kwargs: AssumeRole,
    /// Another address for this service only: a private endpoint, an emulator.
    pub endpoint_url: Option<String>,
    /// Timeout (20 seconds), CA file (otherwise `AWS_CA_BUNDLE`, then the profile's `ca_bundle`), proxy and plain http.
    /// The CA file is trusted besides the system's certificates.
    pub http: HttpOptions,
    /// The environment variables to read instead of the process's.
    pub env: Environment,
}

/// Airflow's `assume_role_kwargs`, as far as they concern credentials.
#[derive(Clone, Default)]
pub struct AssumeRole {
    /// `ExternalId`, which the role's trust policy may require.
    pub external_id: Option<String>,
    /// `RoleSessionName`, which `CloudTrail` shows; `airbridge` if it is unset.
    pub role_session_name: Option<String>,
    /// `DurationSeconds`; the role is assumed again when they are over.
    pub duration: Option<Duration>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region_name", &self.region_name)
            .field("profile_name", &self.profile_name)
            .field("role_arn", &self.role_arn)
            .field("assume_role_kwargs", &self.assume_role_kwargs)
            // An address may hold a password.
            .field("endpoint_url", &self.endpoint_url.is_some())
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AssumeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumeRole")
            .field("external_id", &self.external_id.is_some())
            .field("role_session_name", &self.role_session_name)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use airbridge_http::HttpOptions;

    use super::{AssumeRole, Settings};

    #[test]
    fn debug_shows_no_password_and_no_external_id() {
        let settings = Settings {
            http: HttpOptions {
                proxy: Some("http://user:canary@proxy.test:3128".to_owned()),
                ..HttpOptions::default()
            },
            endpoint_url: Some("https://user:canary@sm.test".to_owned()),
            assume_role_kwargs: AssumeRole {
                external_id: Some("canary".to_owned()),
                ..AssumeRole::default()
            },
            env: [("AWS_SECRET_ACCESS_KEY", "canary")].into_iter().collect(),
            ..Settings::default()
        };
        let text = format!("{settings:?}");
        assert!(text.contains("proxy: true") && !text.contains("canary"), "{text}");
    }
}

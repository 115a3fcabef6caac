//! What a user can set.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::Environment;

/// Which account and region to speak to, and how; everything may be left out that the environment or a profile says.
///
/// The names are those of the `backend_kwargs` of Airflow's own backends, where they have them.
#[derive(Clone, Default)]
pub struct Settings {
    /// The region, `eu-west-1`. Without it `AWS_REGION`, `AWS_DEFAULT_REGION` and the profile are asked.
    pub region_name: Option<String>,
    /// A profile of `~/.aws/config` or `~/.aws/credentials`. Named here, it wins over keys in the environment.
    pub profile_name: Option<String>,
    /// A role to take on with the credentials found.
    pub role_arn: Option<String>,
    /// How to take on the role.
    pub assume_role_kwargs: AssumeRole,
    /// Another address for the service alone: a private endpoint, an emulator.
    pub endpoint_url: Option<String>,
    /// A file of PEM certificates to trust besides the system's; `AWS_CA_BUNDLE` and the profile's `ca_bundle` if unset.
    pub ca_file: Option<PathBuf>,
    /// The proxy, `http://host:port`; `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` if unset.
    pub proxy: Option<String>,
    /// How long one call may take; 20 seconds if unset.
    pub timeout: Option<Duration>,
    /// Whether plain http is accepted on hosts other than this one.
    pub allow_http: bool,
    /// The environment variables to look at, instead of the process's.
    pub env: Environment,
}

/// Airflow's `assume_role_kwargs`, as far as they concern signing in.
#[derive(Clone, Default)]
pub struct AssumeRole {
    /// `ExternalId`: what the role's trust policy asks for.
    pub external_id: Option<String>,
    /// `RoleSessionName`, which `CloudTrail` shows; `airbridge` if unset.
    pub role_session_name: Option<String>,
    /// `DurationSeconds`; the role is taken on anew when the time is over.
    pub duration: Option<Duration>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region_name", &self.region_name)
            .field("profile_name", &self.profile_name)
            .field("role_arn", &self.role_arn)
            .field("assume_role_kwargs", &self.assume_role_kwargs)
            .field("endpoint_url", &self.endpoint_url.is_some())
            .field("ca_file", &self.ca_file)
            // A proxy's address may hold a password.
            .field("proxy", &self.proxy.is_some())
            .field("timeout", &self.timeout)
            .field("allow_http", &self.allow_http)
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
    use super::{AssumeRole, Settings};

    #[test]
    fn debug_shows_no_password_of_a_proxy_and_no_external_id() {
        let settings = Settings {
            proxy: Some("http://user:canary@proxy.test:3128".to_owned()),
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

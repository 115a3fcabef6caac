//! The options that every endpoint on the network has.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Environment, Result};

use crate::address::Address;
use crate::certificates::{Certificates, require_system_certificates};
use crate::client::{build, client_builder};
use crate::proxy::Proxy;

/// How long a connection may take to be made, unless the whole call may take less.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one call may take if the user sets no `timeout`.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The options that every endpoint on the network has, under the names of their keys. `Debug` shows no password.
#[derive(Clone, Default)]
pub struct HttpOptions {
    /// The most that one call may take, from connecting to the last byte of the answer.
    pub timeout: Option<Duration>,
    /// A PEM file of certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// The proxy, `http://HOST:PORT`. If it is unset or empty, the environment decides.
    pub proxy: Option<String>,
    /// Whether plain http is accepted on hosts other than loopback.
    pub allow_http: bool,
}

impl HttpOptions {
    /// The most that one call may take: `timeout`, or [`CALL_TIMEOUT`].
    pub fn call_timeout(&self) -> Duration {
        self.timeout.unwrap_or(CALL_TIMEOUT)
    }

    /// The proxy for requests over https or plain http: `proxy`, or [the environment's](Proxy::from_env).
    ///
    /// # Errors
    /// `Config`, with the key's or variable's name, if it is not a valid address.
    pub fn proxy(&self, env: &Environment, https: bool) -> Result<Option<Proxy>> {
        match self.proxy.as_deref().filter(|proxy| !proxy.is_empty()) {
            Some(own) => Proxy::new(own, "`proxy`").map(Some),
            None => Proxy::from_env(env, https),
        }
    }

    /// The certificates in `ca_file`; `None` if it is unset.
    ///
    /// # Errors
    /// As [`Certificates::read`].
    pub fn certificates(&self) -> Result<Option<Certificates>> {
        self.ca_file.as_deref().map(Certificates::read).transpose()
    }

    /// A `reqwest` client for `address` with all of these options. It trusts `ca_file` besides the system's
    /// certificates, follows no redirect, and asks the process for no proxy.
    ///
    /// # Errors
    /// `Config` for options that cannot be used, and for a machine without any certificate authority.
    pub fn client(&self, address: &Address, env: &Environment) -> Result<reqwest::Client> {
        let mut builder = client_builder(self.call_timeout(), CONNECT_TIMEOUT);
        if let Some(proxy) = self.proxy(env, address.is_https())? {
            builder = builder.proxy(proxy.to_reqwest()?);
        }
        builder = match self.certificates()? {
            Some(certificates) => builder.tls_certs_merge(certificates.into_reqwest()),
            None if address.is_https() => {
                require_system_certificates(address.host())?;
                builder
            }
            None => builder.tls_certs_only([]),
        };
        build(builder)
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("timeout", &self.timeout)
            .field("ca_file", &self.ca_file)
            // Its address may hold a password.
            .field("proxy", &self.proxy.is_some())
            .field("allow_http", &self.allow_http)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use airbridge_core::{Environment, ErrorKind};

    use super::{Address, HttpOptions};

    fn client(options: &HttpOptions) -> airbridge_core::Result<reqwest::Client> {
        let address = Address::parse("https://sm.test", "`endpoint_url`", false)?;
        options.client(&address, &Environment::default())
    }

    #[test]
    fn own_proxy_takes_precedence_over_the_environment() {
        let env = [("HTTPS_PROXY", "http://env.test")].into_iter().collect();
        let own = HttpOptions { proxy: Some("http://own.test:1".to_owned()), ..HttpOptions::default() };
        let found = own.proxy(&env, true).unwrap().unwrap();
        assert_eq!((found.address(), found.exceptions()), ("http://own.test:1", None));
        let empty = HttpOptions { proxy: Some(String::new()), ..own };
        assert_eq!(empty.proxy(&env, true).unwrap().unwrap().address(), "http://env.test");
    }

    #[test]
    fn client_with_unusable_options_is_a_config_error() {
        let ca_file = HttpOptions { ca_file: Some("/nowhere/ca.pem".into()), ..HttpOptions::default() };
        let error = client(&ca_file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("/nowhere/ca.pem"), "{error}");
        let proxy = HttpOptions { proxy: Some("http://u:canary@:x".to_owned()), ..HttpOptions::default() };
        let error = client(&proxy).unwrap_err();
        assert!(error.message().contains("`proxy`") && !format!("{error:?}").contains("canary"), "{error}");
    }

    #[test]
    fn debug_shows_no_password() {
        let options = HttpOptions {
            proxy: Some("http://user:canary@proxy.test".to_owned()),
            timeout: Some(Duration::from_secs(3)),
            ..HttpOptions::default()
        };
        let text = format!("{options:?}");
        assert!(text.contains("proxy: true") && text.contains("3s") && !text.contains("canary"), "{text}");
    }
}

//! The HTTP clients for the vault, the token service and the identity service of the machine.

use std::path::Path;
use std::time::Duration;

use airbridge_core::{Error, Result};
use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy, redirect};

use crate::settings::Settings;

/// Maximum time to connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Maximum duration of one request.
const ANSWER: Duration = Duration::from_secs(20);
/// Maximum time to connect to the machine's identity service, which most machines do not have.
const METADATA_CONNECT: Duration = Duration::from_secs(1);
/// Maximum duration of a request to it.
const METADATA_ANSWER: Duration = Duration::from_secs(5);

/// The HTTP client of one endpoint, for the vault and for the token service. It does not follow redirects, because the
/// token would be sent along, and it does not read the process's environment.
pub(crate) fn http_client(settings: &Settings) -> Result<reqwest::Client> {
    let answer = settings.timeout.unwrap_or(ANSWER);
    let mut builder = base().timeout(answer).connect_timeout(CONNECT.min(answer));
    if let Some(proxy) = proxy(settings)? {
        builder = builder.proxy(proxy);
    }
    match &settings.ca_file {
        Some(file) => builder = builder.tls_certs_merge(certificates(file)?),
        None if rustls_native_certs::load_native_certs().certs.is_empty() => {
            return Err(Error::config("this machine has no trusted CA certificates")
                .with_hint("install the package ca-certificates, or set `ca_file` or SSL_CERT_FILE"));
        }
        None => {}
    }
    builder.build().map_err(|_| {
        Error::config("TLS cannot be set up: the trusted CA certificates are missing or damaged")
            .with_hint("install the package ca-certificates, or set `ca_file`")
    })
}

/// The HTTP client for the identity service of this machine, which cannot be reached through a proxy.
pub(crate) fn metadata_client() -> Result<reqwest::Client> {
    // The service uses plain http, so no certificates are needed.
    let builder = base().tls_certs_only([]).timeout(METADATA_ANSWER).connect_timeout(METADATA_CONNECT);
    builder.build().map_err(|_| Error::config("the HTTP client for the identity service cannot be set up"))
}

fn base() -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("airbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
}

/// The certificates in a PEM file.
fn certificates(file: &Path) -> Result<Vec<Certificate>> {
    let shown = file.display();
    let pem = std::fs::read(file).map_err(|error| {
        Error::config(format!("the certificates in {shown} cannot be read: {}", error.kind()))
    })?;
    let found = Certificate::from_pem_bundle(&pem).ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| {
        Error::config(format!("{shown} holds no certificate"))
            .with_hint("it must be PEM: -----BEGIN CERTIFICATE-----")
    })
}

fn proxy(settings: &Settings) -> Result<Option<Proxy>> {
    let env = &settings.env;
    let either = |name: &str| env.non_empty(name).or_else(|| env.non_empty(&name.to_lowercase()));
    let own = settings.proxy.as_deref().filter(|proxy| !proxy.is_empty());
    let Some(address) = own.or_else(|| either("HTTPS_PROXY")).or_else(|| either("ALL_PROXY")) else {
        return Ok(None);
    };
    // Not shown: it may hold a password.
    let proxy = Proxy::https(address).map_err(|_| {
        Error::config("the proxy's address is no address").with_hint("write it as http://host:port")
    })?;
    let except = if own.is_some() { None } else { either("NO_PROXY").and_then(NoProxy::from_string) };
    Ok(Some(proxy.no_proxy(except)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use airbridge_core::ErrorKind;

    use super::http_client;
    use crate::settings::Settings;

    fn message(settings: &Settings) -> String {
        let error = http_client(settings).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        format!("{error} {error:?}")
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"no PEM at all").unwrap();
        for (path, part) in
            [("/nowhere/ca.pem".into(), "/nowhere/ca.pem"), (file.path().to_owned(), "no certificate")]
        {
            let settings = Settings { ca_file: Some(path), ..Settings::default() };
            assert!(message(&settings).contains(part));
        }
    }

    #[test]
    fn a_proxy_without_an_address_is_refused_and_not_shown() {
        let own = Settings { proxy: Some("http://u:canary@:x".to_owned()), ..Settings::default() };
        let env = [("https_proxy", "http://u:canary@:x")].into_iter().collect();
        for settings in [own, Settings { env, ..Settings::default() }] {
            assert!(!message(&settings).contains("canary"));
        }
    }
}

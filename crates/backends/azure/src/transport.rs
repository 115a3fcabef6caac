//! The way to the vault and to who signs users in: certificates, proxy, times.

use std::path::Path;
use std::time::Duration;

use airbridge_core::Result;
use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy, redirect};

use crate::error::config;
use crate::settings::Settings;

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until a call is answered.
const ANSWER: Duration = Duration::from_secs(20);
/// Until a machine's own identity service is there; on most machines nobody ever answers.
const METADATA_CONNECT: Duration = Duration::from_secs(1);
/// Until it has answered.
const METADATA_ANSWER: Duration = Duration::from_secs(5);

/// The HTTP client of one endpoint, for the vault and for signing in. It follows no redirect, for a token would go
/// along, and looks at no environment by itself.
pub(crate) fn http_client(settings: &Settings) -> Result<reqwest::Client> {
    let answer = settings.timeout.unwrap_or(ANSWER);
    let mut builder = base().timeout(answer).connect_timeout(CONNECT.min(answer));
    if let Some(proxy) = proxy(settings)? {
        builder = builder.proxy(proxy);
    }
    match &settings.ca_file {
        Some(file) => builder = builder.tls_certs_merge(certificates(file)?),
        None if rustls_native_certs::load_native_certs().certs.is_empty() => {
            return Err(config("this machine has no certificates to tell Azure by")
                .with_hint("install ca-certificates, or name a file: SSL_CERT_FILE, or ca_file=…"));
        }
        None => {}
    }
    builder.build().map_err(|_| {
        config("TLS cannot be set up: no trusted certificates are installed, or one is damaged")
            .with_hint("install the system's CA certificates, or name a file with ca_file=…")
    })
}

/// For the identity service of the machine that this runs on, which no proxy reaches.
pub(crate) fn metadata_client() -> Result<reqwest::Client> {
    // Only plain http is spoken there, so a machine without certificates will do.
    let builder = base().tls_certs_only([]).timeout(METADATA_ANSWER).connect_timeout(METADATA_CONNECT);
    builder.build().map_err(|_| config("TLS cannot be set up"))
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
    let pem = std::fs::read(file)
        .map_err(|error| config(format!("the certificates in {shown} cannot be read: {}", error.kind())))?;
    let found = Certificate::from_pem_bundle(&pem).ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| {
        config(format!("{shown} holds no certificate"))
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
    let proxy = Proxy::https(address)
        .map_err(|_| config("the proxy's address is no address").with_hint("write it as http://host:port"))?;
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

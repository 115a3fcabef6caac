//! The way to the service: certificates, proxy, and where plain http is allowed.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use airbridge_core::{Error, Result};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::profile::{Chosen, Variables};
use crate::settings::Settings;

/// The HTTP client of one endpoint, for the service and for signing in.
///
/// The SDK's own client reads no `AWS_CA_BUNDLE`, takes its proxy from the process, and panics on a certificate that is
/// none; so it is built here, from what was checked.
pub(crate) fn http_client(
    settings: &Settings,
    variables: &Variables,
    profile: &Chosen,
) -> Result<SharedHttpClient> {
    let proxy = proxy(settings, variables)?;
    let trust = TlsContext::builder().with_trust_store(trust_store(settings, variables, profile)?).build();
    let trust = trust.map_err(|_| config("the certificates cannot be used".to_owned()))?;
    Ok(Builder::new().build_with_connector_fn(move |settings, _| {
        let mut connector = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(trust.clone());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    }))
}

/// The system's certificates and those of the user's file.
fn trust_store(settings: &Settings, variables: &Variables, profile: &Chosen) -> Result<TrustStore> {
    let named = settings.ca_file.clone().or_else(|| {
        variables
            .get("AWS_CA_BUNDLE")
            .map(String::as_str)
            .or_else(|| profile.get("ca_bundle"))
            .map(PathBuf::from)
    });
    // The SDK asserts that the system has some.
    let system = !rustls_native_certs::load_native_certs().certs.is_empty();
    let store = TrustStore::empty().with_native_roots(system);
    match named {
        Some(file) => Ok(store.with_pem_certificate(certificates(&file)?)),
        None if system || settings.endpoint_url.as_deref().is_some_and(is_plain) => Ok(store),
        None => Err(config("this machine has no certificates to tell AWS by".to_owned())
            .with_hint("install ca-certificates, or name a file: SSL_CERT_FILE, or ca_file=…")),
    }
}

/// The file's bytes, once every certificate in it is one.
fn certificates(file: &Path) -> Result<Vec<u8>> {
    let shown = file.display();
    let bytes = std::fs::read(file)
        .map_err(|error| config(format!("the certificates in {shown} cannot be read: {}", error.kind())))?;
    let broken = || {
        config(format!("{shown} holds something that is not a certificate"))
            .with_hint("it must be PEM: -----BEGIN CERTIFICATE-----")
    };
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(|_| broken())?;
    let (good, bad) = RootCertStore::empty().add_parsable_certificates(certificates);
    if good == 0 || bad > 0 { Err(broken()) } else { Ok(bytes) }
}

/// The proxy for https. Plain http goes straight: it is allowed on this machine, and to the metadata services that
/// hand out credentials, which no proxy reaches.
fn proxy(settings: &Settings, variables: &Variables) -> Result<ProxyConfig> {
    let variable = |names: [&str; 2]| names.iter().find_map(|name| variables.get(*name));
    let set = |value: &&String| !value.is_empty();
    let (address, of) = match &settings.proxy {
        Some(address) => (Some(address), "proxy"),
        None => match variable(["HTTPS_PROXY", "https_proxy"]).filter(set) {
            Some(address) => (Some(address), "HTTPS_PROXY"),
            None => (variable(["ALL_PROXY", "all_proxy"]).filter(set), "ALL_PROXY"),
        },
    };
    let Some(address) = address else {
        return Ok(ProxyConfig::disabled());
    };
    let address = if address.contains("://") { address.clone() } else { format!("http://{address}") };
    // The parser's words would quote the address, and with it a password.
    let proxy = ProxyConfig::https(address).map_err(|_| {
        config(format!("{of} is no address of a proxy")).with_hint("write it as http://host:port")
    })?;
    Ok(match variable(["NO_PROXY", "no_proxy"]) {
        Some(exceptions) if settings.proxy.is_none() => proxy.no_proxy(exceptions),
        _ => proxy,
    })
}

/// Whether this address may be spoken to. `of` says where it was written.
pub(crate) fn check_endpoint(url: &str, of: &str, settings: &Settings) -> Result<()> {
    let Some(host) = host(url) else {
        return Err(config(format!("{of} is no address of a service"))
            .with_hint("write it as https://host or https://host:port, without a user name"));
    };
    if is_plain(url) && !settings.allow_http && !is_loopback(host) {
        return Err(config(format!("{of} is plain http, on which anybody on the way can read the secrets"))
            .with_hint("use https, or say allow_http=true"));
    }
    Ok(())
}

/// The host of an address, without port; `None` if it is none, or has a user name or password in it.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = strip_scheme(url, "https://").or_else(|| strip_scheme(url, "http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    };
    let plain = !authority.contains('@') && !host.is_empty() && !host.contains(char::is_whitespace);
    plain.then_some(host)
}

fn is_plain(url: &str) -> bool {
    strip_scheme(url, "http://").is_some()
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let start = url.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn config(message: String) -> Error {
    Error::config(message)
}

#[cfg(test)]
mod tests;

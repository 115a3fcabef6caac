//! The HTTP client's foundation: whom to trust, what to show, which proxy, how long.

use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::Result;
use reqwest::{Certificate, ClientBuilder, Identity, NoProxy, Proxy, redirect};
use zeroize::Zeroizing;

use crate::settings::{Settings, wrong};

/// A server that is up takes a connection at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP client as the settings want it; it follows no redirect and looks at no environment by itself.
pub(crate) fn http_client(settings: &Settings, https: bool) -> Result<reqwest::Client> {
    let timeout = settings.timeout()?;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("airbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout));
    if let Some(proxy) = proxy(settings, https)? {
        builder = builder.proxy(proxy);
    }
    if https {
        builder = tls(builder, settings)?;
    }
    builder.build().map_err(|_| {
        wrong("TLS cannot be set up: no trusted certificates are installed, or a certificate is damaged")
            .with_hint("install the system's CA certificates, or name a file with ca_file or VAULT_CACERT")
    })
}

fn tls(mut builder: ClientBuilder, settings: &Settings) -> Result<ClientBuilder> {
    if let Some(certificates) = trusted(settings)? {
        builder = builder.tls_certs_only(certificates);
    }
    if let Some(identity) = identity(settings)? {
        builder = builder.identity(identity);
    }
    // As Go's `ParseBool`: an empty or odd text does not switch verification off.
    if settings
        .variable("SKIP_VERIFY")
        .is_some_and(|v| matches!(v, "1" | "t" | "T" | "true" | "True" | "TRUE"))
    {
        let name = settings.variable_name("SKIP_VERIFY");
        tracing::warn!("{name} is set: anybody on the way can pass for the Vault server and take the token");
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    Ok(builder)
}

/// The certificates to trust instead of the system's, in the order in which Vault's own client looks.
fn trusted(settings: &Settings) -> Result<Option<Vec<Certificate>>> {
    if let Some(path) = path(settings, settings.ca_file.as_deref(), "CACERT") {
        return certificates(&path).map(Some);
    }
    if let Some(pem) = settings.variable("CACERT_BYTES") {
        return parse(pem.as_bytes(), &settings.variable_name("CACERT_BYTES")).map(Some);
    }
    let Some(folder) = settings.variable("CAPATH").map(Path::new) else { return Ok(None) };
    let unreadable =
        |error: std::io::Error| wrong(format!("cannot read {}: {}", folder.display(), error.kind()));
    let mut all = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            all.extend(certificates(&path)?);
        }
    }
    Ok(Some(all))
}

fn certificates(path: &Path) -> Result<Vec<Certificate>> {
    parse(&bytes(path)?, &path.display().to_string())
}

fn parse(pem: &[u8], from: &str) -> Result<Vec<Certificate>> {
    let found = Certificate::from_pem_bundle(pem).ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| wrong(format!("{from} holds no certificate in PEM form")))
}

fn identity(settings: &Settings) -> Result<Option<Identity>> {
    let cert = path(settings, settings.client_cert.as_deref(), "CLIENT_CERT");
    let key = path(settings, settings.client_key.as_deref(), "CLIENT_KEY");
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => (cert, key),
        _ => return Err(wrong("a client certificate needs both: client_cert and client_key")),
    };
    let mut pem = bytes(&cert)?;
    pem.push(b'\n');
    pem.extend_from_slice(&bytes(&key)?);
    let wrong = |_| wrong(format!("{} and {} are no certificate and key", cert.display(), key.display()));
    Identity::from_pem(&pem).map(Some).map_err(wrong)
}

fn path(settings: &Settings, given: Option<&Path>, variable: &str) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| settings.variable(variable).map(PathBuf::from))
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let unreadable =
        |error: std::io::Error| wrong(format!("cannot read {}: {}", path.display(), error.kind()));
    std::fs::read(path).map(Zeroizing::new).map_err(unreadable)
}

/// The proxy that Vault's own client would take.
fn proxy(settings: &Settings, https: bool) -> Result<Option<Proxy>> {
    let env = &settings.env;
    // Both spellings are in use; curl prefers the small one.
    let either = |name: &str| env.non_empty(&name.to_lowercase()).or_else(|| env.non_empty(name));
    let usual = if https { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let own = settings.proxy.as_deref().filter(|proxy| !proxy.is_empty());
    let own = own.or_else(|| settings.variable("PROXY_ADDR")).or_else(|| settings.variable("HTTP_PROXY"));
    let Some(url) = own.or_else(|| either(usual)).or_else(|| either("ALL_PROXY")) else { return Ok(None) };
    // Not shown: it may hold a password.
    let proxy = Proxy::all(url).map_err(|_| wrong("the proxy's address is no address"))?;
    // A proxy that was chosen for Vault is meant for every address of it.
    let except = if own.is_some() { None } else { either("NO_PROXY").and_then(NoProxy::from_string) };
    Ok(Some(proxy.no_proxy(except)))
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::{Settings, http_client};

    #[test]
    fn what_cannot_be_read_is_named() {
        let named = Settings { ca_file: Some("/nowhere/ca.pem".into()), ..Settings::default() };
        let error = http_client(&named, true).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("/nowhere/ca.pem"), "{error}");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let env = [("VAULT_CACERT_BYTES", "no certificate")].into_iter().collect();
        let error = http_client(&Settings { env, ..Settings::default() }, true).err().unwrap();
        assert!(error.message().starts_with("VAULT_CACERT_BYTES"), "{error}");
    }

    #[test]
    fn a_certificate_without_a_key_is_refused() {
        let half = Settings { client_cert: Some("/nowhere/cert.pem".into()), ..Settings::default() };
        assert!(http_client(&half, true).err().unwrap().message().contains("client_key"));
    }

    #[test]
    fn a_proxy_without_an_address_is_refused_and_not_shown() {
        let settings = Settings { proxy: Some("http://u:canary@:x".to_owned()), ..Settings::default() };
        let error = http_client(&settings, false).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

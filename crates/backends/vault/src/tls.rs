//! The HTTP client: trusted certificates, client certificate, proxy and timeout.

use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::{Error, Result};
use airbridge_http::{
    Certificates, Proxy, build, client_builder, read_small_file, require_system_certificates,
};
use reqwest::{ClientBuilder, Identity};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::settings::Settings;

/// The most time to establish a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP client as configured. It follows no redirects and reads no environment variables by itself.
pub(crate) fn http_client(settings: &Settings, address: &Address) -> Result<reqwest::Client> {
    verified(settings)?;
    let mut builder = client_builder(settings.timeout()?, CONNECT_TIMEOUT);
    if let Some(proxy) = proxy(settings, address.is_https())? {
        builder = builder.proxy(proxy.to_reqwest()?);
    }
    builder = if address.is_https() {
        tls(builder, settings, address)?
    } else {
        // Without TLS the system's certificates are not loaded.
        builder.tls_certs_only([])
    };
    build(builder)
}

/// Rejects a variable that turns the verification of certificates off. True is what Go's `ParseBool` reads as true;
/// with any other value Vault's own tools verify, too, or stop.
fn verified(settings: &Settings) -> Result<()> {
    let skips = |value| matches!(value, "1" | "t" | "T" | "true" | "True" | "TRUE");
    if !settings.variable("SKIP_VERIFY").is_some_and(skips) {
        return Ok(());
    }
    let name = settings.variable_name("SKIP_VERIFY");
    Err(Error::config(format!("`{name}` is not supported: airbridge always verifies TLS certificates"))
        .with_hint(format!(
            "unset `{name}`, and name the file of the certificate authority with `ca_file` or `VAULT_CACERT`"
        )))
}

fn tls(builder: ClientBuilder, settings: &Settings, address: &Address) -> Result<ClientBuilder> {
    let builder = if let Some(certificates) = trusted(settings)? {
        builder.tls_certs_only(certificates)
    } else {
        require_system_certificates(address.shown())?;
        builder
    };
    Ok(match identity(settings)? {
        Some(identity) => builder.identity(identity),
        None => builder,
    })
}

/// The certificates to trust instead of the system's, searched in the order of Vault's own client.
fn trusted(settings: &Settings) -> Result<Option<Vec<reqwest::Certificate>>> {
    if let Some(path) = path(settings, settings.ca_file.as_deref(), "CACERT") {
        return Ok(Some(Certificates::read(&path)?.into_reqwest()));
    }
    if let Some(pem) = settings.variable("CACERT_BYTES") {
        let origin = format!("`{}`", settings.variable_name("CACERT_BYTES"));
        return Ok(Some(Certificates::parse(pem.into(), &origin)?.into_reqwest()));
    }
    let Some(folder) = settings.variable("CAPATH").map(Path::new) else { return Ok(None) };
    let unreadable = |error: std::io::Error| cannot_read(folder, &airbridge_core::why(&error));
    let mut all = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            all.extend(Certificates::read(&path)?.into_reqwest());
        }
    }
    Ok(Some(all))
}

/// The certificate that identifies this client to the server, with its key.
fn identity(settings: &Settings) -> Result<Option<Identity>> {
    let cert = path(settings, settings.client_cert.as_deref(), "CLIENT_CERT");
    let key = path(settings, settings.client_key.as_deref(), "CLIENT_KEY");
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => (cert, key),
        (cert, _) => {
            let missing = if cert.is_some() { "key" } else { "certificate" };
            return Err(Error::config(format!(
                "the client certificate is incomplete: there is no {missing}"
            ))
            .with_hint(
                "set `cert` to a file that has both, or set both `VAULT_CLIENT_CERT` and `VAULT_CLIENT_KEY`",
            ));
        }
    };
    let mut pem = bytes(&cert)?;
    if key != cert {
        let key = bytes(&key)?;
        let mut both = Zeroizing::new(Vec::with_capacity(pem.len() + 1 + key.len()));
        both.extend_from_slice(&pem);
        both.push(b'\n');
        both.extend_from_slice(&key);
        pem = both;
    }
    let invalid = |_| {
        let files = if key == cert { String::new() } else { format!(" and {}", key.display()) };
        Error::config(format!("no PEM certificate with its key found in {}{files}", cert.display()))
    };
    Identity::from_pem(&pem).map(Some).map_err(invalid)
}

fn path(settings: &Settings, given: Option<&Path>, variable: &str) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| settings.variable(variable).map(PathBuf::from))
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    read_small_file(path).map_err(|why| cannot_read(path, &why))
}

fn cannot_read(path: &Path, why: &str) -> Error {
    Error::config(format!("cannot read {}: {why}", path.display()))
}

/// The proxy that Vault's own client would use. One that is configured for Vault is used for every address.
fn proxy(settings: &Settings, https: bool) -> Result<Option<Proxy>> {
    if let Some(proxy) = settings.proxy.as_deref().filter(|proxy| !proxy.is_empty()) {
        return Proxy::new(proxy, "`proxy`").map(Some);
    }
    for name in ["PROXY_ADDR", "HTTP_PROXY"] {
        if let Some(proxy) = settings.variable(name) {
            return Proxy::new(proxy, &format!("`{}`", settings.variable_name(name))).map(Some);
        }
    }
    Proxy::from_env(&settings.env, https)
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Environment, ErrorKind};

    use super::{Address, Settings};

    fn http_client(settings: &Settings, https: bool) -> airbridge_core::Result<reqwest::Client> {
        let url = if https { "https://127.0.0.1" } else { "http://127.0.0.1" };
        let address = Address::new(&Settings { url: Some(url.to_owned()), ..Settings::default() })?;
        super::http_client(settings, &address)
    }

    #[test]
    fn unreadable_ca_file_is_named() {
        let named = Settings { ca_file: Some("/nowhere/ca.pem".into()), ..Settings::default() };
        let error = http_client(&named, true).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("/nowhere/ca.pem"), "{error}");
    }

    #[test]
    fn invalid_ca_certificate_is_rejected() {
        let env = [("VAULT_CACERT_BYTES", "no certificate")].into_iter().collect();
        let error = http_client(&Settings { env, ..Settings::default() }, true).err().unwrap();
        assert!(error.message().starts_with("`VAULT_CACERT_BYTES`"), "{error}");
    }

    #[test]
    fn client_certificate_without_its_key_is_rejected() {
        let half = Settings { client_cert: Some("/nowhere/cert.pem".into()), ..Settings::default() };
        let error = http_client(&half, true).err().unwrap();
        assert!(error.message().contains("no key") && error.hint().unwrap().contains("`cert`"), "{error:?}");
    }

    #[test]
    fn proxy_without_a_valid_address_is_rejected_and_not_shown() {
        let settings = Settings { proxy: Some("http://u:canary@:x".to_owned()), ..Settings::default() };
        let error = http_client(&settings, false).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    fn with_env(env: Environment, https: bool) -> airbridge_core::Result<reqwest::Client> {
        http_client(&Settings { env, ..Settings::default() }, https)
    }

    #[test]
    fn skip_verify_that_is_true_is_rejected_with_a_hint_to_ca_file() {
        for name in ["VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY"] {
            for value in ["1", "t", "T", "true", "True", "TRUE"] {
                for https in [false, true] {
                    let error = with_env([(name, value)].into_iter().collect(), https).err().unwrap();
                    assert_eq!(error.kind(), ErrorKind::Config);
                    assert!(error.message().contains(name), "{error}");
                    let hint = error.hint().unwrap();
                    assert!(hint.contains("`ca_file`") && hint.contains("`VAULT_CACERT`"), "{hint}");
                }
            }
        }
    }

    #[test]
    fn skip_verify_that_is_false_or_empty_is_accepted() {
        for name in ["VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY"] {
            for value in ["", "0", "f", "F", "false", "False", "FALSE"] {
                assert!(with_env([(name, value)].into_iter().collect(), true).is_ok(), "{name}={value}");
            }
        }
        let openbao_wins = [("VAULT_SKIP_VERIFY", "true"), ("BAO_SKIP_VERIFY", "")];
        assert!(with_env(openbao_wins.into_iter().collect(), true).is_ok());
    }

    #[test]
    fn skip_verify_with_the_prefix_of_this_side_is_rejected() {
        let all: Environment =
            [("OLD_VAULT_SKIP_VERIFY", "true"), ("VAULT_TOKEN", "t")].into_iter().collect();
        assert!(with_env(all.with_prefix("OLD_"), true).is_err());
        assert!(with_env(all.with_prefix("NEW_"), true).is_ok());
    }
}

//! Connections that could not be made, or that broke.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::ConnectError;

/// The error for a failed connection to `place`. `once_sent` is its kind if the request may have been sent.
///
/// Nothing of the HTTP client's own message is passed on.
pub(crate) fn connection_error(
    operation: Operation,
    once_sent: ErrorKind,
    place: &str,
    fault: &reqwest::Error,
) -> Error {
    if let Some(unmade) = ConnectError::of(fault) {
        return Error::new(unmade.kind(), operation, unmade.about(place)).with_hint(hint(unmade));
    }
    let what = if fault.is_timeout() { "did not answer in time" } else { "closed the connection" };
    Error::new(once_sent, operation, format!("{place} {what}"))
}

fn hint(error: ConnectError) -> &'static str {
    match error {
        ConnectError::Untrusted(_) => {
            "set `ca_file` or SSL_CERT_FILE to the certificate of the authority that signed it"
        }
        ConnectError::NoTls | ConnectError::Tls | ConnectError::WantsCertificate => {
            "check the port of `vault_url`, and `proxy` or HTTPS_PROXY"
        }
        ConnectError::NoSuchHost => {
            "check `vault_url`: a vault that does not exist or was deleted has no address, and a private one resolves in its own network only"
        }
        ConnectError::ProxyPassword => "set `proxy` or HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT",
        ConnectError::Proxy => "check `proxy`, HTTPS_PROXY and NO_PROXY",
        ConnectError::TimedOut => {
            "check whether the vault requires a private network or a proxy (`proxy`, HTTPS_PROXY)"
        }
        ConnectError::Refused | ConnectError::NoConnection => {
            "check `vault_url`, and whether a proxy is required (`proxy`, HTTPS_PROXY)"
        }
    }
}

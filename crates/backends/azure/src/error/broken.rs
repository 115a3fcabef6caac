//! A connection that was not made, or broke.

use airbridge_core::{Error, ErrorKind, Operation};
use airbridge_http::ConnectError;

/// What a fault of the connection to `place` means; `doubt` is its kind once the request may have left. A vendor's
/// error is looked through for what happened and then dropped.
pub(crate) fn broken(operation: Operation, doubt: ErrorKind, place: &str, fault: &reqwest::Error) -> Error {
    if let Some(unmade) = ConnectError::of(fault) {
        return Error::new(unmade.kind(), operation, unmade.about(place)).with_hint(way_out(unmade));
    }
    let what = if fault.is_timeout() { "did not answer in time" } else { "cut the connection" };
    Error::new(doubt, operation, format!("{place} {what}"))
}

fn way_out(unmade: ConnectError) -> &'static str {
    match unmade {
        ConnectError::Untrusted(_) => "name the certificate authority's file: ca_file=… or SSL_CERT_FILE",
        ConnectError::NotTls | ConnectError::Tls | ConnectError::ClientCertificateRequired => {
            "check the port of the address, and the proxy"
        }
        ConnectError::NoSuchHost => {
            "check the name: a vault that does not exist, or was deleted, has no address; a private one needs its network"
        }
        ConnectError::ProxyAuthentication => {
            "write it into the proxy's address: http://user:password@host:port"
        }
        ConnectError::Proxy => "check proxy, HTTPS_PROXY and NO_PROXY",
        ConnectError::TimedOut => "check whether a proxy or a private network is needed",
        ConnectError::Refused | ConnectError::NoConnection => {
            "check the address, and whether a proxy is needed"
        }
    }
}

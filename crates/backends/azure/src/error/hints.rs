//! What users can check if a connection cannot be made.

use airbridge_http::ConnectHints;

const CERTIFICATE: &str = "set `ca_file` or SSL_CERT_FILE to a PEM file of the certificate authority";
const PROXY: &str = "check `proxy`, HTTPS_PROXY and NO_PROXY";

/// For connections to the vault.
pub(crate) const VAULT: ConnectHints = ConnectHints {
    certificate: CERTIFICATE,
    address: "check `vault_url`, `proxy` and HTTPS_PROXY; a deleted vault has no address, and a private one can be reached from its network only",
    proxy: PROXY,
};

/// For connections to the token service of a directory.
pub(crate) const TOKEN_SERVICE: ConnectHints = ConnectHints {
    certificate: CERTIFICATE,
    address: "check AZURE_AUTHORITY_HOST, `proxy`, HTTPS_PROXY and the network",
    proxy: PROXY,
};

/// For connections to the identity service of this machine, which uses neither TLS nor a proxy.
pub(crate) const IDENTITY_SERVICE: ConnectHints = {
    let address = "check IDENTITY_ENDPOINT, or AZURE_POD_IDENTITY_AUTHORITY_HOST if it is set";
    ConnectHints { certificate: address, address, proxy: address }
};

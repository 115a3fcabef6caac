//! The HTTP clients for the vault, the token service and the identity service of the machine.

use std::time::Duration;

use airbridge_core::Result;
use airbridge_http::{HttpOptions, build, client_builder};

use crate::settings::Settings;
use crate::vault::Vault;

/// Maximum time to connect to the machine's identity service, which most machines do not have.
const IDENTITY_CONNECT: Duration = Duration::from_secs(1);
/// Maximum duration of a request to it.
const IDENTITY_ANSWER: Duration = Duration::from_secs(5);

/// The HTTP client of one endpoint, for the vault and for the token service.
pub(crate) fn http_client(settings: &Settings, vault: &Vault) -> Result<reqwest::Client> {
    let options = HttpOptions {
        timeout: settings.timeout,
        ca_file: settings.ca_file.clone(),
        proxy: settings.proxy.clone(),
        allow_http: false,
    };
    options.client(vault.address(), &settings.env)
}

/// The HTTP client for the identity service of this machine, which cannot be reached through a proxy.
pub(crate) fn identity_client() -> Result<reqwest::Client> {
    // The service uses plain http, so no certificates are needed.
    build(client_builder(IDENTITY_ANSWER, IDENTITY_CONNECT).tls_certs_only([]))
}

//! A `reqwest` client that does nothing on its own account.

use std::time::Duration;

use airbridge_core::{Error, Result};
use reqwest::{ClientBuilder, redirect};

/// A `reqwest` client that gives up connecting after `connect_timeout` and a call after `timeout`.
///
/// It follows no redirect and sends no referer, because a token must not reach another host, and it uses no proxy until
/// one is added.
pub fn client_builder(timeout: Duration, connect_timeout: Duration) -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("airbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .timeout(timeout)
        .connect_timeout(connect_timeout.min(timeout))
}

/// Builds the client.
///
/// # Errors
/// `Config` if TLS cannot be set up.
pub fn build(builder: ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|_| {
        Error::config("cannot set up TLS: this machine has no CA certificates, or one is damaged")
            .with_hint("install the package ca-certificates, or name a PEM file with `ca_file`")
    })
}

#![doc = include_str!("../README.md")]

mod address;
mod call;
mod check;
mod client;
mod descriptor;
mod diagnose;
mod error;
mod identity;
mod kv;
mod middleware;
mod mount;
mod name;
mod policy;
mod request;
mod session;
mod settings;
mod sign_in;
mod store;
mod tls;
mod transport;
mod walk;

use std::sync::Arc;

use airbridge_core::{Result, SecretStore};

pub use settings::{AuthType, Settings};

/// Opens a store: checks that the server can serve requests, signs in, and finds the mount and its version.
///
/// # Errors
///
/// `Config` for settings that cannot work, an untrusted certificate, a sealed or uninitialised server, and a mount that
/// does not exist or is not a key-value engine; `Unreachable` if there is no connection; `Unauthenticated` if there is
/// no token, or the server rejects the token or the login; `RateLimited` and `Unavailable` for temporary faults.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    Ok(Arc::new(store::VaultStore::open(&settings).await?))
}

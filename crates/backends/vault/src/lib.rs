#![doc = include_str!("../README.md")]

mod address;
mod check;
mod client;
mod descriptor;
mod error;
mod kv;
mod mount;
mod name;
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

/// Looks whether the server is fit to serve, signs in, and finds the mount and its version.
///
/// # Errors
///
/// `Config` for settings that cannot work, a sealed or uninitialised server, a mount that is not there or holds no
/// key-value secrets, and an untrusted certificate; `Unreachable` if nobody answers; `Unauthenticated` if the token
/// or the login is not accepted; `RateLimited` and `Unavailable` for what passes.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    Ok(Arc::new(store::VaultStore::open(&settings).await?))
}

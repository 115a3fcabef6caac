//! An HTTP key-value service as a store. Its entity tags are the versions. `docs/adding-a-backend.md` describes how it was written.

mod client;
mod error;
mod settings;
mod store;

use std::sync::Arc;

use airbridge_core::{Result, SecretStore};

use client::Client;
use store::KvStore;

pub use settings::Settings;

/// Opens the store. Sends no request.
///
/// # Errors
///
/// `Config` for settings that cannot be used, `Unauthenticated` without a token.
#[expect(clippy::unused_async, reason = "most services are asked for a token here")]
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    Ok(Arc::new(KvStore::new(Client::new(&settings)?)))
}

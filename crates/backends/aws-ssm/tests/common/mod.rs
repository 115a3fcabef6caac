//! Stores of this service, and the SDK's own client to compare with.

#![expect(dead_code, reason = "each test file uses its part")]
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::sync::Arc;

use airbridge_backend_aws_ssm::{Settings, open};
use airbridge_backend_aws_testing::{Canned, Server};
use airbridge_core::SecretStore;
use aws_sdk_ssm::Client;

/// Settings that lead to `account`.
pub(crate) fn settings(server: Server, account: &str, region: &str) -> Settings {
    Settings { sign_in: server.sign_in(account, region), ..Settings::default() }
}

/// A store of `account`.
pub(crate) async fn store(server: Server, account: &str, region: &str) -> Arc<dyn SecretStore> {
    open(settings(server, account, region)).await.expect("the store opens")
}

/// The SDK's own client of `account`.
pub(crate) async fn witness(server: Server, account: &str, region: &str) -> Client {
    Client::new(&server.witness(account, region).await)
}

/// A service with canned answers, and a store that uses it.
pub(crate) async fn stand_in() -> Canned {
    stand_in_with(Settings::default()).await
}

/// The same with other settings. Its address and credentials are replaced.
pub(crate) async fn stand_in_with(settings: Settings) -> Canned {
    Canned::new("AmazonSSM", async |sign_in| open(Settings { sign_in, ..settings }).await).await
}

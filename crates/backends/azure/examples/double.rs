//! Runs the test double of Azure Key Vault as a server, for tests of the whole program and for manual tests.
//!
//! Prints its addresses and credentials as one line of JSON, and stops when its standard input ends:
//!
//! ```sh
//! cargo run -p airbridge-backend-azure --example double
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for tests")]

#[path = "../tests/double/mod.rs"]
mod double;

use serde_json::json;
use tokio::io::{AsyncReadExt, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let double = double::Double::start().await;
    println!(
        "{}",
        json!({
            "vault_url": double.url(),
            "ca_file": double.ca(),
            // Also a proxy, through which every `https://NAME.vault.azure.net` leads to the double.
            "plain": double.plain(),
            "IDENTITY_ENDPOINT": format!("{}/msi/token", double.plain()),
            "IDENTITY_HEADER": double::identity::HEADER,
            "AZURE_TENANT_ID": double::TENANT,
            "AZURE_CLIENT_SECRET": double::identity::SECRET,
        })
    );
    stdin().read_to_end(&mut Vec::new()).await.unwrap();
}

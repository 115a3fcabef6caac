//! The suite that every adapter must pass, on the server of this folder.

mod support;

use support::{Server, subject};

#[tokio::test]
async fn kv_passes_the_suite() {
    let server = Server::start();
    airbridge_conformance::run(subject(server.url.clone()).await).await;
}

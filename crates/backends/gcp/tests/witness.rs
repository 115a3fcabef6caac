//! Google's own client says whether the servers that stand in for the service do so.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::process::Command;

use common::double::Double;
use common::server;

/// Runs the script with Google's client; it ends with an error at the first thing that is not as it should be.
async fn agrees(url: String, how: &'static str) {
    let python = server("AIRBRIDGE_TEST_GOOGLE_PYTHON");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/witness.py");
    let run = move || Command::new(python).args([script, &url, how]).output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("Python starts");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complained}");
    assert_eq!(said.trim(), "as the service does it");
}

#[tokio::test]
async fn googles_client_agrees_with_the_double() {
    let double = Double::new().await;
    agrees(double.url(), "strict").await;
    // A guard against a script that asks for nothing.
    assert!(double.calls().len() > 40, "{} calls", double.calls().len());
}

#[tokio::test]
async fn googles_client_agrees_with_the_emulator() {
    agrees(server("AIRBRIDGE_TEST_DRONGO"), "emulator").await;
}

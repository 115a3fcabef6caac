//! Over TLS, as the service has it. Google's library reads `SSL_CERT_FILE` of the process, so this takes a process of its own.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;
#[path = "common/secure.rs"]
mod secure;

use std::env;

use airbridge_core::ErrorKind;
use common::double::Double;
use common::{create, list, made, read, settings, store, write};
use secure::Secure;
use tokio::process::Command;

/// Where the process within finds the double.
const URL: &str = "AIRBRIDGE_TEST_SECURE_DOUBLE";

#[tokio::test]
async fn a_private_authority_is_trusted_by_the_process() {
    if let Ok(url) = env::var(URL) {
        let store = store(settings("acme", &url)).await;
        for number in 0..3 {
            assert_eq!(write(&*store, &format!("a{number}"), create("value")).await, Ok(made("1")));
        }
        assert_eq!(list(&*store, "a").await.map(|names| names.len()), Ok(3));
        assert!(read(&*store, "a0").await.unwrap().is_some());
        return;
    }
    let double = Double::new().await;
    let secure = Secure::before(&double.url()).await;
    let within = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_private_authority_is_trusted_by_the_process"])
        .env("SSL_CERT_FILE", secure.authority())
        .env(URL, secure.url())
        .output()
        .await
        .expect("the test starts itself");
    assert!(within.status.success(), "{}", String::from_utf8_lossy(&within.stdout));
    assert_eq!((double.count("POST secret"), double.count("GET access")), (3, 1), "{:?}", double.calls());

    // Nobody told this process of that authority.
    let error = list(&*store(settings("acme", secure.url())).await, "").await.expect_err("untrusted");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().is_some_and(|hint| hint.contains("SSL_CERT_FILE")), "{error:?}");
}

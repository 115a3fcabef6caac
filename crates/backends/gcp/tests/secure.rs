//! The store over TLS. Google's library reads `SSL_CERT_FILE` of the process, so the test starts itself as a child process.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

mod common;
#[path = "common/secure.rs"]
mod secure;

use std::env;

use airbridge_core::ErrorKind;
use common::double::Double;
use common::{create, list, made, read, settings, store, write};
use secure::Secure;
use tokio::process::Command;

/// The address of the double, for the child process.
const URL: &str = "AIRBRIDGE_TEST_SECURE_DOUBLE";

#[tokio::test]
async fn private_certificate_authority_is_trusted_through_ssl_cert_file() {
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
        .args(["--exact", "private_certificate_authority_is_trusted_through_ssl_cert_file"])
        .env("SSL_CERT_FILE", secure.authority())
        .env(URL, secure.url())
        .output()
        .await
        .expect("the test can start itself");
    assert!(within.status.success(), "{}", String::from_utf8_lossy(&within.stdout));
    assert_eq!((double.count("POST secret"), double.count("GET access")), (3, 1), "{:?}", double.calls());

    // This process does not trust that authority.
    let error = list(&*store(settings("acme", secure.url())).await, "").await.expect_err("untrusted");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().is_some_and(|hint| hint.contains("SSL_CERT_FILE")), "{error:?}");
}

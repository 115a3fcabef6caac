//! Which response means which error. The replies are recordings of the real service.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

#[expect(dead_code, reason = "other test files use the rest")]
mod common;
mod double;

use std::time::Duration;

use airbridge_core::{Action, Error, ErrorKind, NamePrefix, Payload};
use common::{create, opened, read, write};
use double::replies::{self, Reply};
use double::{Double, Fault, TENANT};

/// The errors of a read, a create and a listing that all get `reply`.
async fn all(reply: Reply) -> [Error; 3] {
    let (double, store) = opened().await;
    for method in ["GET", "PUT"] {
        double.answer(method, "/secrets", reply.clone());
    }
    let list = store.list_page(&NamePrefix::new(""), None).await.unwrap_err();
    let read = read(&*store, "a").await.unwrap_err();
    // The read before the create must succeed.
    double.heal();
    double.answer("PUT", "/secrets", reply);
    let errors = [read, create(&*store, "a", "canary").await.unwrap_err(), list];
    for error in &errors {
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains("canary"), "{shown}");
    }
    errors
}

async fn kinds(reply: Reply) -> [ErrorKind; 3] {
    all(reply).await.map(|error| error.kind())
}

#[tokio::test]
async fn throttling_is_reported_with_the_delay_that_the_service_asks_for() {
    let [error, ..] = all(replies::throttled()).await;
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, None));
    assert_eq!(error.request_id(), Some("6d1b5c0e-3f6f-4a8e-9c5c-0123456789ab"));
    for (header, value, millis) in
        [("retry-after", "3", 3000), ("retry-after-ms", "40", 40), ("x-ms-retry-after-ms", "50", 50)]
    {
        let [read, create, list] = all(replies::throttled().with(header, value)).await;
        for error in [read, create, list] {
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.retry_after(), Some(Duration::from_millis(millis)), "{header}");
        }
    }
}

#[tokio::test]
async fn write_that_the_service_fails_is_uncertain() {
    for status in [408, 500, 502, 503, 504] {
        let expected = [ErrorKind::Unavailable, ErrorKind::AnswerLost, ErrorKind::Unavailable];
        assert_eq!(kinds(replies::failed(status)).await, expected, "{status}");
        assert_eq!(kinds(Reply::page(status)).await, expected, "{status}");
    }
}

#[tokio::test]
async fn denied_call_names_the_permission_and_the_role() {
    let [read, create, list] = all(replies::denied("ForbiddenByRbac")).await;
    for (error, permission) in [(&read, "getSecret"), (&create, "setSecret"), (&list, "readMetadata")] {
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.message().contains(&format!("secrets/{permission} (ForbiddenByRbac)")), "{error}");
    }
    assert!(read.hint().unwrap().contains("Key Vault Secrets User"));
    assert!(create.hint().unwrap().contains("Key Vault Secrets Officer"));
    for code in ["ForbiddenByPolicy", "AccessDenied"] {
        let [read, create, _] = all(replies::denied(code)).await;
        assert_eq!(read.kind(), ErrorKind::PermissionDenied);
        assert!(read.hint().unwrap().contains("--secret-permissions get"), "{:?}", read.hint());
        assert!(create.hint().unwrap().contains("--secret-permissions set"));
    }
}

#[tokio::test]
async fn firewall_block_ends_the_run() {
    let [read, create, list] = all(replies::firewall()).await;
    for error in [read, create, list] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("firewall") && error.hint().unwrap().contains("network-rule"));
    }
}

#[tokio::test]
async fn rejected_token_ends_the_run_and_names_the_directory() {
    let asked = replies::challenge("11111111-2222-3333-4444-555555555555", "https://vault.azure.net");
    let [read, ..] = all(replies::wrong_issuer(&asked)).await;
    assert_eq!(read.kind(), ErrorKind::Unauthenticated);
    assert!(read.message().contains("AKV10032"), "{read}");
    assert!(read.hint().unwrap().contains("az login --tenant 11111111-2222-3333-4444-555555555555"));
    let [read, ..] = all(replies::wrong_audience(&asked)).await;
    assert!(read.message().contains("AKV10022") && read.hint().unwrap().contains("AZURE_AUTHORITY_HOST"));
}

#[tokio::test]
async fn rejected_name_or_value_fails_the_entry() {
    assert_eq!(kinds(replies::bad_name("a")).await[..2], [ErrorKind::InvalidName; 2]);
    assert_eq!(kinds(replies::no_method()).await[..2], [ErrorKind::InvalidName; 2]);
    assert_eq!(kinds(replies::bad_parameter("The value is too long.")).await[1], ErrorKind::InvalidPayload);
    assert_eq!(
        kinds(replies::error(413, "RequestEntityTooLarge", "x", None)).await[1],
        ErrorKind::InvalidPayload
    );
}

#[tokio::test]
async fn server_that_is_not_a_vault_ends_the_run() {
    for reply in [Reply::page(200), Reply::page(302), Reply::page(403), Reply::page(404), Reply::page(511)] {
        let status = reply.status;
        let expected = if status == 511 { ErrorKind::Unavailable } else { ErrorKind::Config };
        assert_eq!(kinds(reply).await[2], expected, "{status}");
    }
    let [error, ..] = all(Reply::page(407)).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("requires authentication (HTTP 407)"), "{error}");
    assert!(error.hint().unwrap().contains("USER:PASSWORD"));
}

#[tokio::test]
async fn conflicts_are_reserved_names_or_passing_faults() {
    let (double, store) = opened().await;
    let next = async |reply| {
        double.fail("PUT", "/secrets/a", 1, Fault::Answer(reply));
        create(&*store, "a", "x").await.unwrap_err()
    };
    let reserved = next(replies::deleted("a")).await;
    assert_eq!(reserved.kind(), ErrorKind::NameReserved);
    assert!(reserved.hint().unwrap().contains("az keyvault secret recover --vault-name localhost --name a"));
    for passing in [
        replies::being_deleted("a"),
        replies::being_recovered("a"),
        replies::error(409, "Conflict", "A concurrent operation is in progress.", None),
    ] {
        assert_eq!(next(passing).await.kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn lost_answer_makes_writes_uncertain_but_not_reads() {
    let (double, store) = opened().await;
    double.fail("GET", "/secrets/a", 1, Fault::Lose);
    assert_eq!(read(&*store, "a").await.unwrap_err().kind(), ErrorKind::Unavailable);
    double.fail("PUT", "/secrets/a", 1, Fault::Lose);
    assert_eq!(create(&*store, "a", "x").await.unwrap_err().kind(), ErrorKind::AnswerLost);
    assert_eq!(double.seen("a").0, 1);

    let slow = airbridge_backend_azure::Settings {
        timeout: Some(Duration::from_secs(2)),
        ..common::settings(&double)
    };
    let store = airbridge_backend_azure::open(slow).await.unwrap();
    double.fail("PUT", "/secrets/b", 1, Fault::Delay(Duration::from_secs(30)));
    let error = create(&*store, "b", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerLost);
    assert!(error.message().contains("in time"), "{error}");
    double.fail("DELETE", "/secrets/a", 1, Fault::Lose);
    let lost = write(&*store, "a", Action::Delete { expect: None }).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::AnswerLost);
}

async fn opening(double: &Double, change: impl FnOnce(&mut airbridge_backend_azure::Settings)) -> Error {
    let mut settings = common::settings(double);
    change(&mut settings);
    let error = airbridge_backend_azure::open(settings).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    error
}

#[tokio::test]
async fn opening_something_else_than_a_vault_says_what_is_wrong() {
    let double = Double::start().await;
    for (reply, kind) in [
        (Reply::page(200), ErrorKind::Config),
        (Reply::page(404), ErrorKind::Config),
        (Reply::ok(&serde_json::json!({"value": [], "nextLink": null})), ErrorKind::Config),
        (replies::error(401, "Unauthorized", "canary", None), ErrorKind::Config),
        (replies::firewall(), ErrorKind::Config),
        (replies::throttled(), ErrorKind::RateLimited),
        (replies::failed(503), ErrorKind::Unavailable),
    ] {
        let status = reply.status;
        double.fail("GET", "/secrets", 1, Fault::Answer(reply));
        assert_eq!(opening(&double, |_| ()).await.kind(), kind, "{status}");
    }
    let closed_port =
        opening(&double, |settings| settings.vault_url = "https://127.0.0.1:1".to_owned()).await;
    assert_eq!(closed_port.kind(), ErrorKind::Unreachable);
    let unknown =
        opening(&double, |settings| settings.vault_url = "https://no-such-host.invalid".to_owned()).await;
    assert_eq!(unknown.kind(), ErrorKind::Unreachable);
    assert!(unknown.hint().unwrap().contains("deleted"), "{unknown:?}");
    let plain = double.plain().replace("http:", "https:");
    let plain = opening(&double, |settings| settings.vault_url = plain).await;
    assert_eq!(plain.kind(), ErrorKind::Config);
    let other_name = opening(&double, |settings| {
        settings.vault_url = double.url().replace("localhost", "127.0.0.2");
    });
    // The certificate is for another name. Some machines have no such address.
    assert!(matches!(other_name.await.kind(), ErrorKind::Config | ErrorKind::Unreachable));
}

#[tokio::test]
async fn certificate_of_an_unknown_authority_is_not_trusted() {
    let (double, other) = (Double::start().await, Double::start().await);
    let error = opening(&double, |settings| settings.ca_file = Some(other.ca().to_owned())).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.message().contains("not trusted") && error.hint().unwrap().contains("ca_file"),
        "{error:?}"
    );
    assert!(double.sign_ins().is_empty());
}

#[tokio::test]
async fn vault_that_asks_for_the_token_of_another_service_gets_none() {
    let double = Double::start().await;
    let error = opening(&double, |settings| settings.verify_challenge_resource = None).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("asks for a token for vault.azure.net; no token was sent"), "{error}");
    // In Microsoft's own domains the check cannot be turned off.
    let challenge = replies::challenge(TENANT, "https://management.azure.com");
    double.switch(|switches| switches.challenge = Some(challenge));
    let error = opening(&double, |settings| {
        settings.vault_url = "acme".to_owned();
        settings.proxy = Some(double.plain());
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("management.azure.com"), "{error}");
    assert!(double.sign_ins().is_empty(), "a token was acquired");
}

#[tokio::test]
async fn next_page_on_another_host_is_not_requested() {
    let (double, store) = opened().await;
    for n in 0..26 {
        double.put(&format!("a{n}"), "x", &serde_json::json!({}));
    }
    double.switch(|switches| switches.next_host = Some("elsewhere.test".to_owned()));
    let first = store.list_page(&NamePrefix::new(""), None).await.unwrap();
    let error = store.list_page(&NamePrefix::new(""), first.next.as_ref()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("elsewhere.test"), "{error}");
}

#[tokio::test]
async fn unreadable_response_makes_a_write_uncertain() {
    let (double, store) = opened().await;
    let broken = Reply { body: "{\"id\": canary".to_owned(), ..Reply::ok(&serde_json::json!({})) };
    double.fail("PUT", "/secrets/a", 1, Fault::Answer(broken.clone()));
    assert_eq!(create(&*store, "a", "x").await.unwrap_err().kind(), ErrorKind::AnswerLost);
    double.fail("GET", "/secrets/a", 1, Fault::Answer(broken));
    let error = read(&*store, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!format!("{error:?}").contains("canary"));
    let replace = Action::Replace { payload: Payload::text("x"), expect: None };
    assert_eq!(write(&*store, "a", replace).await.unwrap_err().kind(), ErrorKind::NotFound);
}

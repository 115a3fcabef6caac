//! Region and address, as far as they differ from `airbridge-backend-aws`, which tests the shared code.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use airbridge_backend_aws_ssm::{Settings, SignIn, open};
use airbridge_backend_aws_testing::{REGION, environment};
use airbridge_core::{Environment, ErrorKind};

const KEY: (&str, &str) = ("AWS_ACCESS_KEY_ID", "111122223333");

fn settings(env: Environment) -> Settings {
    let sign_in = SignIn { region_name: Some(REGION.to_owned()), env, ..SignIn::default() };
    Settings { sign_in, ..Settings::default() }
}

async fn place(env: Environment) -> String {
    open(settings(env)).await.expect("the store opens").descriptor().place.clone()
}

#[tokio::test]
async fn address_of_this_service_takes_precedence_and_that_of_another_is_ignored() {
    assert_eq!(place(environment([KEY])).await, "aws-ssm:us-east-1 (account 111122223333)");
    let general = ("AWS_ENDPOINT_URL", "https://all.test");
    let other = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://sm.test");
    let own = ("AWS_ENDPOINT_URL_SSM", "https://ssm.test");
    let at = |url: &str| format!("aws-ssm:us-east-1 (account 111122223333, {url})");
    assert_eq!(place(environment([KEY, general, other])).await, at("https://all.test"));
    assert_eq!(place(environment([KEY, general, other, own])).await, at("https://ssm.test"));
    let private = ("AWS_ENDPOINT_URL_SSM", "https://vpce-1-x.ssm.us-east-1.vpce.amazonaws.com");
    assert_eq!(place(environment([KEY, private])).await, place(environment([KEY])).await);
}

#[tokio::test]
async fn plain_http_is_rejected_with_the_name_of_the_variable() {
    let env = environment([KEY, ("AWS_ENDPOINT_URL_SSM", "http://ssm.test")]);
    let error = open(settings(env)).await.expect_err("plain http");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("AWS_ENDPOINT_URL_SSM"), "{error}");
}

#[tokio::test]
async fn missing_region_is_reported_with_the_scheme_of_this_service() {
    let sign_in = SignIn { env: environment([KEY]), ..SignIn::default() };
    let error = open(Settings { sign_in, ..Settings::default() }).await.expect_err("no region");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().is_some_and(|hint| hint.contains("aws-ssm:REGION")), "{error:?}");
}

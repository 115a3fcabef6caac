//! Region, profile, credentials, addresses, certificates and proxies.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::io::Write;
use std::path::Path;

use airbridge_backend_aws::{AssumeRole, HttpOptions, SignIn, open};
use airbridge_backend_aws_testing::{REGION, create, environment, failure, fine, read, write};
use airbridge_core::{Environment, Error, ErrorKind, NamePrefix};
use serde_json::json;
use tempfile::NamedTempFile;
use wiremock::matchers::{body_string_contains, header_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn settings(env: Environment) -> SignIn {
    SignIn { region_name: Some(REGION.to_owned()), env, ..SignIn::default() }
}

fn keys() -> Environment {
    environment([("AWS_ACCESS_KEY_ID", "111122223333")])
}

async fn place(settings: SignIn) -> String {
    open(settings.into()).await.expect("the store opens").descriptor().place.clone()
}

async fn rejected(settings: SignIn) -> Error {
    let error = open(settings.into()).await.expect_err("the settings are rejected");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    error
}

/// A configuration file with two profiles.
fn profiles() -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    let text = "[default]\nregion = eu-west-1\n\n[profile legacy]\nregion = eu-central-1\n\
                aws_access_key_id = 444455556666\naws_secret_access_key = canary\n\n\
                [profile nokeys]\nregion = eu-west-2\n\n\
                [profile envkeys]\ncredential_source = Environment\nrole_arn = arn:aws:iam::1:role/r\n";
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

#[tokio::test]
async fn region_is_taken_from_settings_environment_or_profile() {
    let file = profiles();
    let env = |pairs: &[(&str, &str)]| {
        let usual = keys();
        let usual = usual.iter().map(|(name, value)| (name.to_owned(), value.expose().to_owned()));
        let own = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let file = ("AWS_CONFIG_FILE".to_owned(), path(&file).to_owned());
        usual.chain([file]).chain(own).collect::<Environment>()
    };
    let of = |region: Option<&str>, env: Environment| {
        place(SignIn { region_name: region.map(str::to_owned), env, ..SignIn::default() })
    };
    let both = [("AWS_REGION", "ap-east-1"), ("AWS_DEFAULT_REGION", "sa-east-1")];
    let account = "(account 111122223333)";
    assert_eq!(of(Some("us-west-2"), env(&both)).await, format!("aws:us-west-2 {account}"));
    assert_eq!(of(None, env(&both)).await, format!("aws:ap-east-1 {account}"));
    assert_eq!(of(None, env(&both[1..])).await, format!("aws:sa-east-1 {account}"));
    assert_eq!(of(None, env(&[("AWS_REGION", "")])).await, format!("aws:eu-west-1 {account}"));
    // As in the AWS CLI, keys in the environment take precedence over a profile that the environment names.
    let named = env(&[("AWS_PROFILE", "legacy")]);
    assert_eq!(of(None, named).await, format!("aws:eu-central-1 {account}"));

    let error = rejected(SignIn { env: keys(), ..SignIn::default() }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().is_some_and(|hint| hint.contains("AWS_REGION")), "{error:?}");
}

#[tokio::test]
async fn profile_in_the_settings_takes_precedence_over_keys_in_the_environment() {
    let file = profiles();
    let env = environment([("AWS_ACCESS_KEY_ID", "111122223333"), ("AWS_CONFIG_FILE", path(&file))]);
    let named =
        |name: &str| SignIn { profile_name: Some(name.to_owned()), env: env.clone(), ..SignIn::default() };
    assert_eq!(place(named("legacy")).await, "aws:eu-central-1 (account 444455556666)");

    let error = rejected(named("nokeys")).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("profile nokeys"), "{error}");

    let error = rejected(SignIn { region_name: Some(REGION.to_owned()), ..named("envkeys") }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn missing_profile_is_reported_with_the_nearest_name() {
    let file = profiles();
    let with = |pairs| SignIn { env: environment(pairs), ..settings(Environment::default()) };
    let from_env =
        with([("AWS_PROFILE", "legcay"), ("AWS_CONFIG_FILE", path(&file)), ("AWS_ACCESS_KEY_ID", "x")]);
    let named = SignIn {
        profile_name: Some("legcay".to_owned()),
        ..with([("AWS_CONFIG_FILE", path(&file)), ("HOME", "/nowhere"), ("AWS_ACCESS_KEY_ID", "x")])
    };
    for settings in [from_env, named] {
        let error = rejected(settings).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("legcay") && error.message().contains(path(&file)), "{error}");
        assert_eq!(error.hint(), Some("did you mean legacy?"));
    }
}

#[tokio::test]
async fn aws_default_profile_selects_the_profile() {
    let file = profiles();
    let env: Environment = environment([("AWS_DEFAULT_PROFILE", "legacy"), ("AWS_CONFIG_FILE", path(&file))])
        .iter()
        .filter(|(name, _)| *name != "AWS_SECRET_ACCESS_KEY")
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    assert_eq!(place(SignIn { env, ..SignIn::default() }).await, "aws:eu-central-1 (account 444455556666)");
}

#[tokio::test]
async fn unparsable_configuration_file_is_not_quoted() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"[default]\ncanary\n").unwrap();
    let error = rejected(settings(environment([("AWS_CONFIG_FILE", path(&file))]))).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains(path(&file)), "{error}");
}

#[tokio::test]
async fn missing_credentials_are_reported_with_all_sources() {
    let error = rejected(settings(environment([]))).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    for source in ["AWS_ACCESS_KEY_ID", "/nowhere/config", "AWS_WEB_IDENTITY_TOKEN_FILE", "instance"] {
        assert!(error.message().contains(source), "{error}");
    }
}

#[tokio::test]
async fn unreachable_metadata_service_means_no_credentials() {
    let imds =
        [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")];
    let error = rejected(settings(environment(imds))).await;
    assert!(error.message().starts_with("no AWS credentials found"), "{error}");
}

#[tokio::test]
async fn access_key_without_its_secret_is_reported() {
    let env = environment([("AWS_ACCESS_KEY_ID", "111122223333"), ("AWS_SECRET_ACCESS_KEY", "")]);
    let error = rejected(settings(env)).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("`AWS_SECRET_ACCESS_KEY` is not"), "{error}");
}

#[tokio::test]
async fn plain_http_is_rejected_from_every_source() {
    let remote = "http://sm.example.test";
    let file = |text: &str| {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let config = file(&format!("[default]\nendpoint_url = {remote}\n"));
    let service = file(&format!(
        "[default]\nservices = s\n\n[services s]\nsecrets_manager =\n  endpoint_url = {remote}\n"
    ));
    let key = ("AWS_ACCESS_KEY_ID", "111122223333");
    let cases = [
        SignIn { endpoint_url: Some(remote.to_owned()), ..settings(keys()) },
        settings(environment([key, ("AWS_ENDPOINT_URL", remote)])),
        settings(environment([key, ("AWS_ENDPOINT_URL_SECRETS_MANAGER", remote)])),
        settings(environment([key, ("AWS_CONFIG_FILE", path(&config))])),
        settings(environment([key, ("AWS_CONFIG_FILE", path(&service))])),
    ];
    for settings in cases {
        let error = rejected(settings.clone()).await;
        assert_eq!(error.kind(), ErrorKind::Config, "{settings:?}");
        let http = HttpOptions { allow_http: true, ..HttpOptions::default() };
        let allowed = place(SignIn { http, ..settings }).await;
        assert_eq!(allowed, format!("aws:us-east-1 (account 111122223333, {remote})"));
    }
    let ignored =
        environment([key, ("AWS_ENDPOINT_URL", remote), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]);
    assert_eq!(place(settings(ignored)).await, "aws:us-east-1 (account 111122223333)");
}

#[tokio::test]
async fn damaged_certificate_is_a_config_error() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n").unwrap();
    let key = ("AWS_ACCESS_KEY_ID", "111122223333");
    let by_env = settings(environment([key, ("AWS_CA_BUNDLE", path(&file))]));
    let http = HttpOptions { ca_file: Some(Path::new(path(&file)).to_owned()), ..HttpOptions::default() };
    let by_name = SignIn { http, ..settings(keys()) };
    for settings in [by_env, by_name] {
        let error = rejected(settings).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(path(&file)), "{error}");
    }
}

#[tokio::test]
async fn role_is_assumed_with_the_given_parameters() {
    let sts = MockServer::start().await;
    let reply = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
        <AssumedRoleUser><AssumedRoleId>A:airbridge</AssumedRoleId>\
        <Arn>arn:aws:sts::999988887777:assumed-role/r/me</Arn></AssumedRoleUser>\
        <Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2150-01-01T00:00:00Z</Expiration></Credentials>\
        </AssumeRoleResult></AssumeRoleResponse>";
    // Once: the credentials that were obtained when the store was opened also sign its first call.
    Mock::given(body_string_contains("ExternalId=x1"))
        .and(body_string_contains("RoleSessionName=me"))
        .and(body_string_contains("DurationSeconds=900"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(reply, "text/xml"))
        .expect(1)
        .mount(&sts)
        .await;
    let denied =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    Mock::given(body_string_contains("Action=AssumeRole"))
        .respond_with(ResponseTemplate::new(403).set_body_raw(denied, "text/xml"))
        .with_priority(10)
        .mount(&sts)
        .await;
    // `endpoint_url` applies to the service only, so STS has another address.
    let service = MockServer::start().await;
    Mock::given(header_regex("authorization", "Credential=ASIAROLE/"))
        .respond_with(fine(&json!({ "SecretList": [] })))
        .mount(&service)
        .await;
    let url = sts.uri();
    let with_role = |kwargs| SignIn {
        role_arn: Some("arn:aws:iam::999988887777:role/r".to_owned()),
        assume_role_kwargs: kwargs,
        endpoint_url: Some(service.uri()),
        ..settings(environment([("AWS_ACCESS_KEY_ID", "111122223333"), ("AWS_ENDPOINT_URL", &url)]))
    };
    let kwargs = AssumeRole {
        external_id: Some("x1".to_owned()),
        role_session_name: Some("me".to_owned()),
        duration: Some(std::time::Duration::from_mins(15)),
    };
    let store = open(with_role(kwargs).into()).await.expect("the store opens");
    assert!(store.descriptor().place.contains("account 999988887777"), "{}", store.descriptor().place);
    let page = store.list_page(&NamePrefix::new(""), None).await;
    assert_eq!(page.expect("the role's keys sign the call").headers, []);

    let error = rejected(with_role(AssumeRole::default())).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("role/r") && error.message().contains("AccessDenied"), "{error}");

    let error = rejected(SignIn { role_arn: Some("r".to_owned()), ..settings(keys()) }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn fault_of_sts_is_temporary() {
    for (status, body) in [
        (503, "<html></html>"),
        (400, "<ErrorResponse><Error><Code>Throttling</Code><Message>no</Message></Error></ErrorResponse>"),
    ] {
        let sts = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_raw(body, "text/xml");
        Mock::given(body_string_contains("Action=AssumeRole")).respond_with(answer).mount(&sts).await;
        let url = sts.uri();
        let error = rejected(SignIn {
            role_arn: Some("arn:aws:iam::999988887777:role/r".to_owned()),
            ..settings(environment([("AWS_ACCESS_KEY_ID", "111122223333"), ("AWS_ENDPOINT_URL", &url)]))
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(
            error.message().contains("role/r") && error.message().contains(&status.to_string()),
            "{error}"
        );
    }
}

#[tokio::test]
async fn refused_connection_or_unknown_host_is_unreachable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cases = [
        // A port that is closed again, and a domain that is reserved for having no address.
        (SignIn { endpoint_url: Some(format!("http://127.0.0.1:{port}")), ..settings(keys()) }, "refused"),
        (SignIn { endpoint_url: Some("https://sm.invalid".to_owned()), ..settings(keys()) }, "no such host"),
    ];
    for (settings, part) in cases {
        let store = open(settings.into()).await.expect("the service itself is not called yet");
        let error = write(&*store, "a", create("canary")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
        assert!(error.message().contains(part), "{error}");
    }
}

#[tokio::test]
async fn private_authority_is_trusted_only_if_its_file_is_named() {
    // Any server with a certificate of a private authority will do, whatever it answers.
    let variable = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| {
            panic!("{name} is not set; start the servers: python3 tests/servers/servers.py run -- cargo test")
        })
    };
    let (url, authority) =
        (variable("AIRBRIDGE_TEST_OPENBAO_TLS"), variable("AIRBRIDGE_TEST_OPENBAO_TLS_CA"));
    let at = |settings: SignIn| SignIn { endpoint_url: Some(url.clone()), ..settings };
    let error = |settings: SignIn| async move {
        let store = open(settings.into()).await.expect("the store opens");
        write(&*store, "a", create("canary")).await.unwrap_err()
    };
    let untrusted = error(at(settings(keys()))).await;
    assert_eq!(untrusted.kind(), ErrorKind::Config);
    assert!(untrusted.hint().is_some_and(|hint| hint.contains("AWS_CA_BUNDLE")), "{untrusted:?}");

    let key = ("AWS_ACCESS_KEY_ID", "111122223333");
    let by_env = settings(environment([key, ("AWS_CA_BUNDLE", &authority)]));
    let http = HttpOptions { ca_file: Some(Path::new(&authority).to_owned()), ..HttpOptions::default() };
    let by_name = SignIn { http, ..settings(keys()) };
    for settings in [by_env, by_name] {
        let answered = error(at(settings)).await;
        assert!(answered.message().contains("redirects to another address"), "{answered:?}");
    }
}

#[tokio::test]
async fn proxy_in_the_settings_is_used() {
    let proxy = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(failure(407, "x", "x")).mount(&proxy).await;
    let settings = SignIn {
        http: HttpOptions { proxy: Some(proxy.uri()), ..HttpOptions::default() },
        endpoint_url: Some("https://sm.invalid".to_owned()),
        ..settings(keys())
    };
    let store = open(settings.into()).await.expect("the store opens");
    let error = read(&*store, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(
        error.message().contains("the proxy") && error.message().contains("requires authentication"),
        "{error}"
    );
}

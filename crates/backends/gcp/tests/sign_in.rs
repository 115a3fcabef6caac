//! Authentication: all forms of credentials, and the errors if there are none.

#![expect(clippy::expect_used, reason = "a failed step must end the test")]

mod common;

use std::path::PathBuf;

use airbridge_backend_gcp::{Settings, access_tokens, open};
use airbridge_core::{Environment, Error, ErrorKind};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::double::Double;
use common::{environment, list, service_account};
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const CANARY: &str = "c4n4ry";

/// A server for all kinds of token requests: of users, of workload identity pools, of machines, and for impersonation.
async fn tokens() -> MockServer {
    let server = MockServer::start().await;
    let token = |name: &str| json!({"access_token": name, "expires_in": 3600, "token_type": "Bearer"});
    let mount = |at: &str, verb: &str, body: Value| {
        Mock::given(path(at)).and(method(verb)).respond_with(ResponseTemplate::new(200).set_body_json(body))
    };
    mount("/user", "POST", token("of-user")).mount(&server).await;
    let mut exchanged = token("of-pool");
    exchanged["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token".into();
    mount("/exchange", "POST", exchanged).mount(&server).await;
    Mock::given(path(
        "/v1/projects/-/serviceAccounts/robot@acme.iam.gserviceaccount.com:generateAccessToken",
    ))
    .and(header("authorization", "Bearer of-user"))
    .respond_with(ResponseTemplate::new(200).set_body_json(json!({
        "accessToken": "of-impersonated",
        "expireTime": "2199-01-01T00:00:00Z",
    })))
    .mount(&server)
    .await;
    let account = "/computeMetadata/v1/instance/service-accounts/default/token";
    mount(account, "GET", token("of-machine")).mount(&server).await;
    for (of, answer) in [
        ("project/project-id", "of-machine"),
        ("instance/service-accounts/default/email", "machine@acme.iam.gserviceaccount.com"),
    ] {
        let answer =
            ResponseTemplate::new(200).insert_header("Metadata-Flavor", "Google").set_body_string(answer);
        Mock::given(path(format!("/computeMetadata/v1/{of}")))
            .and(header("metadata-flavor", "Google"))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    server
}

fn user(tokens: &MockServer) -> Value {
    json!({
        "type": "authorized_user",
        "client_id": "id",
        "client_secret": CANARY,
        "refresh_token": CANARY,
        "token_uri": format!("{}/user", tokens.uri()),
    })
}

fn file(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let file = folder.path().join(name);
    std::fs::write(&file, content).expect("a file");
    file
}

/// The authorization header that a listing with these settings sends, and the project that it is for.
async fn request_of(settings: Settings) -> Result<(Option<String>, String), Error> {
    let double = Double::new().await;
    let store = open(Settings { endpoint_url: Some(double.url()), ..settings }).await?;
    list(&*store, "").await?;
    let place = store.descriptor().place.clone();
    let project = place.trim_start_matches("gcp:").split(' ').next().unwrap_or_default().to_owned();
    Ok((double.last_header("authorization").await, project))
}

async fn refused(settings: Settings) -> Error {
    let error = request_of(settings).await.expect_err("authentication must fail");
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
    error
}

fn with(project: &str, env: Environment) -> Settings {
    Settings { project_id: Some(project.to_owned()), env, ..Settings::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with a request")]
fn bearer(token: &str, project: &str) -> Result<(Option<String>, String), Error> {
    Ok((Some(format!("Bearer {token}")), project.to_owned()))
}

#[tokio::test]
async fn access_token_of_the_environment_is_for_other_services_too() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let file = file(&folder, "user.json", &user(&tokens).to_string());
    let env = environment([("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().expect("UTF-8"))]);
    let found = access_tokens(&Settings { env, ..Settings::default() }).await.expect("tokens");
    let token = found.token().await.expect("a token");
    let request = request_of(with(
        "acme",
        environment([("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().expect("UTF-8"))]),
    ))
    .await;
    assert_eq!(request, bearer(token.expose(), "acme"));
    assert!(!format!("{found:?}").contains(token.expose()));
    let none = environment([("NO_GCE_CHECK", "true"), ("HOME", folder.path().to_str().expect("UTF-8"))]);
    let error =
        access_tokens(&Settings { env: none, ..Settings::default() }).await.expect_err("no credentials");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn emulator_on_loopback_is_used_without_credentials() {
    assert_eq!(request_of(with("acme", environment([]))).await, Ok((None, "acme".to_owned())));
}

#[tokio::test]
async fn credentials_file_is_found_through_the_environment() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let file = file(&folder, "user.json", &user(&tokens).to_string());
    let env = [
        ("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().expect("a path")),
        ("GOOGLE_CLOUD_PROJECT", "of-env"),
    ];
    assert_eq!(request_of(with("acme", environment(env))).await, bearer("of-user", "acme"));
    let unnamed = Settings { env: environment(env), ..Settings::default() };
    assert_eq!(request_of(unnamed).await, bearer("of-user", "of-env"));
}

#[tokio::test]
async fn credentials_file_is_found_in_the_folder_of_gcloud() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let named = "application_default_credentials.json";
    file(&folder, named, &user(&tokens).to_string());
    let moved = environment([("CLOUDSDK_CONFIG", folder.path().to_str().expect("a path"))]);
    assert_eq!(request_of(with("acme", moved)).await, bearer("of-user", "acme"));
    let home = TempDir::new().expect("a folder");
    std::fs::create_dir_all(home.path().join(".config/gcloud")).expect("a folder");
    file(&home, &format!(".config/gcloud/{named}"), &user(&tokens).to_string());
    let usual = environment([("HOME", home.path().to_str().expect("a path"))]);
    assert_eq!(request_of(with("acme", usual)).await, bearer("of-user", "acme"));
}

#[tokio::test]
async fn service_account_key_signs_tokens_and_has_a_project() {
    let folder = TempDir::new().expect("a folder");
    let key = service_account();
    let by_path = Settings {
        gcp_key_path: Some(file(&folder, "key.json", &key.to_string())),
        // The project of a configured key takes precedence over the environment.
        env: environment([("GOOGLE_CLOUD_PROJECT", "of-env")]),
        ..Settings::default()
    };
    // The line breaks of a key that went through an environment variable.
    let flat = key.to_string().replace("\\n", "\\\\n");
    assert_ne!(flat, key.to_string());
    let by_text =
        Settings { gcp_keyfile_dict: Some(flat.into()), env: environment([]), ..Settings::default() };
    for settings in [by_path, by_text] {
        let (authorization, project) = request_of(settings).await.expect("signed in");
        let token = authorization.expect("a token");
        let claims = token.trim_start_matches("Bearer ").split('.').nth(1).expect("a token of three parts");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!(claims["iss"], "robot@of-key.iam.gserviceaccount.com");
        assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
        assert_eq!(project, "of-key");
    }
}

#[tokio::test]
async fn workload_identity_pool_exchanges_its_token() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let subject = file(&folder, "subject", "subject-token");
    let pool = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/exchange", tokens.uri()),
        "credential_source": {"file": subject},
    });
    let file = file(&folder, "pool.json", &pool.to_string());
    for text in [file.to_str().expect("a path").to_owned(), pool.to_string()] {
        let settings =
            Settings { gcp_credential_config_file: Some(text.into()), ..with("acme", environment([])) };
        assert_eq!(request_of(settings).await, bearer("of-pool", "acme"));
    }
}

#[tokio::test]
async fn credentials_file_can_impersonate_a_service_account() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let chain = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": format!("{}/v1/projects/-/serviceAccounts/robot@acme.iam.gserviceaccount.com:generateAccessToken", tokens.uri()),
        "source_credentials": user(&tokens),
    });
    let settings = Settings {
        gcp_key_path: Some(file(&folder, "chain.json", &chain.to_string())),
        ..with("acme", environment([]))
    };
    assert_eq!(request_of(settings).await, bearer("of-impersonated", "acme"));
}

#[tokio::test]
async fn google_cloud_machine_has_account_and_project() {
    let tokens = tokens().await;
    let host = tokens.uri().replace("http://", "");
    // Not a loopback address, so credentials are required. No request is sent there.
    let settings = Settings {
        endpoint_url: Some("https://sm.invalid".to_owned()),
        env: environment([("GCE_METADATA_HOST", &host)]),
        ..Settings::default()
    };
    let store = open(settings).await.expect("signed in");
    assert_eq!(store.descriptor().place, "gcp:of-machine (https://sm.invalid)");
    assert_eq!(store.descriptor().actor.as_deref(), Some("machine@acme.iam.gserviceaccount.com"));
}

#[tokio::test]
async fn quota_project_is_sent_with_requests() {
    let tokens = tokens().await;
    let double = Double::new().await;
    let settings = Settings {
        endpoint_url: Some(double.url()),
        gcp_keyfile_dict: Some(user(&tokens).to_string().into()),
        ..with("acme", environment([("GOOGLE_CLOUD_QUOTA_PROJECT", "payer")]))
    };
    list(&*open(settings).await.expect("signed in"), "").await.expect("a listing");
    assert_eq!(double.last_header("x-goog-user-project").await.as_deref(), Some("payer"));
}

#[tokio::test]
async fn missing_credentials_file_is_named() {
    let error =
        refused(with("acme", environment([("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")]))).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("/nowhere/key.json") && text.contains("GOOGLE_APPLICATION_CREDENTIALS"), "{text}");
}

#[tokio::test]
async fn invalid_credentials_are_rejected_and_not_shown() {
    for (text, part) in [
        (format!("{CANARY} {{"), "not valid JSON"),
        (format!("[\"{CANARY}\"]"), "known type"),
        (json!({"installed": {"client_secret": CANARY}}).to_string(), "known type"),
        (json!({"type": CANARY}).to_string(), "known type"),
        (json!({"type": "service_account", "private_key": CANARY}).to_string(), "incomplete or damaged"),
        (json!({"type": "authorized_user", "refresh_token": [CANARY]}).to_string(), "incomplete or damaged"),
    ] {
        let error =
            refused(Settings { gcp_keyfile_dict: Some(text.into()), ..with("acme", environment([])) }).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn several_configured_credentials_are_rejected() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let text = user(&tokens).to_string();
    let error = refused(Settings {
        gcp_key_path: Some(file(&folder, "key.json", &text)),
        gcp_keyfile_dict: Some(text.into()),
        ..with("acme", environment([]))
    });
    assert!(error.await.to_string().contains("exclude"));
}

#[tokio::test]
async fn rejected_credentials_are_reported_with_the_reason() {
    let server = MockServer::start().await;
    let answer = |grant: &str| json!({"error": "invalid_grant", "error_description": grant});
    Mock::given(body_string_contains("expired"))
        .respond_with(ResponseTemplate::new(400).set_body_json(answer(CANARY)))
        .mount(&server)
        .await;
    Mock::given(body_string_contains("clock"))
        .respond_with(ResponseTemplate::new(400).set_body_json(answer(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe",
        )))
        .mount(&server)
        .await;
    for (refresh_token, part) in [("expired", "expired or revoked"), ("clock", "clock")] {
        let mut user = user(&server);
        user["refresh_token"] = refresh_token.into();
        let error = refused(Settings {
            gcp_keyfile_dict: Some(user.to_string().into()),
            ..with("acme", environment([]))
        })
        .await;
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        let text = format!("{error} {}", error.hint().unwrap_or_default());
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn unreachable_token_service_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let mut user = json!({"type": "authorized_user", "client_id": "id", "client_secret": CANARY, "refresh_token": CANARY});
    user["token_uri"] = format!("http://{address}/user").into();
    let error = refused(Settings {
        gcp_keyfile_dict: Some(user.to_string().into()),
        ..with("acme", environment([]))
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.to_string().contains("token service"), "{error}");
}

#[tokio::test]
async fn fault_of_the_token_service_is_temporary() {
    for status in [429, 500, 503] {
        let tokens = MockServer::start().await;
        let once =
            Mock::given(path("/user")).respond_with(ResponseTemplate::new(status).set_body_string(CANARY));
        once.up_to_n_times(1).mount(&tokens).await;
        let token = json!({"access_token": "of-user", "expires_in": 3600, "token_type": "Bearer"});
        Mock::given(path("/user"))
            .respond_with(ResponseTemplate::new(200).set_body_json(token))
            .mount(&tokens)
            .await;
        let settings = || Settings {
            gcp_keyfile_dict: Some(user(&tokens).to_string().into()),
            ..with("acme", environment([]))
        };
        let error = refused(settings()).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{status}: {error}");
        assert_eq!(request_of(settings()).await, bearer("of-user", "acme"));
    }
}

#[tokio::test]
async fn credentials_of_another_cloud_are_used_in_that_cloud_only() {
    let mut key = service_account();
    key["universe_domain"] = "cloud.test".into();
    let settings = |env: Environment| Settings {
        gcp_keyfile_dict: Some(key.to_string().into()),
        env,
        ..Settings::default()
    };
    let store = open(settings(environment([]))).await.expect("signed in");
    assert_eq!(store.descriptor().place, "gcp:of-key");
    let elsewhere = environment([("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "other.test")]);
    let error = open(settings(elsewhere)).await.expect_err("credentials of another cloud");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("other.test"), "{error}");
}

#[tokio::test]
async fn without_credentials_the_hint_says_how_to_get_some() {
    let settings = Settings { endpoint_url: None, ..with("acme", environment([("NO_GCE_CHECK", "true")])) };
    let error = open(settings).await.expect_err("no credentials");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.hint().is_some_and(|hint| hint.contains("gcloud auth application-default login")));
}

#[tokio::test]
async fn without_a_project_the_hint_says_how_to_give_one() {
    let error = refused(Settings { env: environment([]), ..Settings::default() }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().is_some_and(|hint| hint.contains("gcp:PROJECT")));
}

#[tokio::test]
async fn wrong_address_in_gclouds_variable_is_reported_by_its_name() {
    const VARIABLE: &str = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER";
    for url in [format!("https://user:{CANARY}@sm.test"), "http://sm.test".to_owned()] {
        let error = open(with("acme", environment([(VARIABLE, &url)]))).await.expect_err("a wrong address");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(VARIABLE), "{error}");
        assert!(!format!("{error:?}").contains("endpoint_url") && !format!("{error:?}").contains(CANARY));
    }
}

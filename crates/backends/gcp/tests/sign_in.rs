//! Signing in: every form in which credentials come, and what is said where they do not.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::path::PathBuf;

use airbridge_backend_gcp::{Settings, open};
use airbridge_core::{Environment, Error, ErrorKind};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::double::Double;
use common::{environment, list};
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const CANARY: &str = "c4n4ry";

/// Whoever hands out tokens: Google's sign-in, the token exchange, the metadata service, the impersonation.
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
        "accessToken": "of-taken-on",
        "expireTime": "2199-01-01T00:00:00Z",
    })))
    .mount(&server)
    .await;
    let account = "/computeMetadata/v1/instance/service-accounts/default/token";
    mount(account, "GET", token("of-machine")).mount(&server).await;
    Mock::given(path("/computeMetadata/v1/project/project-id"))
        .and(header("metadata-flavor", "Google"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("Metadata-Flavor", "Google")
                .set_body_string("of-machine"),
        )
        .mount(&server)
        .await;
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

/// A service account with a key of its own, made here.
fn service_account() -> Value {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = key.as_der().expect("an encoding");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    json!({
        "type": "service_account",
        "project_id": "of-key",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": "robot@of-key.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

fn file(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let file = folder.path().join(name);
    std::fs::write(&file, content).expect("a file");
    file
}

/// What a listing with these settings sends as authorization, and which project it asks for.
async fn asked(settings: Settings) -> Result<(Option<String>, String), Error> {
    let double = Double::new().await;
    let store = open(Settings { endpoint_url: Some(double.url()), ..settings }).await?;
    list(&*store, "").await?;
    let place = store.descriptor().place.clone();
    let project = place.trim_start_matches("gcp:").split(' ').next().unwrap_or_default().to_owned();
    Ok((double.last_header("authorization").await, project))
}

async fn refused(settings: Settings) -> Error {
    let error = asked(settings).await.expect_err("no sign-in");
    assert!(!format!("{error:?}").contains(CANARY), "{error:?}");
    error
}

fn with(project: &str, env: Environment) -> Settings {
    Settings { project_id: Some(project.to_owned()), env, ..Settings::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "as it is compared with what was asked")]
fn bearer(token: &str, project: &str) -> Result<(Option<String>, String), Error> {
    Ok((Some(format!("Bearer {token}")), project.to_owned()))
}

#[tokio::test]
async fn an_emulator_on_this_machine_is_asked_without_credentials() {
    assert_eq!(asked(with("acme", environment([]))).await, Ok((None, "acme".to_owned())));
}

#[tokio::test]
async fn the_environment_names_a_file() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let file = file(&folder, "user.json", &user(&tokens).to_string());
    let env = [
        ("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().expect("a path")),
        ("GOOGLE_CLOUD_PROJECT", "of-env"),
    ];
    assert_eq!(asked(with("acme", environment(env))).await, bearer("of-user", "acme"));
    let unnamed = Settings { env: environment(env), ..Settings::default() };
    assert_eq!(asked(unnamed).await, bearer("of-user", "of-env"));
}

#[tokio::test]
async fn gclouds_folder_is_looked_into() {
    let (tokens, folder) = (tokens().await, TempDir::new().expect("a folder"));
    let named = "application_default_credentials.json";
    file(&folder, named, &user(&tokens).to_string());
    let moved = environment([("CLOUDSDK_CONFIG", folder.path().to_str().expect("a path"))]);
    assert_eq!(asked(with("acme", moved)).await, bearer("of-user", "acme"));
    let home = TempDir::new().expect("a folder");
    std::fs::create_dir_all(home.path().join(".config/gcloud")).expect("a folder");
    file(&home, &format!(".config/gcloud/{named}"), &user(&tokens).to_string());
    let usual = environment([("HOME", home.path().to_str().expect("a path"))]);
    assert_eq!(asked(with("acme", usual)).await, bearer("of-user", "acme"));
}

#[tokio::test]
async fn a_service_accounts_key_signs_for_itself_and_knows_its_project() {
    let folder = TempDir::new().expect("a folder");
    let key = service_account();
    let by_path = Settings {
        gcp_key_path: Some(file(&folder, "key.json", &key.to_string())),
        // The key that is named knows better than the environment.
        env: environment([("GOOGLE_CLOUD_PROJECT", "of-env")]),
        ..Settings::default()
    };
    // As keys look that went through an environment variable.
    let flat = key.to_string().replace("\\n", "\\\\n");
    assert_ne!(flat, key.to_string());
    let by_text =
        Settings { gcp_keyfile_dict: Some(flat.into()), env: environment([]), ..Settings::default() };
    for settings in [by_path, by_text] {
        let (authorization, project) = asked(settings).await.expect("signed in");
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
async fn a_workload_identity_pool_exchanges_its_token() {
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
        assert_eq!(asked(settings).await, bearer("of-pool", "acme"));
    }
}

#[tokio::test]
async fn a_file_may_name_a_service_account_to_take_on() {
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
    assert_eq!(asked(settings).await, bearer("of-taken-on", "acme"));
}

#[tokio::test]
async fn a_machine_of_googles_knows_account_and_project() {
    let tokens = tokens().await;
    let host = tokens.uri().replace("http://", "");
    // Not on this machine, so that nobody is no answer; nothing is asked there.
    let settings = Settings {
        endpoint_url: Some("https://sm.invalid".to_owned()),
        env: environment([("GCE_METADATA_HOST", &host)]),
        ..Settings::default()
    };
    let store = open(settings).await.expect("signed in");
    assert_eq!(store.descriptor().place, "gcp:of-machine (https://sm.invalid)");
}

#[tokio::test]
async fn the_project_that_pays_is_sent_along() {
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
async fn a_file_that_is_not_there_is_named() {
    let error =
        refused(with("acme", environment([("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")]))).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("/nowhere/key.json") && text.contains("GOOGLE_APPLICATION_CREDENTIALS"), "{text}");
}

#[tokio::test]
async fn text_that_is_no_credentials_is_refused_without_being_shown() {
    for (text, part) in [
        (format!("{CANARY} {{"), "not JSON"),
        (format!("[\"{CANARY}\"]"), "known type"),
        (json!({"installed": {"client_secret": CANARY}}).to_string(), "known type"),
        (json!({"type": CANARY}).to_string(), "known type"),
        (json!({"type": "service_account", "private_key": CANARY}).to_string(), "not complete"),
        (json!({"type": "authorized_user", "refresh_token": [CANARY]}).to_string(), "not complete"),
    ] {
        let error =
            refused(Settings { gcp_keyfile_dict: Some(text.into()), ..with("acme", environment([])) }).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn several_keys_exclude_each_other() {
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
async fn refused_credentials_are_told_by_what_was_wrong() {
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
async fn a_sign_in_service_that_cannot_be_reached_is_told_from_the_store() {
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
    assert!(error.to_string().contains("sign-in service"), "{error}");
}

#[tokio::test]
async fn credentials_of_another_cloud_are_used_there_and_nowhere_else() {
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
    let error = open(settings(elsewhere)).await.expect_err("not for there");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("other.test"), "{error}");
}

#[tokio::test]
async fn without_credentials_the_way_to_some_is_said() {
    let settings = Settings { endpoint_url: None, ..with("acme", environment([("NO_GCE_CHECK", "true")])) };
    let error = open(settings).await.expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.hint().is_some_and(|hint| hint.contains("gcloud auth application-default login")));
}

#[tokio::test]
async fn without_a_project_the_way_to_name_one_is_said() {
    let error = refused(Settings { env: environment([]), ..Settings::default() }).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hint().is_some_and(|hint| hint.contains("gcp:PROJECT")));
}

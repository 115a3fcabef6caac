//! Every sign-in method, and tokens that expire or are revoked during a run.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

#[path = "common/canned.rs"]
#[expect(dead_code, reason = "not every test file uses all of it")]
mod canned;
mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use airbridge_backend_vault::{AuthType, Settings, open};
use airbridge_core::{Action, ErrorKind, Read, SecretName, SecretStore};
use futures::future::join_all;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use canned::{errors, healthy, nothing, ok, reply, settings};
use common::{Server, read, unique, value, write};

/// Vault's errors for an unknown token, and for a token without the permission.
const BAD_TOKEN: &str = "permission denied";
const POLICY: &str = "1 error occurred:\n\t* permission denied\n\n";

const READ_WRITE: &str = r#"path "kv-*" { capabilities = ["create", "read", "update", "delete", "list"] }"#;

/// A new sign-in method on a real server, and a mount to read from.
struct Fixture {
    server: Server,
    mount: String,
    auth: String,
}

impl Fixture {
    async fn new(kind: &str) -> Self {
        let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
        let (mount, auth) = (server.mount(2).await, unique(kind));
        server.post(&format!("sys/auth/{auth}"), json!({"type": kind})).await;
        Self { server, mount, auth }
    }

    /// An AppRole role with these options.
    async fn approle(options: Value) -> (Self, Settings) {
        let fixture = Self::new("approle").await;
        let Self { server, mount, auth } = &fixture;
        let mut role = json!({"token_policies": [server.policy(READ_WRITE).await]});
        role.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        server.post(&format!("auth/{auth}/role/airflow"), role).await;
        let role_id =
            server.call(reqwest::Method::GET, &format!("auth/{auth}/role/airflow/role-id"), json!({})).await;
        let secret_id = server.post(&format!("auth/{auth}/role/airflow/secret-id"), json!({})).await;
        let settings = Settings {
            auth_type: AuthType::Approle,
            auth_mount_point: Some(auth.clone()),
            role_id: role_id["data"]["role_id"].as_str().map(str::to_owned),
            secret_id: secret_id["data"]["secret_id"].as_str().map(Into::into),
            token: None,
            ..server.settings(mount)
        };
        (fixture, settings)
    }

    async fn end(self) {
        self.server.delete(&format!("sys/auth/{}", self.auth)).await;
        self.server.unmount(&self.mount).await;
    }
}

async fn create_and_read(store: &dyn SecretStore, name: &str) {
    write(store, name, Action::Create(value("x"))).await.unwrap();
    assert!(read(store, name).await.unwrap().is_some());
}

#[tokio::test]
async fn approle_token_that_expires_during_the_run_is_replaced() {
    // Renewal does not help: the maximum lifetime of the token is 3 seconds.
    let (fixture, settings) = Fixture::approle(json!({"token_ttl": "3s", "token_max_ttl": "3s"})).await;
    let store = open(settings).await.unwrap();
    create_and_read(&*store, "before").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    create_and_read(&*store, "after").await;
    fixture.end().await;
}

#[tokio::test]
async fn approle_token_that_is_revoked_during_the_run_is_replaced() {
    let (fixture, settings) = Fixture::approle(json!({"token_ttl": "1h"})).await;
    let store = open(settings).await.unwrap();
    create_and_read(&*store, "a").await;
    fixture.server.post(&format!("sys/leases/revoke-prefix/auth/{}/login", fixture.auth), json!({})).await;
    let reads = join_all((0..16).map(|_| read(&*store, "a"))).await;
    assert!(reads.iter().all(|found| matches!(found, Ok(Some(_)))), "{reads:?}");
    fixture.end().await;
}

#[tokio::test]
async fn approle_with_a_wrong_secret_id_is_rejected() {
    let (fixture, settings) = Fixture::approle(json!({})).await;
    let wrong = Settings { secret_id: Some("canary".into()), ..settings };
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains(&fixture.auth) && !format!("{error:?}").contains("canary"), "{error:?}");
    fixture.end().await;
}

#[tokio::test]
async fn userpass_signs_in_and_rejects_a_wrong_password() {
    let fixture = Fixture::new("userpass").await;
    let Fixture { server, mount, auth } = &fixture;
    let policy = server.policy(READ_WRITE).await;
    let user = json!({"password": "pa ss", "token_policies": [policy]});
    server.post(&format!("auth/{auth}/users/air.flow"), user).await;
    let settings = Settings {
        auth_type: AuthType::Userpass,
        auth_mount_point: Some(auth.clone()),
        username: Some("air.flow".to_owned()),
        password: Some("pa ss".into()),
        token: None,
        ..server.settings(mount)
    };
    create_and_read(&*open(settings.clone()).await.unwrap(), "a").await;
    let error = open(Settings { password: Some("canary".into()), ..settings }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    fixture.end().await;
}

#[tokio::test]
async fn method_that_is_not_mounted_is_rejected() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let settings = Settings {
        auth_type: AuthType::Approle,
        auth_mount_point: Some(unique("nowhere")),
        role_id: Some("r".to_owned()),
        ..server.settings("secret")
    };
    // The server does not tell a client without a token what is mounted.
    let error = open(settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.hint().unwrap().contains("auth_mount_point"), "{error:?}");
}

#[tokio::test]
async fn wrong_token_is_rejected() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let error =
        open(Settings { token: Some("canary".into()), ..server.settings("secret") }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn token_from_a_file_is_read_again_when_it_is_rejected() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let policy = server.policy(READ_WRITE).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let (first, second) = (
        server.token(json!({"policies": [&policy]})).await,
        server.token(json!({"policies": [&policy]})).await,
    );
    std::fs::write(&file, format!("{first}\n")).unwrap();
    let settings = Settings { token: None, token_path: Some(file.clone()), ..server.settings(&mount) };
    let store = open(settings).await.unwrap();
    create_and_read(&*store, "a").await;

    server.post("auth/token/revoke", json!({"token": first})).await;
    std::fs::write(&file, format!("  {second}\r\n")).unwrap();
    create_and_read(&*store, "b").await;

    // Reading the same token again does not help.
    server.post("auth/token/revoke", json!({"token": second})).await;
    let error = read(&*store, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("token") && !format!("{error:?}").contains(&second), "{error:?}");
    server.unmount(&mount).await;
}

#[tokio::test]
async fn token_without_permission_to_look_itself_up_works() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let mount = server.mount(2).await;
    let rules = format!(r#"path "{mount}/data/mine" {{ capabilities = ["create", "read"] }}"#);
    let options = json!({"policies": [server.policy(&rules).await], "no_default_policy": true});
    let token = server.token(options).await;
    let store =
        open(Settings { token: Some(token.as_str().into()), ..server.settings(&mount) }).await.unwrap();
    create_and_read(&*store, "mine").await;
    assert_eq!(read(&*store, "other").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    server.post("auth/token/revoke", json!({"token": token})).await;
    assert_eq!(read(&*store, "mine").await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    server.unmount(&mount).await;
}

/// The answer to a login.
fn granted(token: &str, seconds: u64, renewable: bool) -> ResponseTemplate {
    let auth = json!({"client_token": token, "lease_duration": seconds, "renewable": renewable, "mfa_requirement": null});
    ok(json!({"auth": auth}))
}

/// A server that accepts only this login, and afterwards only its token.
async fn login_server(at: &str, body: Value) -> MockServer {
    let server = healthy().await;
    let login = Mock::given(method("POST")).and(path(format!("/v1/auth/{at}"))).and(body_json(body));
    let login = login.and(header("X-Vault-Request", "true")).and(header("X-Vault-Namespace", "team"));
    login.respond_with(granted("granted", 0, false)).expect(1).mount(&server).await;
    let read =
        Mock::given(method("GET")).and(path("/v1/secret/data/a")).and(header("X-Vault-Token", "granted"));
    read.and(header("X-Vault-Namespace", "team")).respond_with(nothing()).expect(1).mount(&server).await;
    server
}

#[tokio::test]
async fn each_login_sends_its_fields() {
    let folder = tempfile::tempdir().unwrap();
    let jwt = folder.path().join("jwt");
    std::fs::write(&jwt, "signed\n").unwrap();
    let base = Settings { namespace: Some("team/".to_owned()), ..Settings::default() };
    for (at, body, how) in [
        (
            "ldap/login/Ann%20B",
            json!({"password": "p"}),
            Settings {
                auth_type: AuthType::Ldap,
                username: Some("Ann B".to_owned()),
                password: Some("p".into()),
                ..base.clone()
            },
        ),
        (
            "kubernetes/login",
            json!({"role": "r", "jwt": "signed"}),
            Settings {
                auth_type: AuthType::Kubernetes,
                kubernetes_role: Some("r".to_owned()),
                kubernetes_jwt_path: Some(jwt.clone()),
                ..base.clone()
            },
        ),
        (
            "jwt/login",
            json!({"role": "r", "jwt": "signed"}),
            Settings {
                auth_type: AuthType::Jwt,
                jwt_role: Some("r".to_owned()),
                jwt_token_path: Some(jwt.clone()),
                ..base.clone()
            },
        ),
        (
            "corp/sso/login",
            json!({"role": "r", "jwt": "given"}),
            Settings {
                auth_type: AuthType::Jwt,
                auth_mount_point: Some("corp/sso".to_owned()),
                jwt_role: Some("r".to_owned()),
                jwt_token: Some("given".into()),
                ..base.clone()
            },
        ),
        (
            "approle/login",
            json!({"role_id": "r"}),
            Settings { auth_type: AuthType::Approle, role_id: Some("r".to_owned()), ..base.clone() },
        ),
    ] {
        let server = login_server(at, body).await;
        let store =
            open(Settings { url: Some(server.uri()), mount_point: Some("secret".to_owned()), ..how }).await;
        assert_eq!(read(&*store.unwrap_or_else(|error| panic!("{at}: {error}")), "a").await, Ok(None));
        server.verify().await;
    }
}

/// Line breaks inside a token would end the header that carries it.
#[tokio::test]
async fn token_or_namespace_that_is_not_a_valid_header_is_rejected() {
    let server = healthy().await;
    let error = open(Settings { token: Some("can\nary".into()), ..settings(&server) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("`token`") && !format!("{error:?}").contains("ary"), "{error:?}");
    let namespace = Some("a\nb".to_owned());
    let error = open(Settings { namespace, ..settings(&server) }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn login_that_asks_for_a_second_factor_is_rejected() {
    let server = healthy().await;
    let auth = json!({"client_token": "", "lease_duration": 0, "renewable": false, "mfa_requirement": {"mfa_request_id": "x"}});
    reply(&server, "POST", "auth/userpass/login/u", 1, ok(json!({"auth": auth}))).await;
    let how = Settings {
        auth_type: AuthType::Userpass,
        username: Some("u".to_owned()),
        password: Some("p".into()),
        ..settings(&server)
    };
    let error = open(how).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("second factor"), "{error}");
}

/// However many requests find at the same time that the token is invalid, only one signs in.
#[tokio::test]
async fn invalid_token_is_replaced_once_for_all_requests() {
    let server = healthy().await;
    let logins = AtomicUsize::new(0);
    let login =
        move |_: &Request| granted(&format!("t{}", logins.fetch_add(1, Ordering::SeqCst)), 3600, true);
    let mock = Mock::given(method("POST")).and(path("/v1/auth/approle/login")).respond_with(login);
    mock.expect(2).mount(&server).await;
    let dead = Mock::given(header("X-Vault-Token", "t0")).and(path("/v1/secret/data/a"));
    dead.respond_with(errors(403, BAD_TOKEN)).with_priority(1).mount(&server).await;
    let lookup = Mock::given(header("X-Vault-Token", "t0")).and(path("/v1/auth/token/lookup-self"));
    lookup.respond_with(errors(403, BAD_TOKEN)).with_priority(1).mount(&server).await;
    reply(&server, "GET", "secret/data/a", 5, nothing()).await;
    let how = Settings { auth_type: AuthType::Approle, role_id: Some("r".to_owned()), ..settings(&server) };
    let store = open(how).await.unwrap();
    let wanted = [Read::current(SecretName::new("a"))];
    for found in join_all((0..32).map(|_| store.read_batch(&wanted))).await {
        assert_eq!(found.unwrap(), [Ok(None)]);
    }
    server.verify().await;
}

/// After two thirds of its lifetime; the sleep only has to be longer than that.
#[tokio::test]
async fn token_is_renewed_before_it_expires() {
    let server = healthy().await;
    for (at, seconds) in [("auth/approle/login", 1), ("auth/token/renew-self", 3600)] {
        let mock = Mock::given(method("POST")).and(path(format!("/v1/{at}")));
        mock.respond_with(granted("t", seconds, true)).expect(1).mount(&server).await;
    }
    reply(&server, "GET", "secret/data/a", 5, nothing()).await;
    let how = Settings { auth_type: AuthType::Approle, role_id: Some("r".to_owned()), ..settings(&server) };
    let store = open(how).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        assert_eq!(read(&*store, "a").await, Ok(None));
    }
    server.verify().await;
}

#[tokio::test]
async fn token_that_is_always_rejected_ends_the_run() {
    let server = healthy().await;
    let logins = AtomicUsize::new(0);
    let login =
        move |_: &Request| granted(&format!("t{}", logins.fetch_add(1, Ordering::SeqCst)), 3600, true);
    Mock::given(path("/v1/auth/approle/login")).respond_with(login).mount(&server).await;
    for at in ["secret/data/a", "auth/token/lookup-self"] {
        reply(&server, "GET", at, 1, errors(403, BAD_TOKEN)).await;
    }
    let how = Settings { auth_type: AuthType::Approle, role_id: Some("r".to_owned()), ..settings(&server) };
    let error = read(&*open(how).await.unwrap(), "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn denied_request_with_a_valid_token_returns_permission_denied() {
    let server = healthy().await;
    reply(&server, "POST", "secret/data/a", 1, errors(403, POLICY)).await;
    reply(&server, "GET", "secret/data/a", 1, nothing()).await;
    let store = open(settings(&server)).await.unwrap();
    let error = write(&*store, "a", Action::Create(value("x"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.hint().unwrap().contains("`create` on `secret/data/a`"), "{error:?}");
}

#[tokio::test]
async fn actor_is_the_name_and_the_policies_of_the_token() {
    let server = Server::new("AIRBRIDGE_TEST_OPENBAO");
    let (mount, policy) = (server.mount(2).await, server.policy(READ_WRITE).await);
    let options = json!({"display_name": "ci", "policies": [policy]});
    let token = server.token(options).await;
    let store = open(Settings { token: Some(token.into()), ..server.settings(&mount) }).await.unwrap();
    assert_eq!(store.descriptor().actor, Some(format!("token-ci (policies default, {policy})")));
    server.unmount(&mount).await;

    // A login needs no further request: its answer has the policies.
    let (fixture, settings) = Fixture::approle(json!({})).await;
    let actor = open(settings).await.unwrap().descriptor().actor.clone().unwrap();
    assert!(actor.starts_with(&format!("{} (policies default, policy-", fixture.auth)), "{actor}");
    fixture.end().await;
}

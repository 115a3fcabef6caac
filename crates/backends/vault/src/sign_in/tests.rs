use std::path::Path;

use airbridge_core::{ErrorKind, SecretText};

use super::{Method, Source, header};
use crate::settings::{AuthType, Settings};

fn source(settings: &Settings) -> String {
    match Method::new(settings) {
        Ok(Method::Token(source)) => source.name(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn token_is_found_in_the_order_of_vaults_tools() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".vault-token");
    let home_text = home.path().to_str().unwrap();
    let mut settings = Settings { env: [("HOME", home_text)].into_iter().collect(), ..Settings::default() };
    let error = Method::new(&settings).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.hint().unwrap().contains("VAULT_TOKEN"));

    std::fs::write(&file, "t").unwrap();
    assert_eq!(source(&settings), file.display().to_string());
    settings.env = [("HOME", home_text), ("BAO_TOKEN_PATH", "/other")].into_iter().collect();
    assert_eq!(source(&settings), "/other");
    settings.env = [("BAO_TOKEN_PATH", "/other"), ("VAULT_TOKEN", "t")].into_iter().collect();
    assert_eq!(source(&settings), "VAULT_TOKEN");
    settings.env = [("BAO_TOKEN", "b"), ("VAULT_TOKEN", "t")].into_iter().collect();
    assert_eq!(source(&settings), "BAO_TOKEN");
    settings.token_path = Some("/path".into());
    assert_eq!(source(&settings), "/path");
    settings.token = Some("t".into());
    assert_eq!(source(&settings), "`token`");
}

#[test]
fn missing_setting_of_a_sign_in_method_is_named() {
    for (auth_type, key) in [
        (AuthType::Approle, "role_id"),
        (AuthType::Userpass, "username"),
        (AuthType::Ldap, "username"),
        (AuthType::Kubernetes, "kubernetes_role"),
        (AuthType::Jwt, "jwt_role"),
    ] {
        let error = Method::new(&Settings { auth_type, ..Settings::default() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(key) && error.message().contains(auth_type.word()), "{error}");
    }
}

#[test]
fn username_that_is_not_one_path_segment_is_rejected() {
    for username in ["a/b", "..", "a\n"] {
        let settings = Settings {
            auth_type: AuthType::Userpass,
            username: Some(username.to_owned()),
            password: Some("p".into()),
            ..Settings::default()
        };
        assert_eq!(Method::new(&settings).unwrap_err().kind(), ErrorKind::Config, "{username}");
    }
}

#[test]
fn kubernetes_token_comes_from_the_pod_by_default() {
    let settings = Settings {
        auth_type: AuthType::Kubernetes,
        kubernetes_role: Some("r".to_owned()),
        auth_mount_point: Some("/k8s/eu/".to_owned()),
        ..Settings::default()
    };
    let Method::Login { path, fields } = Method::new(&settings).unwrap() else { panic!() };
    assert_eq!(path, "auth/k8s/eu/login");
    assert!(
        matches!(&fields[1], ("jwt", Source::File(path)) if path == Path::new(super::SERVICE_ACCOUNT_TOKEN))
    );
}

#[test]
fn invalid_token_is_rejected_without_showing_it() {
    let error = header(&SecretText::new("canary\nline"), "VAULT_TOKEN").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains("VAULT_TOKEN") && !error.message().contains("canary"));
    assert!(!format!("{:?}", header(&SecretText::new("canary"), "x").unwrap()).contains("canary"));
}

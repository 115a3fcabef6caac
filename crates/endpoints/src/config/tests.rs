use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Config;
use crate::endpoint::Access;
use crate::environment::ProcessEnvironment;
use crate::error::Error;
use crate::open::{OpenOptions, configure};

/// A folder with `airbridge.toml`, as if it had been found in the working directory.
fn found(text: &str) -> (TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("airbridge.toml");
    fs::write(&path, text).unwrap();
    fs::write(folder.path().join("token"), "canary").unwrap();
    let mut config = Config::default();
    config.read(&path, false, true).unwrap();
    (folder, config)
}

fn configured(config: Config) -> Result<(), Error> {
    let variables = [("CANARY", "canary"), ("VAULT_TOKEN", "t")].into_iter().collect();
    let env = ProcessEnvironment { variables, ..ProcessEnvironment::default() };
    let options = OpenOptions { config, env, ..OpenOptions::default() };
    configure(&options, "@prod", &[], Access::Read).map(|_| ())
}

#[test]
fn found_file_may_name_places_prefixes_and_options() {
    for text in [
        "backend = 'aws:us-east-1'\nprofile_name = 'prod'\nconnections_prefix = 'a'\nrate = 5",
        "backend = 'vault:airflow'\ntoken = { file = 'token' }\ntimeout = 5",
        "backend = 'azure:acme-kv'",
        "backend = 'gcp:acme'",
        "backend = 'file:connections.json'",
    ] {
        let (_folder, config) = found(&format!("[endpoints.prod]\n{text}\n"));
        configured(config).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn found_file_must_not_decide_where_credentials_come_from_or_go_to() {
    for text in [
        "backend = 'vault'\nurl = 'http://127.0.0.1:1'",
        "backend = 'vault'\nendpoint_url = 'https://evil.test'",
        "backend = 'vault'\ntoken = { env = 'CANARY' }",
        "backend = 'vault'\ntoken = { file = '/etc/hostname' }",
        "backend = 'vault'\ntoken = { file = '../outside' }",
        "backend = 'vault'\ntoken = { file = 'link' }",
        "backend = 'vault'\ntoken_path = 'token'",
        "backend = 'vault'\ncert = ['a', 'b']",
        "backend = 'vault'\nca_file = 'ca.pem'",
        "backend = 'vault'\nverify = 'ca.pem'",
        "backend = 'vault'\nproxy = 'http://p.test:1'",
        "backend = 'vault'\nproxies = { https = 'http://p.test:1' }",
        "backend = 'vault'\nallow_http = true",
        "backend = 'aws:us-east-1'\nendpoint_url = 'https://evil.test'",
        "backend = 'aws-ssm:us-east-1'\nverify = 'ca.pem'",
        "backend = 'gcp:acme'\ngcp_key_path = 'key.json'",
        "backend = 'gcp:acme'\ngcp_credential_config_file = 'c.json'",
        "backend = 'gcp:acme'\ngcp_keyfile_dict = { type = 'external_account' }",
        "backend = 'azure:https://evil.test'",
        "backend = 'airflow:prod.env'",
        "backend = 'airflow'\npath = 'prod.env'",
    ] {
        let (folder, config) = found(&format!("[endpoints.prod]\n{text}\n"));
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
        let error = configured(config).map(|()| text).unwrap_err();
        assert!(error.message.contains("found in the working directory"), "{text}: {error}");
        assert!(error.hint.as_deref().unwrap().contains("--config ./airbridge.toml"), "{text}");
        assert!(!format!("{error:?}").contains("canary"), "{text}");
        // Named by the user, the same file is the user's word.
        let named = Config::load(Some(&folder.path().join("airbridge.toml"))).unwrap();
        let message = configured(named).map_or_else(|error| error.message, |()| String::new());
        assert!(!message.contains("working directory"), "{text}: {message}");
    }
}

#[test]
fn name_that_two_files_define_is_an_error_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    for name in ["own.toml", "here.toml"] {
        fs::write(path(name), "[endpoints.prod]\nbackend = 'gcp:acme'\n").unwrap();
    }
    fs::write(path("other.toml"), "[endpoints.other]\nbackend = 'gcp:acme'\n").unwrap();
    let mut config = Config::default();
    config.read(&path("own.toml"), false, false).unwrap();
    config.read(&path("other.toml"), false, true).unwrap();
    assert!(config.endpoint("prod").is_ok() && config.endpoint("other").is_ok());
    config.read(&path("here.toml"), false, true).unwrap();
    let error = config.endpoint("prod").unwrap_err();
    assert!(error.message.contains("own.toml") && error.message.contains("here.toml"), "{error}");
    assert!(config.endpoint("other").is_ok());
}

#[test]
fn file_that_others_can_write_is_read_only_if_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("airbridge.toml");
    fs::write(&path, "[endpoints.prod]\nbackend = 'gcp:acme'\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let mut config = Config::default();
    config.read(&path, false, false).unwrap();
    assert!(config.endpoint("prod").is_err());
    assert_eq!(config.notes.len(), 1);
    assert!(config.notes[0].message.contains("other users can write it"), "{:?}", config.notes);
    assert!(Config::load(Some(Path::new(&path))).unwrap().endpoint("prod").is_ok());
}

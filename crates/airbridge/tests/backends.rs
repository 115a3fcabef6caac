//! Each backend is a cargo feature. These tests hold for any choice of them; `tests/run` runs them for all and for one.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// The schemes of the backends, Airflow's class for each, and whether this build includes it.
const BACKENDS: [(&str, &str, bool); 5] = [
    ("aws", "amazon.aws.secrets.secrets_manager.SecretsManagerBackend", cfg!(feature = "aws")),
    (
        "aws-ssm",
        "amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
        cfg!(feature = "aws-ssm"),
    ),
    ("gcp", "google.cloud.secrets.secret_manager.CloudSecretManagerBackend", cfg!(feature = "gcp")),
    ("azure", "microsoft.azure.secrets.key_vault.AzureKeyVaultBackend", cfg!(feature = "azure")),
    ("vault", "hashicorp.secrets.vault.VaultBackend", cfg!(feature = "vault")),
];

/// Runs airbridge in a folder: exit code, standard output, standard error.
fn airbridge(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airbridge"));
    command.args(arguments).current_dir(folder).env_clear().env("AIRBRIDGE_STATE_DIR", "state");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn endpoints_shows_the_included_backends_only() {
    let folder = tempfile::tempdir().unwrap();
    let (code, shown, _) = airbridge(folder.path(), &["endpoints"]);
    assert_eq!(code, 0);
    for (scheme, _, included) in BACKENDS {
        let is_shown = shown.lines().any(|line| line.trim_start().starts_with(&format!("{scheme}:")));
        assert_eq!(is_shown, included, "{scheme}: {shown}");
    }
}

#[test]
fn backend_that_is_left_out_is_named_wherever_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    for (scheme, class, _) in BACKENDS.iter().filter(|(.., included)| !included) {
        write("airbridge.toml", format!("[endpoints.old]\nbackend = \"{scheme}\"\n"));
        write("airflow.cfg", format!("[secrets]\nbackend = airflow.providers.{class}\n"));
        let of_subclass = format!("airflow:airflow.cfg?backend={scheme}");
        for endpoint in [&format!("{scheme}:x"), "@old", "airflow:airflow.cfg", &of_subclass] {
            let (code, _, error) = airbridge(folder.path(), &["list", endpoint]);
            let expected = format!("this build of airbridge does not include `{scheme}:`");
            assert!(code == 2 && error.contains(&expected), "{endpoint}: {code} {error}");
            assert!(error.contains(&format!("its cargo feature `{scheme}`")), "{error}");
        }
    }
}

#[test]
fn bundle_is_written_by_a_build_that_includes_bundles_and_named_by_one_that_does_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("variables.json"), "{\"a\": \"1\"}").unwrap();
    let recipient = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    let command = ["export", "variables.json", "moved.age", "--recipient", recipient];
    let (code, _, error) = airbridge(folder.path(), &command);
    if cfg!(feature = "bundle") {
        assert_eq!(code, 0, "{error}");
    } else {
        assert!(code == 2 && error.contains("this build of airbridge does not include bundles"), "{error}");
        assert!(error.contains("its cargo feature `bundle`"), "{error}");
    }
    assert_eq!(folder.path().join("moved.age").exists(), cfg!(feature = "bundle"));
}

#[test]
fn files_are_copied_by_every_build() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("old")).unwrap();
    fs::write(folder.path().join("old/variables.json"), "{\"a\": \"1\"}").unwrap();
    let (code, _, error) = airbridge(folder.path(), &["copy", "old/", "new/", "--yes"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        fs::read_to_string(folder.path().join("new/variables.json")).unwrap(),
        "{\n    \"a\": \"1\"\n}"
    );
}

//! Checks the double with Microsoft's own client and with Airflow's own backend, both unmodified.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step must end the test")]

#[expect(dead_code, reason = "other test files use the rest")]
mod common;
mod double;

use std::io::Write;
use std::process::Stdio;

use airbridge_backend_azure::{Settings, open};
use common::create;
use double::identity::{ASSERTION, HEADER, SECRET};
use double::{Double, Fault, TENANT, replies};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// A command for Airflow's Python, which has Microsoft's client, too. Its environment leads to the double.
fn python(double: &Double) -> Command {
    let variable = "AIRBRIDGE_TEST_AIRFLOW_PYTHON";
    let how = "run the tests with `python3 tests/servers/servers.py run -- cargo test`";
    let python = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: {how}"));
    let mut command = Command::new(python);
    command.env_clear().envs(environment(double)).kill_on_drop(true);
    command
}

fn environment(double: &Double) -> [(&'static str, String); 6] {
    [
        ("HTTPS_PROXY", double.plain()),
        ("REQUESTS_CA_BUNDLE", double.ca().display().to_string()),
        ("IDENTITY_ENDPOINT", format!("{}/msi/token", double.plain())),
        ("IDENTITY_HEADER", HEADER.to_owned()),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", double.plain()),
        ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential".to_owned()),
    ]
}

#[tokio::test]
async fn microsofts_client_accepts_the_double_as_a_vault() {
    let double = Double::start().await;
    double.fail("GET", "/secrets/throttled", 2, Fault::Answer(replies::throttled()));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(ASSERTION.as_bytes()).unwrap();
    let mut certificate = tempfile::NamedTempFile::new().unwrap();
    certificate.write_all(double.certificate().as_bytes()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/witness/prove.py");
    let mut command = python(&double);
    command
        .arg(script)
        .env("DOUBLE_TENANT", TENANT)
        .env("DOUBLE_SECRET", SECRET)
        .env("DOUBLE_TOKEN_FILE", file.path())
        .env("DOUBLE_CERTIFICATE", certificate.path());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for kind in ["secret", "assertion", "certificate", "app service", "virtual machine"] {
        assert!(double.sign_ins().iter().any(|asked| asked.contains(kind)), "no authentication by {kind}");
    }
}

#[tokio::test]
async fn airflow_reads_what_the_store_wrote() {
    let double = Double::start().await;
    let settings = Settings {
        vault_url: "acme".to_owned(),
        proxy: Some(double.plain()),
        verify_challenge_resource: None,
        ..common::settings(&double)
    };
    let store = open(settings).await.unwrap();
    let json = r#"{"conn_type": "http", "host": "h", "password": "p\"\\ü"}"#;
    for (name, value) in [
        ("airflow-connections-smtp-default", "smtp://u:p%40ss@h:25/?a=b"),
        ("airflow-connections-Api", json),
        ("airflow-variables-key", " line\nbreak é "),
        ("airflow-variables-empty", ""),
        ("airflow-config-sql-alchemy-conn", "sqlite://"),
    ] {
        create(&*store, name, value).await.unwrap();
    }
    let environment = environment(&double).into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    let environment: Map<String, Value> = environment.collect();
    let job = json!({"reads": [{
        "backend": "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend",
        "kwargs": {"vault_url": "https://acme.vault.azure.net"},
        "env": environment,
        "connections": ["smtp_default", "api", "missing"],
        "variables": ["key", "empty", "missing"],
        "config": ["sql_alchemy_conn"]}]});
    let mut command = python(&double);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/servers/judge.py"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(job.to_string().as_bytes()).await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let read = &answer["reads"][0];
    for reader in ["core", "task"] {
        let smtp = &read["connections"]["smtp_default"][reader];
        assert_eq!(
            (&smtp["conn_type"], &smtp["password"]),
            (&json!("smtp"), &json!("p@ss")),
            "{reader}: {answer}"
        );
        assert_eq!(read["connections"]["api"][reader]["password"], json!("p\"\\ü"), "{reader}");
        assert_eq!(read["connections"]["missing"][reader], Value::Null, "{reader}");
    }
    assert_eq!(read["variables"], json!({"key": " line\nbreak é ", "empty": "", "missing": null}));
    assert_eq!(read["config"], json!({"sql_alchemy_conn": "sqlite://"}));
}

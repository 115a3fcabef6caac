//! Checks the emulator and the double with Google's own client, and reads what the store wrote with Airflow's own
//! backend.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a failed step must end the test")]

mod common;
#[path = "common/secure.rs"]
mod secure;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use airbridge_core::SecretStore;
use common::double::Double;
use common::{create, project, server, settings, store, write};
use secure::Secure;
use serde_json::{Value, json};

/// Runs the script with Google's client, which fails at the first difference from the service.
async fn run_witness(url: &str, how: &str, authority: Option<&Path>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/witness.py");
    let mut python = Command::new(server("AIRBRIDGE_TEST_GOOGLE_PYTHON"));
    python.args([script, url, how]).envs(authority.map(|file| ("REQUESTS_CA_BUNDLE", file)));
    let run = move || python.output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("Python starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stdout.trim(), "as the service does it");
}

#[tokio::test]
async fn googles_client_accepts_the_double() {
    let double = Double::new().await;
    let secure = Secure::before(&double.url()).await;
    run_witness(secure.url(), "strict", Some(secure.authority())).await;
    // The script must have sent requests.
    assert!(double.calls().len() > 40, "{} calls", double.calls().len());
}

#[tokio::test]
async fn googles_client_accepts_the_emulator() {
    run_witness(&server("AIRBRIDGE_TEST_DRONGO"), "emulator", None).await;
}

/// What Airflow's own backend reads from `project` at the REST server `url`.
async fn airflow_reads(project: &str, url: &str) -> Value {
    let job = json!({"reads": [{
        "backend": "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend",
        "kwargs": {"project_id": project},
        "env": {"AIRFLOW__CORE__MULTI_TEAM": "True"},
        "team": "red",
        "google": url,
        "connections": ["smtp_default", "api", "mine", "off", "missing", "a.b"],
        "variables": ["key", "missing"],
        "config": ["sql_alchemy_conn"]}]});
    let judge = move || {
        let mut judge = Command::new(server("AIRBRIDGE_TEST_AIRFLOW_PYTHON"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/servers/judge.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        judge.stdin.take().expect("a pipe").write_all(job.to_string().as_bytes())?;
        judge.wait_with_output()
    };
    let output = tokio::task::spawn_blocking(judge).await.expect("no panic").expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("the judge prints JSON");
    answer["reads"][0].clone()
}

/// Writes the secrets that Airflow reads.
async fn fill(store: &dyn SecretStore) {
    for (name, value) in [
        ("airflow-connections-smtp_default", "smtp://u:p%40ss@h:25/?a=b"),
        ("airflow-connections-api", r#"{"conn_type": "http", "password": "p\"\\ü"}"#),
        ("airflow-connections-red--mine", "http://team"),
        ("airflow-connections-mine", "http://shared"),
        ("airflow-connections-off", "http://off"),
        ("airflow-variables-key", " line\nbreak é \n"),
        ("airflow-config-sql_alchemy_conn", "sqlite://"),
    ] {
        write(store, name, create(value)).await.unwrap();
    }
}

/// Checks what Airflow read.
fn expect(read: &Value) {
    for reader in ["core", "task"] {
        let field = |id: &str, field: &str| read["connections"][id][reader][field].clone();
        assert_eq!(field("smtp_default", "password"), "p@ss", "{reader}: {read}");
        assert_eq!(field("api", "password"), "p\"\\ü", "{reader}: {read}");
        assert_eq!(field("mine", "host"), "team", "{reader}: {read}");
    }
    assert_eq!(read["connections"]["missing"], json!({"core": null, "task": null}));
    assert_eq!(read["variables"], json!({"key": " line\nbreak é \n", "missing": null}));
    assert_eq!(read["config"], json!({"sql_alchemy_conn": "sqlite://"}));
}

#[tokio::test]
async fn airflow_reads_what_the_store_wrote_to_the_double() {
    let double = Double::new().await;
    fill(&*double.store().await).await;
    double.act("airflow-connections-off", "disable");
    let read = airflow_reads("acme", &double.url()).await;
    expect(&read);
    // A disabled latest version is an error, and an invalid name is a missing secret.
    let failed = json!({"error": "FailedPrecondition"});
    assert_eq!(read["connections"]["off"], json!({"core": failed, "task": failed}));
    assert_eq!(read["connections"]["a.b"], json!({"core": null, "task": null}));
    assert!(double.count("GET access") > 10, "{:?}", double.calls());
}

#[tokio::test]
async fn airflow_reads_what_the_store_wrote_to_the_emulator() {
    let (project, url) = (project(), server("AIRBRIDGE_TEST_DRONGO"));
    fill(&*store(settings(&project, &url)).await).await;
    expect(&airflow_reads(&project, &url).await);
}

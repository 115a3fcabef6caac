//! Google's own client says whether the servers that stand in for the service do so, and Airflow's own backend reads
//! from them what was written.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where it cannot go on")]

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

/// Runs the script with Google's client; it ends with an error at the first thing that is not as it should be.
async fn agrees(url: &str, how: &str, authority: Option<&Path>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/witness.py");
    let mut python = Command::new(server("AIRBRIDGE_TEST_GOOGLE_PYTHON"));
    python.args([script, url, how]).envs(authority.map(|file| ("REQUESTS_CA_BUNDLE", file)));
    let run = move || python.output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("Python starts");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complained}");
    assert_eq!(said.trim(), "as the service does it");
}

#[tokio::test]
async fn googles_client_agrees_with_the_double() {
    let double = Double::new().await;
    let secure = Secure::before(&double.url()).await;
    agrees(secure.url(), "strict", Some(secure.authority())).await;
    // A guard against a script that asks for nothing.
    assert!(double.calls().len() > 40, "{} calls", double.calls().len());
}

#[tokio::test]
async fn googles_client_agrees_with_the_emulator() {
    agrees(&server("AIRBRIDGE_TEST_DRONGO"), "emulator", None).await;
}

/// What Airflow's own backend reads of project `acme` through the REST server at `url`.
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

/// Writes what Airflow is to read.
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

/// Compares what every stand-in must give.
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
async fn airflow_reads_from_the_double_what_was_written() {
    let double = Double::new().await;
    fill(&*double.store().await).await;
    double.act("airflow-connections-off", "disable");
    let read = airflow_reads("acme", &double.url()).await;
    expect(&read);
    // The latest version counts in whatever state, and a name that the service refuses is a missing one.
    let failed = json!({"error": "FailedPrecondition"});
    assert_eq!(read["connections"]["off"], json!({"core": failed, "task": failed}));
    assert_eq!(read["connections"]["a.b"], json!({"core": null, "task": null}));
    assert!(double.count("GET access") > 10, "{:?}", double.calls());
}

#[tokio::test]
async fn airflow_reads_from_the_emulator_what_was_written() {
    let (project, url) = (project(), server("AIRBRIDGE_TEST_DRONGO"));
    fill(&*store(settings(&project, &url)).await).await;
    expect(&airflow_reads(&project, &url).await);
}

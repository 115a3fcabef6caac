//! Airflow's own reading of a deployment's settings.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Version, server};

/// The answers of an Airflow to the cases, one process for all; `tests/servers/settings.py` documents both.
///
/// # Panics
/// If Airflow cannot be run.
pub fn airflow_settings(version: Version, cases: &[Value]) -> Vec<Value> {
    let mut airflow = Command::new(server(version.python()))
        .args([concat!(env!("CARGO_MANIFEST_DIR"), "/servers/settings.py"), "configured"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Airflow's Python starts");
    let job = Value::from(cases).to_string();
    airflow.stdin.take().expect("a pipe").write_all(job.as_bytes()).expect("Airflow listens");
    let output = airflow.wait_with_output().expect("Airflow ends");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "Airflow failed: {complaint}");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).expect("Airflow's answers are JSON");
    assert_eq!(answers.len(), cases.len());
    answers
}

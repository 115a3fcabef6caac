//! Airflow as the judge: its own secrets backends read what airbridge wrote.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::server;

/// One process of Airflow 3.3.2 that answers any number of reads: importing it takes seconds.
#[derive(Debug, Default)]
pub struct Judge {
    reads: Vec<Value>,
}

/// What Airflow is asked to read through one backend.
#[derive(Clone, Debug)]
pub struct JudgeRead<'a> {
    /// The class path of the backend.
    pub backend: &'a str,
    /// Its `backend_kwargs`.
    pub kwargs: Value,
    /// Environment variables of this read.
    pub variables: Vec<(String, String)>,
    /// Connection ids.
    pub connections: &'a [&'a str],
    /// Variable keys.
    pub variable_keys: &'a [&'a str],
    /// Config keys.
    pub config: &'a [&'a str],
}

impl Judge {
    /// Asks for nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for one more read; answers come in this order.
    pub fn read(&mut self, read: &JudgeRead<'_>) {
        let env: serde_json::Map<String, Value> =
            read.variables.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        self.reads.push(json!({
            "backend": read.backend, "kwargs": read.kwargs, "env": env,
            "connections": read.connections, "variables": read.variable_keys, "config": read.config,
        }));
    }

    /// What Airflow says, one answer for each read.
    ///
    /// # Panics
    /// If Airflow cannot be run, or if it fails to read anything: an error on both sides must not pass as equal.
    pub fn answers(self) -> Vec<Value> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/servers/judge.py");
        let mut judge = Command::new(server("AIRBRIDGE_TEST_AIRFLOW_PYTHON"))
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Airflow's Python starts");
        let job = json!({ "reads": self.reads }).to_string();
        judge.stdin.take().expect("a pipe").write_all(job.as_bytes()).expect("the judge listens");
        let output = judge.wait_with_output().expect("the judge ends");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the judge failed: {complaint}");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("the judge prints JSON");
        let answers = answer["reads"].as_array().expect("answers").clone();
        for answer in &answers {
            assert!(!answer.to_string().contains("{\"error\":"), "Airflow cannot read: {answer}");
        }
        answers
    }
}

//! A real Airflow of either version: tasks that read entries, and the command line that exports a database.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::{Ids, server};

/// A version of Airflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 2.11.2
    V2,
    /// 3.3.2
    V3,
}

impl Version {
    /// The variable that names its Python.
    pub(crate) fn python(self) -> &'static str {
        match self {
            Self::V2 => "AIRBRIDGE_TEST_AIRFLOW2_PYTHON",
            Self::V3 => "AIRBRIDGE_TEST_AIRFLOW_PYTHON",
        }
    }
}

/// An Airflow with the settings of a deployment.
#[derive(Clone, Debug)]
pub struct RealAirflow {
    version: Version,
    variables: Vec<(String, String)>,
}

impl RealAirflow {
    /// An Airflow with these variables, which name a database with all its tables.
    pub fn new(version: Version, variables: Vec<(String, String)>) -> Self {
        Self { version, variables }
    }

    /// With an `airflow.cfg` of this text.
    pub fn with_cfg(mut self, text: &str) -> Self {
        self.variables.push(("AIRBRIDGE_CFG".to_owned(), text.to_owned()));
        self
    }

    /// What a task reads; null for what it does not find.
    pub fn read(&self, ids: &Ids) -> Value {
        self.run("read", &json!({ "connections": ids.connections, "variables": ids.variables }))
    }

    /// The files that `airflow connections export` and `airflow variables export` write.
    pub fn export(&self) -> Value {
        self.run("export", &Value::Null)
    }

    /// Adds entries with `airflow connections add` and `airflow variables set`.
    pub fn fill(&self, entries: &Value) {
        self.run("fill", entries);
    }

    fn run(&self, action: &str, input: &Value) -> Value {
        let mut airflow = Command::new(server(self.version.python()))
            .args([concat!(env!("CARGO_MANIFEST_DIR"), "/servers/tasks.py"), action])
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Airflow's Python starts");
        airflow.stdin.take().expect("a pipe").write_all(input.to_string().as_bytes()).expect("it listens");
        let output = airflow.wait_with_output().expect("it ends");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Airflow failed: {complaint}");
        serde_json::from_slice(&output.stdout).expect("an answer in JSON")
    }
}

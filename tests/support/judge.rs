//! Airflow as the judge: its own secrets backends read what airbridge wrote.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::{Place, server};

/// One process of Airflow 3.3.2 that answers any number of reads: importing it takes seconds.
#[derive(Debug, Default)]
pub struct Judge {
    reads: Vec<Value>,
}

/// Ids of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// Connection ids.
    pub connections: BTreeSet<String>,
    /// Variable keys.
    pub variables: BTreeSet<String>,
    /// Config keys.
    pub config: BTreeSet<String>,
}

impl Ids {
    /// Those of a document's rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut ids = Self::default();
        for row in rows {
            ids.kind(row["kind"].as_str().unwrap_or_default())
                .insert(row["id"].as_str().unwrap_or_default().to_owned());
        }
        ids
    }

    /// Those of one kind: `connection`, `variable`, `config`.
    ///
    /// # Panics
    /// If there is no such kind.
    pub fn kind(&mut self, kind: &str) -> &mut BTreeSet<String> {
        match kind {
            "connection" => &mut self.connections,
            "variable" => &mut self.variables,
            "config" => &mut self.config,
            _ => panic!("no kind is called {kind:?}"),
        }
    }
}

impl Judge {
    /// Asks for nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for one more read; answers come in this order. With a team, Airflow is in multi-team mode.
    pub fn read(&mut self, place: &Place, ids: &Ids, team: Option<&str>) {
        let mut env: serde_json::Map<String, Value> =
            place.variables.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        if team.is_some() {
            env.insert("AIRFLOW__CORE__MULTI_TEAM".to_owned(), "True".into());
        }
        let mut read = json!({
            "backend": place.backend, "kwargs": place.kwargs, "env": env, "team": team,
            "connections": ids.connections, "variables": ids.variables, "config": ids.config,
        });
        if let Some(server) = &place.google {
            read["google"] = server.as_str().into();
        }
        self.reads.push(read);
    }

    /// Airflow's answers, one for each read.
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

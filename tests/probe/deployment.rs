//! A deployment of Airflow with entries in its environment, its secrets backend and its metadata database.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use airbridge_tests::{
    Airbridge, MetadataDatabase, System, VaultMount, Version, program, repository, server,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Every value of the deployment. No log may have one.
pub(crate) const CANARIES: [&str; 13] = [
    "canary-env-db",
    "canary-env-var",
    "canary-backend-db",
    "canary-backend-extra",
    "canary-backend-var",
    "canary-config",
    "canary-meta-db",
    "canary-meta-var",
    "canary-shadow-one",
    "canary-shadow-two",
    "canary-slash",
    "canary free text",
    "canary-slashed-var",
];

/// The entries that the DAG of the example copies: all that tasks of both versions read.
const COPIED: &str = "conn:env_db\nconn:backend_db\nconn:meta_db\nconn:nowhere\nvar:env_var\nvar:backend_var\nvar:meta_var\nvar:meta/var\n\
                      config:smtp_password\n";

/// The entries that the checks ask for.
const ASKED: &str = "conn:env_db conn:backend_db conn:meta_db conn:shadowed conn:lost_key conn:free_db conn:meta/slash conn:nowhere \
                     var:env_var var:meta_var var:meta/var var:lost_var config:smtp_password conn:* var:*";

/// What a run of Airflow left.
pub(crate) struct Ran {
    /// `DAG.TASK` and its state.
    pub(crate) states: BTreeMap<String, String>,
    /// Every log, by its name.
    pub(crate) logs: BTreeMap<String, String>,
    /// What the checks answered, by the name of the check.
    pub(crate) answers: BTreeMap<String, String>,
    pub(crate) deployment: Deployment,
}

/// An Airflow with its services. The backend and the targets are mounts of OpenBao.
pub(crate) struct Deployment {
    pub(crate) user: Airbridge,
    pub(crate) target: VaultMount,
    pub(crate) elsewhere: VaultMount,
    database: MetadataDatabase,
    backend: VaultMount,
    folder: TempDir,
    version: Version,
}

impl Deployment {
    pub(crate) fn new(version: Version) -> Self {
        let mount = || VaultMount::new(&server("AIRBRIDGE_TEST_OPENBAO"), 2);
        let (backend, target, elsewhere) = (mount(), mount(), mount());
        let database =
            MetadataDatabase::new(System::Postgres, if version == Version::V2 { "2" } else { "3" });
        let user = Airbridge::new().with_all(database.settings()).with_all(backend.variables());
        let folder = TempDir::new().expect("a temporary folder");
        let deployment = Self { user, target, elsewhere, database, backend, folder, version };
        deployment.fill();
        deployment
    }

    fn fill(&self) {
        let user = &self.user;
        let connection = |password: &str, description: Option<&str>, extra: Option<&str>| {
            json!({ "conn_type": "http", "host": "db.acme.test", "login": "svc", "port": 5432, "password": password,
                "description": description, "extra": extra })
        };
        let extra = r#"{"key": "canary-backend-extra"}"#;
        let backend =
            json!({ "backend_db": connection("canary-backend-db", Some("of the backend"), Some(extra)) });
        user.write("backend/connections.json", backend.to_string());
        user.write("backend/variables.json", json!({ "backend_var": "canary-backend-var" }).to_string());
        user.write("backend/config.json", json!({ "smtp_password": "canary-config" }).to_string());
        user.run(["copy", "file:backend/", &self.backend.endpoint(), "--yes"]).code(0);
        let stored = json!({
            "meta_db": connection("canary-meta-db", Some("of the database"), None),
            "shadowed": connection("canary-shadow-one", None, None),
        });
        user.write("stored/connections.json", stored.to_string());
        let variables = json!({ "meta_var": "canary-meta-var", "meta/var": "canary-slashed-var" });
        user.write("stored/variables.json", variables.to_string());
        let database = self.database.endpoint();
        user.run(["copy", "file:stored/", &database, "--yes", "--only", "connections,variables"]).code(0);
        user.run(["copy", &database, &self.elsewhere.endpoint(), "--include", "conn:shadowed", "--yes"])
            .code(0);
        // What neither Airflow's pages nor airbridge would write.
        self.database.sql(
            "INSERT INTO connection (conn_id, conn_type, host, password, is_encrypted, is_extra_encrypted) VALUES \
             ('meta/slash', 'http', 'h', 'canary-slash', false, false), \
             ('lost_key', 'http', 'h', 'gAAAAABmade-up-token-of-another-key', true, false); \
             INSERT INTO connection (conn_id, conn_type, host, extra, is_encrypted, is_extra_encrypted) VALUES \
             ('free_db', 'http', 'h', 'canary free text', false, false); \
             INSERT INTO variable (key, val, is_encrypted) VALUES ('lost_var', 'gAAAAABmade-up-token-of-another-key', true);",
        );
    }

    /// The settings of this Airflow for a process outside its tasks.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let mut kwargs = self.backend.kwargs();
        kwargs["config_path"] = json!("config");
        let backend = "airflow.providers.hashicorp.secrets.vault.VaultBackend".to_owned();
        let mut settings = self.database.variables();
        settings.push(("AIRFLOW__SECRETS__BACKEND".to_owned(), backend));
        settings.push(("AIRFLOW__SECRETS__BACKEND_KWARGS".to_owned(), kwargs.to_string()));
        settings
    }

    /// Airflow's Python.
    pub(crate) fn python(&self) -> String {
        server(match self.version {
            Version::V2 => "AIRBRIDGE_TEST_AIRFLOW2_PYTHON",
            Version::V3 => "AIRBRIDGE_TEST_AIRFLOW_PYTHON",
        })
    }

    /// Runs Airflow until the tasks of the example and of the checks have ended.
    pub(crate) fn run(self) -> Ran {
        let folder = self.folder.path();
        let (home, out, bin) = (folder.join("airflow"), folder.join("out"), folder.join("bin"));
        for made in [&out, &bin] {
            std::fs::create_dir(made).expect("a folder");
        }
        symlink(program(), bin.join("airbridge")).expect("a link");
        self.user.write("ids.txt", COPIED);
        let probe = self.user.run(["probe", "--ids", "ids.txt"]).code(0).stdout;
        let example =
            std::fs::read_to_string(repository("examples/probe/dags/airbridge_probe.py")).expect("a DAG");
        // The scheduler starts it by itself.
        let example = example.replacen("schedule=None", "schedule=\"@once\"", 1);
        let mut env: BTreeMap<String, String> = self.settings().into_iter().collect();
        env.extend(self.backend.variables());
        let path = |path: &std::path::Path| path.display().to_string();
        env.extend(
            [
                ("PATH", format!("{}:/usr/bin:/bin", path(&bin))),
                ("AIRFLOW_CONN_ENV_DB", "postgres://svc:canary-env-db@db.acme.test:5432/app".to_owned()),
                ("AIRFLOW_CONN_SHADOWED", "http://svc:canary-shadow-two@db.acme.test:5432".to_owned()),
                ("AIRFLOW_VAR_ENV_VAR", "canary-env-var".to_owned()),
                ("AIRBRIDGE_TARGET", self.target.endpoint()),
                ("PROBE_ELSEWHERE", self.elsewhere.endpoint()),
                ("PROBE_OUT", path(&out)),
                ("PROBE_IDS", ASKED.to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let names = ["AIRFLOW_CONN_ENV_DB", "AIRFLOW_CONN_SHADOWED", "AIRFLOW_VAR_ENV_VAR"];
        let of_workers: BTreeMap<_, _> = names.iter().filter_map(|name| env.remove_entry(*name)).collect();
        let checks = include_str!("checks.py");
        let dags = json!({ "probe.py": probe, "airbridge_probe.py": example, "probe_checks.py": checks });
        let job = json!({ "folder": path(&home), "dags": dags, "env": env, "worker_env": of_workers, "tasks": 5, "seconds": 240 });
        let done = self.airflow(&job);
        let texts = |member: &str| -> BTreeMap<String, String> {
            let texts = done[member].as_object().expect("an object").iter();
            texts.map(|(name, text)| (name.clone(), text.as_str().expect("a text").to_owned())).collect()
        };
        let answers = std::fs::read_to_string(out.join("answers.txt")).unwrap_or_default();
        let answers = answers.lines().filter_map(|line| line.split_once(": "));
        let answers = answers.map(|(name, answer)| (name.to_owned(), answer.to_owned())).collect();
        Ran { states: texts("states"), logs: texts("logs"), answers, deployment: self }
    }

    fn airflow(&self, job: &Value) -> Value {
        let mut airflow = Command::new(self.python())
            .arg(repository("tests/probe/airflow.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Airflow's Python starts");
        airflow.stdin.take().expect("a pipe").write_all(job.to_string().as_bytes()).expect("it listens");
        let output = airflow.wait_with_output().expect("it ends");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Airflow failed: {complaint}");
        serde_json::from_slice(&output.stdout).expect("an answer in JSON")
    }
}

impl Ran {
    /// The log of a task.
    pub(crate) fn log(&self, dag: &str, task: &str) -> &str {
        let is_log = |name: &&String| {
            name.contains(&format!("dag_id={dag}/")) && name.contains(&format!("task_id={task}/"))
        };
        let name = self.logs.keys().find(is_log);
        let name = name
            .unwrap_or_else(|| panic!("no log of {dag}.{task}: {:?} {:?}", self.states, self.logs.keys()));
        &self.logs[name]
    }

    /// A file that the checks wrote.
    pub(crate) fn file(&self, name: &str) -> String {
        let path = self.deployment.folder.path().join("out").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error} {:?}", self.states))
    }

    /// The line of an entry in what the probe wrote.
    pub(crate) fn line(&self, kind: &str, id: &str) -> Value {
        let lines = self.file("entries.jsonl");
        let mut lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines
            .find(|line| line["kind"] == kind && line["id"] == id)
            .unwrap_or_else(|| panic!("no line for {kind} {id}"))
    }

    /// All that there is to see, for messages.
    pub(crate) fn everything(&self) -> String {
        let of_tasks = self.logs.iter().filter(|(name, _)| name.contains("task_id=") || !name.contains('/'));
        let logs: Vec<_> = of_tasks.map(|(name, text)| format!("--- {name}\n{}", end_of(text))).collect();
        format!("{:?}\n{:?}\n{}", self.states, self.answers, logs.join("\n"))
    }
}

/// The last lines of a text.
fn end_of(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

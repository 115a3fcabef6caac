//! The settings of a deployment: what Airflow ignores, and with what it does not start.

use airbridge_tests::Airbridge;

use crate::case::{Case, Planted};

const FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";
const AWS: &str = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend";
const VAULT: &str = "airflow.providers.hashicorp.secrets.vault.VaultBackend";

/// A user with an `airflow.cfg` whose backend reads a file of variables.
fn cfg(section: &str) -> Planted {
    let user = Airbridge::new();
    user.write("variables.json", r#"{"a": "x"}"#);
    let path = user.home().join("variables.json").display().to_string();
    user.write("airflow.cfg", section.replace("VARIABLES", &path));
    Planted::new(user, &["airflow:airflow.cfg"])
}

pub(crate) const CASES: &[Case] = &[
    Case {
        wrong: "`backend_kwargs` is not JSON.",
        check: "kwargs-ignored",
        result: "warning",
        says: "airflow.cfg, line 3, [secrets] backend_kwargs: the value is not valid JSON; Airflow ignores it",
        todo: "",
        plant: || {
            let user =
                Airbridge::new().with("AWS_ACCESS_KEY_ID", "AKIA").with("AWS_SECRET_ACCESS_KEY", "test");
            let user = user.with("AWS_ENDPOINT_URL", "http://127.0.0.1:9").with("AWS_REGION", "us-east-1");
            let section =
                format!("[secrets]\nbackend = {AWS}\nbackend_kwargs = {{'connections_prefix': 'x'}}\n");
            user.write("airflow.cfg", section);
            Planted::new(user, &["airflow:airflow.cfg"])
        },
    },
    Case {
        wrong: "A kwarg has a name that the class does not know.",
        check: "unknown-kwarg",
        result: "warning",
        says: "unknown kwarg … of …",
        todo: "did you mean `connections_prefix`?",
        plant: || {
            let user =
                Airbridge::new().with("AWS_ACCESS_KEY_ID", "AKIA").with("AWS_SECRET_ACCESS_KEY", "test");
            let user = user.with("AWS_ENDPOINT_URL", "http://127.0.0.1:9").with("AWS_REGION", "us-east-1");
            let kwargs = r#"{"connection_prefix": "x", "profile_name": null}"#;
            user.write("airflow.cfg", format!("[secrets]\nbackend = {AWS}\nbackend_kwargs = {kwargs}\n"));
            Planted::new(user, &["airflow:airflow.cfg"])
        },
    },
    Case {
        wrong: "Airflow does not start with a kwarg.",
        check: "settings",
        result: "problem",
        says: "`kv_engine_version` must be the number 1 or 2, so Airflow does not start",
        todo: "write 1 or 2 without quotes in `backend_kwargs`…",
        plant: || {
            cfg(&format!("[secrets]\nbackend = {VAULT}\nbackend_kwargs = {{\"kv_engine_version\": \"2\"}}\n"))
        },
    },
    Case {
        wrong: "The class does not exist.",
        check: "settings",
        result: "problem",
        says: "… is not a secrets backend that airbridge supports",
        todo: "did you mean …?",
        plant: || cfg("[secrets]\nbackend = airflow.secrets.local_filesystem.LocalFilesystemBackends\n"),
    },
    Case {
        wrong: "No secrets backend is configured.",
        check: "settings",
        result: "problem",
        says: "… configures no secrets backend ([secrets] backend): its Airflow reads the environment and the metadata database",
        todo: "use `airflow-db:airflow.cfg` for the metadata database, …",
        plant: || cfg("[secrets]\n"),
    },
    Case {
        wrong: "The workers have a backend of their own.",
        check: "workers-section",
        result: "warning",
        says: "[workers] secrets_backend: this is the backend that tasks read",
        todo: "set `section=secrets` for the one in [secrets]",
        plant: || {
            cfg(&format!(
                "[workers]\nsecrets_backend = {FILES}\nsecrets_backend_kwargs = {{\"variables_file_path\": \"VARIABLES\"}}\n"
            ))
        },
    },
    Case {
        wrong: "The workers' backend is configured, and Airflow 2.11 ignores that section.",
        check: "workers-section",
        result: "warning",
        says: "Airflow 2.11 ignores [workers] secrets_backend and …",
        todo: "",
        plant: || {
            let user = Airbridge::new();
            user.write("variables.json", r#"{"a": "x"}"#);
            let path = user.home().join("variables.json").display().to_string();
            let kwargs = format!("{{\"variables_file_path\": \"{path}\"}}");
            user.write(
                "airflow.cfg",
                format!("[secrets]\nbackend = {FILES}\nbackend_kwargs = {kwargs}\n[workers]\nsecrets_backend = {FILES}\n"),
            );
            Planted::new(user, &["airflow:airflow.cfg?airflow_version=2.11"])
        },
    },
    Case {
        wrong: "A file of the local-filesystem backend does not exist.",
        check: "open",
        result: "problem",
        says: "… cannot be opened: …",
        todo: "",
        plant: || {
            let kwargs = "{\"variables_file_path\": \"/no/such/variables.json\"}";
            cfg(&format!("[secrets]\nbackend = {FILES}\nbackend_kwargs = {kwargs}\n"))
        },
    },
];

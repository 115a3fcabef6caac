//! The file as a script, outside tasks.

use std::process::{Command, Stdio};

use airbridge_tests::{Airbridge, Run, Version};
use serde_json::Value;

use crate::deployment::{CANARIES, Deployment};

/// Runs the file with a Python and these variables only.
fn run(user: &Airbridge, python: &str, variables: &[(String, String)], entries: &[&str]) -> Run {
    let probe = user.run(["probe"]).code(0).stdout;
    user.write("probe.py", probe);
    let mut command = Command::new(python);
    command.arg(user.home().join("probe.py")).args(entries).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", user.home()).env("AIRFLOW_HOME", user.home());
    command.env("AIRFLOW__CORE__LOAD_EXAMPLES", "False");
    command.envs(variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command.output().expect("Python starts").into()
}

fn line<'a>(lines: &'a [Value], id: &str) -> &'a Value {
    lines.iter().find(|line| line["id"] == id).unwrap_or_else(|| panic!("no line for {id}"))
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{run}"))).collect()
}

fn no_value_in(text: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{text}");
    }
}

#[test]
fn script_outside_tasks_of_airflow_3_reads_and_lists_the_metadata_database() {
    let deployment = Deployment::new(Version::V3);
    let user = &deployment.user;
    let mut variables = deployment.settings();
    let shadow = "http://svc:canary-shadow-two@db.acme.test:5432".to_owned();
    variables.push(("AIRFLOW_CONN_SHADOWED".to_owned(), shadow));
    let asked = ["conn:*", "var:*", "conn:backend_db", "config:smtp_password", "conn:nowhere"];
    let ran = run(user, &deployment.python(), &variables, &asked).code(0);
    no_value_in(&ran.stderr);
    let found = lines(&ran);
    assert_eq!((&found[0]["context"], &found[0]["reader"]), (&"process".into(), &"core".into()));
    assert_eq!(found[0]["listed"]["connection"], serde_json::json!(["environment", "metastore"]));
    assert_eq!(found.last().map(|line| &line["end"]), Some(&(found.len() - 2).into()));
    assert_eq!(line(&found, "meta_db")["fields"]["description"], "of the database");
    assert_eq!(line(&found, "meta/slash")["fields"]["password"], "canary-slash");
    // Airflow 3 cannot build the URI of a connection whose extra is not JSON, so its own reader does not find it.
    let free = line(&found, "free_db");
    assert_eq!(
        (&free["error"], free["raised"]["metastore"].is_string()),
        (&"unreadable".into(), true),
        "{free}"
    );
    assert_eq!(line(&found, "backend_db")["source"], "backend");
    assert_eq!(line(&found, "nowhere")["error"], "missing");
    for id in ["lost_key", "lost_var"] {
        assert_eq!(line(&found, id)["raised"]["metastore"], "no-value", "{}", line(&found, id));
    }
    let shadowed = line(&found, "shadowed");
    assert_eq!(
        (&shadowed["source"], &shadowed["also"][0]["source"]),
        (&"environment".into(), &"metastore".into())
    );
    // The same id in another case, guessed from the variable, is not listed twice.
    assert_eq!(ran.stdout.matches("\"shadowed\"").count(), 1);
    let target = deployment.target.endpoint();
    let copied = ["copy", "-?format=probe", &target, "--yes", "--partial"];
    user.run_with(copied, &ran.stdout).code(5);
    let diff = ["diff", "-?format=probe", &target, "--exclude", "lost_*", "--exclude", "conn:free_db"];
    user.run_with(diff, &ran.stdout).code(0);
}

#[test]
fn script_without_a_database_says_that_it_was_not_asked() {
    let deployment = Deployment::new(Version::V3);
    let mut variables = deployment.settings();
    for (name, value) in &mut variables {
        if name == "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" {
            "sqlite:////nowhere/airflow.db".clone_into(value);
        }
    }
    let ran = run(
        &deployment.user,
        &deployment.python(),
        &variables,
        &["conn:backend_db", "conn:meta_db", "var:*"],
    );
    let found = lines(&ran.code(0));
    assert_eq!(line(&found, "backend_db")["source"], "backend");
    let stored = line(&found, "meta_db");
    assert_eq!(stored["error"], "unreadable");
    assert!(stored["not_asked"]["metastore"].is_string(), "{stored}");
    assert!(found[0]["not_listed"]["variable"]["metastore"].is_string(), "{}", found[0]);
}

#[test]
fn script_never_writes_to_a_terminal_or_where_messages_go() {
    let user = Airbridge::new();
    user.write("probe.py", user.run(["probe", "conn:a"]).code(0).stdout);
    let file = user.home().join("probe.py").display().to_string();
    let terminal =
        "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(['python3', sys.argv[1]])))";
    let shown: Run =
        Command::new("python3").args(["-c", terminal, &file]).output().expect("python3 starts").into();
    assert!(shown.code == 1 && shown.stdout.contains("values are not written to a terminal"), "{shown}");
    let shell = format!("python3 '{file}' 2>&1");
    let one: Run = Command::new("sh").args(["-c", &shell]).output().expect("sh starts").into();
    assert!(one.code == 1 && one.stdout.contains("standard output and standard error are one"), "{one}");
    let child = Command::new("python3")
        .arg(&file)
        .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "airflow-db-not-allowed:///")
        .output();
    let child: Run = child.expect("python3 starts").into();
    assert!(child.code == 1 && child.stderr.contains("started by a task of Airflow 3"), "{child}");
}

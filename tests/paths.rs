//! Files that a run reads and writes: none replaces another, and what cannot be written is found in the plan.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::{Command, Stdio};

use airbridge_tests::{Airbridge, Run};
use serde_json::Value;

const CONNECTIONS: &str = r#"{"a": {"conn_type": "http", "password": "c4n4ry"}, "b": {"conn_type": "http"}}"#;

/// A user whose folder has a source and everything else that a run can read.
fn user() -> Airbridge {
    let user = Airbridge::new();
    user.write("connections.json", CONNECTIONS);
    user.write("folder/connections.json", CONNECTIONS);
    user.write("rules.toml", "[[rule]]\nmatch = \"conn:a\"\nset.password = { file = \"password\" }\n");
    user.write("password", "x");
    user.write("ids", "conn:a\n");
    user.write("own.toml", "[endpoints.old]\nbackend = \"file:connections.json\"\n");
    user.write("ca.pem", "");
    user.write(
        "prod.env",
        "AIRFLOW__SECRETS__BACKEND=airflow.secrets.local_filesystem.LocalFilesystemBackend\n\
        AIRFLOW__SECRETS__BACKEND_KWARGS='{\"connections_file_path\": \"folder/connections.json\"}'\n",
    );
    symlink("connections.json", user.home().join("soft")).unwrap();
    fs::hard_link(user.home().join("connections.json"), user.home().join("hard")).unwrap();
    symlink(user.home(), user.home().join("here")).unwrap();
    user
}

/// Everything in the folder of the user, by name.
fn content(user: &Airbridge) -> Vec<(String, Option<Vec<u8>>)> {
    user.files().into_iter().map(|name| (name.clone(), fs::read(user.home().join(name)).ok())).collect()
}

/// The arguments are refused as usage, and no file has changed.
fn clash(user: &Airbridge, arguments: &[&str]) {
    let before = content(user);
    let run = user.run(arguments).code(2);
    assert!(run.stderr.contains("are the same file"), "{arguments:?}: {run}");
    assert!(run.stderr.contains("hint: name another file"), "{arguments:?}: {run}");
    assert_eq!(content(user), before, "{arguments:?}");
}

#[test]
fn report_over_a_file_that_the_run_uses_is_refused() {
    let user = user();
    let plan = ["plan", "connections.json", "target/", "--report"];
    for report in ["connections.json", "./connections.json", "soft", "hard", "here/connections.json"] {
        clash(&user, &[&plan[..], &[report]].concat());
        clash(&user, &["copy", "connections.json", "target/", "--yes", "--report", report]);
        clash(&user, &["export", "connections.json", "new.env", "--report", report]);
    }
    for file in ["rules.toml", "password"] {
        clash(&user, &[&plan[..], &[file, "--rules", "rules.toml"]].concat());
    }
    clash(&user, &[&plan[..], &["ids", "--ids", "ids"]].concat());
    clash(&user, &["plan", "@old", "target/", "--config", "own.toml", "--report", "own.toml"]);
    clash(&user, &["plan", "@old", "target/", "--config", "own.toml", "--report", "connections.json"]);
    clash(&user, &["plan", "airflow:prod.env", "target/", "--report", "prod.env"]);
    clash(&user, &["plan", "airflow:prod.env", "target/", "--report", "folder/connections.json"]);
    for file in ["connections.json", "variables.json", "config.yml"] {
        clash(&user, &["plan", "folder", "target/", "--report", &format!("folder/{file}")]);
    }
    let certificates = ["plan", "connections.json", "vault:", "--to", "ca_file=ca.pem", "--report", "ca.pem"];
    clash(&user, &certificates);
    let user = user.with("AWS_CA_BUNDLE", "ca.pem");
    clash(&user, &["plan", "connections.json", "aws:us-east-1", "--report", "here/ca.pem"]);
}

#[test]
fn report_over_a_new_target_is_refused() {
    let user = user();
    let copy = ["copy", "connections.json", "new.json?format=connections-json", "--yes", "--report"];
    for report in ["new.json", "./new.json", "here/new.json", "folder/../new.json"] {
        clash(&user, &[&copy[..], &[report]].concat());
    }
    clash(&user, &["copy", "env:", "folder/", "--yes", "--report", "folder/variables.json"]);
}

#[test]
fn target_that_the_run_reads_is_refused() {
    let user = user();
    for target in ["soft", "hard", "./connections.json"] {
        let target = format!("{target}?format=connections-json");
        clash(&user, &["copy", "connections.json", &target, "--yes", "--on-conflict", "overwrite"]);
    }
    for (option, file) in [("--rules", "rules.toml"), ("--ids", "ids"), ("--config", "own.toml")] {
        let target = format!("{file}?format=connections-env");
        clash(&user, &["export", "connections.json", &target, "--overwrite", "--yes", option, file]);
    }
    clash(&user, &["copy", "folder", "folder/connections.json", "--yes"]);
    clash(
        &user,
        &[
            "copy",
            "env:",
            "file:",
            "--yes",
            "--to",
            "connections_file_path=x.json",
            "--to",
            "variables_file_path=here/x.json",
        ],
    );
}

#[test]
fn report_over_the_output_of_the_run_is_refused() {
    let user = user();
    user.write("log", "");
    for stream in [1, 2] {
        let plan = ["plan", "connections.json", "target/", "--report", "log"];
        let mut command = user.command(plan);
        let log = fs::OpenOptions::new().append(true).open(user.home().join("log")).unwrap();
        let run: Run = if stream == 1 {
            command.stdout(log).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap().into()
        } else {
            command.stderr(log).output().unwrap().into()
        };
        assert_eq!(run.code, 2, "{run}");
    }
    assert!(user.read("log").contains("are the same file"));
}

#[test]
fn failed_run_does_not_report_into_a_file_that_it_may_use() {
    let user = user();
    let before = content(&user);
    for report in ["connections.json", "soft", "hard"] {
        let run = user.run(["plan", "@none", "target/", "--report", report]).code(2);
        assert!(run.stderr.contains("the report was not written"), "{run}");
        assert_eq!(content(&user), before);
    }
    // An empty file and an earlier report hold nothing to lose.
    user.write("report.json", "");
    for _ in 0..2 {
        user.run(["plan", "@none", "target/", "--report", "report.json"]).code(2);
        assert!(user.read("report.json").contains("no such endpoint"));
    }
}

#[test]
fn report_replaces_the_old_one_at_the_end_and_is_private() {
    let user = user();
    user.write("old.json", "old");
    let copy = ["copy", "connections.json", "target/", "--yes", "--report"];
    user.run([&copy[..], &["old.json"]].concat()).code(0);
    user.run([&copy[..], &["new.json"]].concat()).code(0);
    for name in ["old.json", "new.json"] {
        let report: Value = serde_json::from_str(&user.read(name)).unwrap();
        assert_eq!(report["schema"], "airbridge.report/1");
    }
    let mode = fs::metadata(user.home().join("new.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(user.files().iter().all(|name| !name.starts_with(".airbridge")), "{:?}", user.files());
}

#[test]
fn report_that_cannot_be_written_is_found_before_anything_is_written() {
    let user = user();
    user.write("protected.json", "old");
    fs::set_permissions(user.home().join("protected.json"), fs::Permissions::from_mode(0o444)).unwrap();
    assert!(Command::new("mkfifo").arg(user.home().join("pipe")).status().unwrap().success());
    for report in ["none/report.json", "folder", "protected.json", "pipe", "/proc/report.json"] {
        let run = user.run(["copy", "connections.json", "target/", "--yes", "--report", report]).code(2);
        assert!(run.stderr.contains("the report") && run.stderr.contains("hint: "), "{report}: {run}");
        assert!(!user.home().join("target").exists(), "{report}");
    }
    assert_eq!(user.read("protected.json"), "old");
}

#[test]
fn target_that_cannot_be_written_is_found_in_the_plan() {
    let user = user();
    user.write("plain", "");
    user.write("protected/connections.json", "{}");
    let protected = user.home().join("protected/connections.json");
    fs::set_permissions(&protected, fs::Permissions::from_mode(0o444)).unwrap();
    let targets = [
        ("none/connections.json", "its folder does not exist"),
        ("none/folder/", "its folder does not exist"),
        ("plain/connections.json", "is a file, not a folder"),
        ("protected/connections.json", "permission denied"),
        ("protected/", "permission denied"),
    ];
    for (target, sentence) in targets {
        for command in [&["plan"][..], &["copy", "--yes"], &["copy", "--dry-run"]] {
            let run = user.run([command, &["connections.json", target]].concat()).code(1);
            assert_eq!(run.stderr.matches(sentence).count(), 1, "{target}: {run}");
            assert!(!run.stdout.contains("to create"), "{target}: {run}");
        }
    }
    // Only the files that would be written count.
    user.write("variables.json", r#"{"v": "1"}"#);
    user.run(["copy", "variables.json", "protected/", "--yes"]).code(0);
}

#[test]
fn pipe_device_and_socket_are_no_targets_and_pipes_are_sources() {
    let user = user();
    assert!(Command::new("mkfifo").arg(user.home().join("connections.yaml")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(user.home().join("socket.json")).unwrap();
    for target in
        ["connections.yaml", "/dev/zero?format=connections-json", "socket.json?format=connections-json"]
    {
        let run = user.run(["copy", "connections.json", target, "--yes"]).code(1);
        assert!(run.stderr.contains("is not a regular file"), "{target}: {run}");
    }
    for source in ["/dev/zero?format=connections-json", "socket.json?format=connections-json"] {
        let run = user.run(["copy", source, "target/", "--yes"]).code(1);
        assert!(run.stderr.contains("is not a regular file"), "{source}: {run}");
    }
    let shell = |script: &str| {
        let program = user.command(["unused"]).get_program().to_owned();
        let mut command = Command::new("/bin/bash");
        command.args(["-c", script]).current_dir(user.home()).env_clear().env("A", program);
        command.env("AIRBRIDGE_STATE_DIR", user.records());
        Run::from(command.stdin(Stdio::null()).output().unwrap()).code(0)
    };
    shell("$A copy 'file:/dev/fd/63?format=connections-json' one/ --yes 63< <(cat connections.json)");
    shell("cat connections.json > connections.yaml & $A copy connections.yaml two/ --yes");
    shell("$A list connections.json --ids <(cat ids)");
    for folder in ["one", "two"] {
        user.run(["diff", "connections.json", folder]).code(0);
    }
    let run = user.run(["show", "file:/dev/stdin?format=connections-json", "conn:a"]);
    assert_eq!(run.code, 1, "/dev/null is a device: {run}");
}

#[test]
fn list_of_ids_is_read_from_streams_and_within_limits() {
    let user = user();
    let run = user.run(["list", "connections.json", "--ids", "/dev/zero"]).code(2);
    assert!(run.stderr.contains("it is a device"), "{run}");
    fs::File::create(user.home().join("large")).unwrap().set_len((256 << 20) + 1).unwrap();
    for (file, why) in [("large", "larger than 256 MiB"), ("folder", "it is a folder")] {
        for option in ["--ids", "--config"] {
            let run = user.run(["list", "connections.json", option, file]).code(2);
            assert!(run.stderr.contains(why), "{run}");
        }
        let run = user.run(["plan", "connections.json", "target/", "--rules", file]).code(2);
        assert!(run.stderr.contains(why), "{run}");
    }
    user.run(["list", "connections.json", "--config", "/dev/null"]).code(0);
    user.run_with(["list", "connections.json", "--ids", "-"], "conn:a\n").code(0);
    user.run_with(["list", "connections.json", "--ids", "-"], "nonsense\n").code(2);
    let twice = ["copy", "-?format=connections-json", "target/", "--yes", "--ids", "-"];
    user.run_with(twice, CONNECTIONS).code(2);
}

#[test]
fn target_that_others_can_use_is_a_warning_and_one_of_another_user_is_refused() {
    let user = user();
    user.write("shared/connections.json", "{}");
    let shared = user.home().join("shared/connections.json");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o666)).unwrap();
    let plan = user.run(["plan", "connections.json", "shared/", "-o", "json"]).code(0).json();
    assert_eq!(plan["warnings"][0]["code"], "shared-target", "{plan}");
    assert_eq!(plan["warnings"][0]["hint"], "run chmod 600 on the file");
    // Only the superuser can give a file away.
    if chown(&shared, Some(65534), None).is_ok() {
        for command in [&["plan"][..], &["copy", "--yes"], &["copy", "--yes", "--partial"]] {
            let run = user.run([command, &["connections.json", "shared/"]].concat()).code(4);
            assert!(run.stderr.contains("belongs to another user (id 65534)"), "{run}");
        }
        assert_eq!(user.read("shared/connections.json"), "{}");
    }
}

#[test]
fn failure_of_the_whole_file_is_one_line() {
    let user = user();
    let program = user.command(["unused"]).get_program().to_owned();
    // An ignored signal stays ignored: the write fails as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 0; \"$A\" copy connections.json target/ --yes --no-record";
    let mut command = Command::new("/bin/bash");
    command.args(["-c", script]).current_dir(user.home()).env_clear().env("A", program);
    command.env("AIRBRIDGE_STATE_DIR", user.records());
    let run = Run::from(command.output().unwrap()).code(1);
    assert_eq!(run.stdout.matches("no space left").count(), 1, "{run}");
    assert!(run.stdout.contains("2 entries"), "{run}");
}

#[test]
fn folder_of_a_project_names_the_files_to_use() {
    let user = Airbridge::new();
    user.write("project/airflow_settings.yaml", "airflow:\n  connections: []\n");
    user.write("project/.env", "AIRFLOW_VAR_A=1\n");
    let run = user.run(["list", "project"]).code(1);
    for words in ["airflow_settings.yaml and .env", "project/airflow_settings.yaml or file:", "project/.env"]
    {
        assert!(run.stderr.contains(words), "{words}: {run}");
    }
}

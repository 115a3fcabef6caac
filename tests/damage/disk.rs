//! Targets on a disk that cannot be written: existing files stay unchanged, and no temporary file is left.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use airbridge_tests::{Airbridge, Run};
use serde_json::json;

use crate::{CANARY, refused};

fn user() -> Airbridge {
    let user = Airbridge::new();
    user.write(
        "in/variables.json",
        json!({ "a": CANARY, "b": format!("{CANARY}{}", "x".repeat(100_000)) }).to_string(),
    );
    user
}

/// The expected, unchanged folder.
fn untouched(user: &Airbridge, folder: &str) {
    let names: Vec<_> = std::fs::read_dir(user.home().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["variables.json"], "nothing is left beside it");
    assert_eq!(user.read(&format!("{folder}/variables.json")), r#"{"kept": "k"}"#);
}

#[test]
fn unwritable_folder_is_named() {
    let user = user();
    // Even root cannot create files or folders there.
    for target in ["file:/proc/airbridge/", "file:/proc/variables.json"] {
        let place = target.trim_start_matches("file:").trim_end_matches('/');
        refused(&user, &["copy", "file:in/", target, "--yes"], 1, &[place, "cannot be"]);
    }
    user.write("plain", "x");
    refused(&user, &["copy", "file:in/", "file:plain/variables.json", "--yes"], 1, &["plain/variables.json"]);
    refused(
        &user,
        &["copy", "file:in/", "file:absent/variables.json", "--yes"],
        1,
        &["absent/variables.json", "folder"],
    );
}

/// The command with a limit on the size of files: as on a full disk, the write fails halfway.
fn with_room_for(user: &Airbridge, kib: u32, arguments: &[&str]) -> Run {
    let plain = user.command(arguments);
    let mut limited = Command::new("/bin/bash");
    // An ignored signal stays ignored: the write fails instead of ending the program.
    limited.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\""));
    limited.arg(plain.get_program()).args(plain.get_args()).current_dir(user.home()).env_clear();
    limited.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.arg0("bash").stdin(Stdio::null()).output().unwrap().into()
}

#[test]
fn full_disk_leaves_the_file_unchanged() {
    let user = user();
    user.write("out/variables.json", r#"{"kept": "k"}"#);
    let copy = ["copy", "file:in/", "file:out/variables.json", "--yes", "--no-record"];
    let run = with_room_for(&user, 8, &copy).code(1);
    for word in ["out/variables.json", "no space left"] {
        assert!(run.stderr.contains(word) || run.stdout.contains(word), "{word}: {run}");
    }
    assert!(!format!("{}{}", run.stdout, run.stderr).contains(CANARY), "{run}");
    untouched(&user, "out");
    with_room_for(&user, 8_000, &copy).code(0);
    assert!(user.read("out/variables.json").contains("kept"));
}

#[test]
fn disk_that_is_too_full_for_the_record_stops_the_run_before_it_writes() {
    let user = user();
    user.write("out/variables.json", r#"{"kept": "k"}"#);
    let copy = ["copy", "file:in/", "file:out/variables.json", "--yes"];
    let run = with_room_for(&user, 1, &copy).code(1);
    for word in ["the record of this run cannot be written", "nothing was written", "AIRBRIDGE_STATE_DIR"] {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
    assert!(!format!("{}{}", run.stdout, run.stderr).contains(CANARY), "{run}");
    untouched(&user, "out");
}

#[test]
fn disk_that_is_too_full_for_the_backup_stops_the_run_before_it_writes() {
    let user = user();
    user.write_keys();
    // What is replaced is larger than the room that is left.
    let large = json!({ "b": format!("{CANARY}{}", "y".repeat(100_000)) }).to_string();
    user.write("out/variables.json", &large);
    let copy =
        ["copy", "file:in/", "file:out/variables.json", "--yes", "--on-conflict", "overwrite", "--no-record"];
    let backup = ["--backup", "before.age", "--recipient", "@team.txt"];
    let run = with_room_for(&user, 8, &[&copy[..], &backup].concat()).code(1);
    for word in ["the backup before.age", "no space left", "nothing was written to the target"] {
        assert!(run.stderr.contains(word), "{word}: {run}");
    }
    assert!(!format!("{}{}", run.stdout, run.stderr).contains(CANARY), "{run}");
    assert_eq!(user.read("out/variables.json"), large);
    assert!(!user.files().contains(&"before.age".to_owned()), "{:?}", user.files());
}

#[test]
fn full_standard_output_fails() {
    let user = user();
    for arguments in [vec!["copy", "file:in/", "-?format=variables-json", "--yes"], vec!["list", "file:in/"]]
    {
        let mut command = user.command(&arguments);
        // Writing there fails as on a full disk; the device itself is not touched.
        command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        let run: Run = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap().into();
        let run = run.code(1);
        assert!(run.stderr.contains("standard output"), "{run}");
        assert!(!run.stderr.contains(CANARY) && !run.stderr.contains("panicked"), "{run}");
    }
}

#[test]
fn unwritable_report_is_an_error() {
    let user = user();
    let run = user.run(["copy", "file:in/", "file:out/", "--yes", "--report", "/proc/report.json"]);
    assert_ne!(run.code, 0, "{run}");
    assert!(run.stderr.contains("/proc/report.json"), "{run}");
}

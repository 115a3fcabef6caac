//! A copy that is stopped at any moment and run again: the same result, nothing doubled, nothing incomplete.

#![cfg(test)]

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use airbridge_tests::{Airbridge, AwsUser, Run, VaultMount};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const ENTRIES: usize = 60;

fn user() -> Airbridge {
    let user = Airbridge::new();
    let variable = |number: usize| (format!("key_{number:02}"), Value::from(format!("value {number}")));
    let variables: serde_json::Map<_, _> = (0..ENTRIES).map(variable).collect();
    user.write("variables.json", Value::from(variables).to_string());
    user
}

/// Starts a copy that takes seconds, and stops it as soon as `written` returns that some entries were written.
fn stopped(user: &Airbridge, target: &str, written: impl Fn() -> usize, signal: Signal) -> Run {
    let copy = ["copy", "variables.json", target, "--rate", "20", "--yes", "--report", "report.json"];
    let mut child = user.command(copy).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while written() < 5 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it wrote anything");
        sleep(Duration::from_millis(10));
    }
    kill_process(pid(&child), signal).unwrap();
    child.wait_with_output().unwrap().into()
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

/// Checks the report of a stopped run: some entries done, none failed, the others not tried.
fn reported(user: &Airbridge, run: &Run) -> usize {
    let report: Value = serde_json::from_str(&user.read("report.json")).unwrap();
    let summary = &report["summary"];
    let count = |word: &str| usize::try_from(summary[word].as_u64().unwrap()).unwrap();
    assert!(count("not-tried") > 0, "it was stopped in the middle: {summary} {run}");
    assert_eq!(count("failed"), 0, "{summary} {run}");
    let landed = count("done") + count("verified");
    assert!(landed >= 5, "{summary} {run}");
    assert_eq!(landed + count("not-tried"), ENTRIES, "{summary} {run}");
    landed
}

fn completed(user: &Airbridge, target: &str) -> Value {
    let copy = ["copy", "variables.json", target, "--rate", "1000", "--yes", "-o", "json"];
    let report = user.run(copy).code(0).json();
    assert_eq!(
        report["summary"]["keep"].as_u64().unwrap() + report["summary"]["verified"].as_u64().unwrap(),
        60
    );
    user.run(["diff", "variables.json", target]).code(0);
    report["summary"].clone()
}

fn once_each(aws: &AwsUser) {
    let versions = aws.versions();
    assert_eq!(versions.len(), ENTRIES);
    assert!(versions.iter().all(|(_, versions)| *versions == 1), "{versions:?}");
    // A request whose reply was not awaited is not counted.
    assert!(aws.calls().count("CreateSecret") <= ENTRIES, "none was made twice: {:?}", aws.calls());
}

#[test]
fn interrupted_copy_completes_requests_reports_and_is_completed_by_the_next_run() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let aws = AwsUser::counted();
        let user = user().with_all(aws.variables());
        let run = stopped(&user, &aws.endpoint(), || aws.calls().count("CreateSecret"), signal).code(code);
        let landed = reported(&user, &run);
        assert_eq!(aws.versions().len(), landed, "the report matches the target");
        let summary = completed(&user, &aws.endpoint());
        assert_eq!(summary["keep"], landed, "what was written is not written again");
        once_each(&aws);
    }
}

#[test]
fn interrupted_copy_to_vault_is_completed_by_the_next_run() {
    let vault = VaultMount::counted(2);
    let user = user().with_all(vault.variables());
    let written = || vault.calls().writes().len();
    let run = stopped(&user, &vault.endpoint(), written, Signal::INT).code(130);
    let landed = reported(&user, &run);
    assert_eq!(vault.names("variables/").len(), landed, "the report matches the target");
    completed(&user, &vault.endpoint());
    assert_eq!(vault.names("variables/").len(), ENTRIES);
    for name in vault.names("variables/") {
        let metadata = vault.request("GET", &format!("{}/metadata/variables/{name}", vault.name), None);
        assert_eq!(metadata["data"]["current_version"], 1, "{name}");
    }
}

#[test]
fn killed_copy_is_completed_by_the_next_run() {
    let aws = AwsUser::counted();
    let user = user().with_all(aws.variables());
    stopped(&user, &aws.endpoint(), || aws.calls().count("CreateSecret"), Signal::KILL).code(137);
    let there = aws.versions().len();
    assert!((5..ENTRIES).contains(&there), "it was killed in the middle");
    completed(&user, &aws.endpoint());
    once_each(&aws);
}

#[test]
fn copy_interrupted_before_writing_writes_nothing() {
    let aws = AwsUser::counted();
    let user = user().with_all(aws.variables());
    // The rate is so low that it still reads when the signal comes.
    let copy = ["copy", "variables.json", &aws.endpoint(), "--rate", "0.2", "--yes"];
    let child = user.command(copy).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while aws.calls().iter().count() == 0 {
        sleep(Duration::from_millis(10));
    }
    kill_process(pid(&child), Signal::INT).unwrap();
    let run: Run = child.wait_with_output().unwrap().into();
    run.code(130);
    assert_eq!(aws.calls().writes(), [""; 0]);
}

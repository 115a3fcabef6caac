//! A copy that is stopped at any moment and run again: the same result, nothing doubled, nothing incomplete.

#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, sleep};
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
    assert!(report["error"]["message"].as_str().unwrap().contains("requests in flight were completed"));
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

/// An AWS that answers the first five creates, and then no more. Returns its address and the number of creates.
fn silent_aws() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let creates = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&creates);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let counter = Arc::clone(&counter);
            thread::spawn(move || while answer(stream.as_ref().unwrap(), &counter).is_some() {});
        }
    });
    (address, creates)
}

/// Answers one request; `None` if there is none.
fn answer(mut stream: &TcpStream, creates: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut action) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("x-amz-target: secretsmanager.") {
            action = value.to_owned();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, body) = match action.as_str() {
        "listsecrets" => ("200 OK", r#"{"SecretList": []}"#),
        "createsecret" => {
            if creates.fetch_add(1, Ordering::SeqCst) >= 5 {
                loop {
                    thread::park();
                }
            }
            ("200 OK", r#"{"ARN": "arn", "Name": "n", "VersionId": "11111111-1111-1111-1111-111111111111"}"#)
        }
        _ => ("400 Bad Request", r#"{"__type": "ResourceNotFoundException"}"#),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()
}

#[test]
fn second_signal_ends_the_run_at_once_with_a_report() {
    for (signal, code, word) in [(Signal::INT, 130, "interrupted"), (Signal::TERM, 143, "terminated")] {
        let (address, creates) = silent_aws();
        let user = user().with("AWS_ACCESS_KEY_ID", "a").with("AWS_SECRET_ACCESS_KEY", "b");
        let target = format!("aws:us-east-1?endpoint_url={address}&concurrency=3&timeout=600");
        let copy = ["copy", "variables.json", &target, "--yes", "--report", "report.json"];
        let child = user.command(copy).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while creates.load(Ordering::SeqCst) < 8 {
            sleep(Duration::from_millis(10));
        }
        kill_process(pid(&child), signal).unwrap();
        // Two signals at the same moment would be one.
        sleep(Duration::from_millis(500));
        kill_process(pid(&child), signal).unwrap();
        let run: Run = Run::from(child.wait_with_output().unwrap()).code(code);
        let sentence = "stopped at once; 3 writes may have happened, 52 entries were not tried";
        assert!(run.stderr.contains(sentence), "{run}");
        let report: Value = serde_json::from_str(&user.read("report.json")).unwrap();
        assert_eq!((&report["error"]["code"], &report["error"]["message"]), (&word.into(), &sentence.into()));
        let summary = &report["summary"];
        assert_eq!(
            (&summary["done"], &summary["failed"], &summary["not-tried"]),
            (&5.into(), &3.into(), &52.into())
        );
        let lost = |entry: &&Value| entry["error"]["code"] == "answer-lost";
        assert_eq!(report["entries"].as_array().unwrap().iter().filter(lost).count(), 3);
    }
}

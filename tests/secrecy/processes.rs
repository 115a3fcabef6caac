//! What other processes of this machine can see of a running copy, and what is left of one that crashes.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use airbridge_tests::{Airbridge, AwsUser};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{Canaries, files_below, fixture};

/// What `/proc` shows of a process: its command line, its environment, and the limit for core dumps.
struct Seen {
    command_line: String,
    environment: String,
    core: [String; 2],
}

impl Seen {
    fn of(process: &Child) -> Self {
        let path = |name: &str| format!("/proc/{}/{name}", process.id());
        let text = |name: &str| String::from_utf8_lossy(&std::fs::read(path(name)).unwrap()).into_owned();
        let limits = text("limits");
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        let core: Vec<_> = core.split_whitespace().skip(4).take(2).map(str::to_owned).collect();
        Self { command_line: text("cmdline"), environment: text("environ"), core: core.try_into().unwrap() }
    }

    /// Fails if other processes can see a value, or a crash would leave one on the disk.
    fn is_silent(&self, canaries: &Canaries) {
        canaries.absent(&self.command_line, "the process list");
        canaries.absent(&self.environment, "the environment of the process");
        assert_eq!(self.core, ["0", "0"], "core dumps are off");
    }
}

/// A copy to standard output that is stuck in the middle of its values, because only their first byte is read.
fn stuck(user: &Airbridge) -> Child {
    let long = format!("c4n4ry-variable-7d1e0b{}", "x".repeat(300_000));
    user.write("long/variables.json", json!({ "long": long, "plain": "c4n4ry-old-7d1e0b" }).to_string());
    let mut command = user.command(["copy", "file:long/", "-?format=variables-json", "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    child
}

/// Sends `signal` until the process ends. Rust's runtime takes the first signal of a fault and lets the instruction run again,
/// which here did nothing wrong.
fn crash(child: &mut Child, signal: Signal) -> ExitStatus {
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    for _ in 0..500 {
        kill_process(id, signal).unwrap();
        std::thread::sleep(Duration::from_millis(10));
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
    }
    child.kill().unwrap();
    panic!("{signal:?} does not end the process")
}

#[test]
fn values_of_a_running_copy_are_hidden_from_other_processes() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    let canaries = fixture(&user);
    let mut command = user.command(["copy", "file:in/", &aws.endpoint(), "--yes", "--rate", "2"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while aws.calls().count("CreateSecret") == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it wrote anything");
        std::thread::sleep(Duration::from_millis(20));
    }
    let seen = Seen::of(&child);
    let still_running = child.try_wait().unwrap().is_none();
    assert!(child.wait().unwrap().success());
    assert!(still_running, "what was read was its own");
    seen.is_silent(&canaries);
}

#[test]
fn process_that_holds_values_shows_none_in_its_command_line_and_environment() {
    let user = Airbridge::new().with("AIRFLOW_HOME", "/nowhere");
    let canaries = fixture(&user);
    let mut child = stuck(&user);
    let seen = Seen::of(&child);
    assert!(child.try_wait().unwrap().is_none(), "it still writes");
    child.kill().unwrap();
    child.wait().unwrap();
    seen.is_silent(&canaries);
    assert!(seen.environment.contains("AIRFLOW_HOME=/nowhere"), "what was read was its own");
}

#[test]
fn crash_leaves_no_core_dump_and_no_file_with_values() {
    let user = Airbridge::new();
    let canaries = fixture(&user);
    for signal in [Signal::ABORT, Signal::SEGV, Signal::BUS] {
        let mut child = stuck(&user);
        let before = user.files();
        let status = crash(&mut child, signal);
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
        assert!(!status.core_dumped(), "{status}");
        assert_eq!(user.files(), before, "{status}");
    }
    for record in files_below(user.records()) {
        canaries.absent(&std::fs::read_to_string(&record).unwrap(), &record.display().to_string());
    }
}

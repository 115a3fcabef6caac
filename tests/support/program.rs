//! Running the program as a user does.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program with an environment of its own: nothing of the machine's credentials or settings reaches it.
#[derive(Debug)]
pub struct Airbridge {
    home: TempDir,
    /// The records of its runs, outside the home folder, whose files tests count.
    records: TempDir,
    variables: Vec<(String, String)>,
}

/// The result of one run.
#[derive(Debug)]
pub struct Run {
    /// The exit code; 128 + n for signal n.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Airbridge {
    /// A user with an empty home folder, which is also the working directory.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    pub fn new() -> Self {
        let folder = || TempDir::new().expect("a temporary folder");
        Self { home: folder(), records: folder(), variables: Vec::new() }
    }

    /// With one more environment variable.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// With more environment variables.
    pub fn with_all(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// The home and working directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The folder of the records of its runs.
    pub fn records(&self) -> &Path {
        self.records.path()
    }

    /// Writes a file into the working directory.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.home.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder");
        }
        std::fs::write(path, content).expect("a file");
    }

    /// Reads a file of the working directory.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The command, to set what [`run`](Self::run) cannot.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.env("AIRBRIDGE_STATE_DIR", self.records.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to the end.
    ///
    /// # Panics
    /// If it cannot be started or its output is not UTF-8.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.command(arguments).output().expect("the program starts").into()
    }

    /// Runs it to the end with `input` on standard input.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_with<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: &str) -> Run {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // A program that exits before it reads everything is a result, not an error of the test.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        child.wait_with_output().expect("the program ends").into()
    }

    /// Runs it at a terminal, where the user types `input`. What the terminal shows is standard output.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_at_terminal(&self, arguments: &[&str], input: &str) -> Run {
        let script = "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
        let mut command = Command::new("python3");
        command.args(["-c", script]).arg(program()).args(arguments).current_dir(self.home.path());
        let inherited = ["PATH", "HOME"].map(|name| (name, std::env::var_os(name).unwrap_or_default()));
        command.env_clear().envs(inherited).env("TZ", "UTC").env("NO_COLOR", "1");
        command.env("AIRBRIDGE_STATE_DIR", self.records.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("an answer");
        let run: Run = child.wait_with_output().expect("the program ends").into();
        Run { stdout: run.stdout.replace('\r', ""), ..run }
    }

    /// The names in the working directory, hidden ones too, sorted.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.home()).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Default for Airbridge {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0)),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }
}

impl Run {
    /// The run, if it ended with `code`.
    ///
    /// # Panics
    /// If it exited with another code, with all that it printed.
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Standard output as one JSON document.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// Everything that was printed, for messages.
impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit code {code}\n--- standard output\n{stdout}--- standard error\n{stderr}")
    }
}

/// The file of the program. Cargo puts it next to the folder of the test.
///
/// # Panics
/// If the test has no path.
pub fn program() -> std::path::PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent).expect("a target folder");
    folder.join("airbridge-under-test")
}

//! No value is shown in output, logs at any level, plans, reports, errors or process lists.

#![cfg(test)]

#[path = "secrecy/processes.rs"]
mod processes;

use std::fmt::Write;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use airbridge_tests::{
    API_PASSWORD, Airbridge, AirflowApi, AwsUser, FERNET_KEY, MetadataDatabase, Run, System, VaultMount,
};
use serde_json::json;

/// Secrets that no output may contain, in each form in which one could leak.
struct Canaries(Vec<(String, String)>);

impl Canaries {
    fn new(secrets: &[String]) -> Self {
        let mut shapes = Vec::new();
        for secret in secrets {
            let mut add = |shape: &str, text: String| shapes.push((format!("{secret} as {shape}"), text));
            add("itself", secret.clone());
            add("hex", hex(secret.as_bytes()));
            // In a longer string, base64 has three forms, and the edges depend on the characters around them.
            for offset in 0..3 {
                let encoded = base64(&[&b"xx"[..offset], secret.as_bytes()].concat());
                add("base64", encoded[4..encoded.len() - 4].to_owned());
            }
            for hash in ["md5sum", "sha1sum", "sha256sum", "sha512sum"] {
                add(hash, hashed(hash, secret));
            }
        }
        Self(shapes)
    }

    /// Fails if `text` contains one.
    fn absent(&self, text: &str, place: &str) {
        let lower = text.to_lowercase();
        for (shape, canary) in &self.0 {
            let found = text.contains(canary) || lower.contains(canary.as_str());
            assert!(!found, "{place} holds {shape}");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn piped(command: &str, options: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(command)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command}: {error}"));
    child.stdin.take().unwrap().write_all(input).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    piped("base64", &["-w0"], bytes)
}

fn hashed(command: &str, text: &str) -> String {
    piped(command, &[], text.as_bytes()).split_whitespace().next().unwrap().to_owned()
}

const FIELDS: [&str; 3] = ["password", "extra", "value"];

/// A folder with a canary in every place for a secret, and all these canaries.
fn fixture(user: &Airbridge) -> Canaries {
    let canary = |place: &str| format!("c4n4ry-{place}-7d1e0b");
    let connection = json!({
        "conn_type": "http", "host": "h.example.test", "login": "someone", "port": 1,
        "password": canary("password"), "extra": json!({ "key": canary("extra") }).to_string(),
    });
    user.write(
        "in/connections.json",
        json!({ "full": connection, "uri": format!("http://u:{}@h", canary("uri")) }).to_string(),
    );
    user.write("in/variables.json", json!({ "plain": canary("variable"), "other": "x" }).to_string());
    user.write("in/config.json", json!({ "option": canary("config") }).to_string());
    let places = ["password", "extra", "uri", "variable", "config", "old"];
    let mut secrets: Vec<String> = places.map(canary).to_vec();
    // A plain hash of a value would confirm a guess.
    secrets.push(json!({ "key": canary("extra") }).to_string());
    user.write("old/variables.json", json!({ "plain": canary("old") }).to_string());
    user.write(
        "broken/variables.json",
        format!("{{\"plain\": \"{}\", \"b\": {}", canary("variable"), canary("old")),
    );
    Canaries::new(&secrets)
}

/// Runs a command with every output option, and searches all its output.
fn silent(user: &Airbridge, canaries: &Canaries, arguments: &[&str], code: i32) -> Vec<Run> {
    let voices: [&[&str]; 4] =
        [&[], &["-o", "json"], &["-vvv"], &["-o", "json", "-vvv", "--color", "always"]];
    let run = |voice: &[&str]| {
        let run = user.run([arguments, voice].concat()).code(code);
        canaries.absent(&run.stdout, &format!("standard output of {arguments:?} {voice:?}"));
        canaries.absent(&run.stderr, &format!("standard error of {arguments:?} {voice:?}"));
        run
    };
    voices.into_iter().map(run).collect()
}

fn mode(user: &Airbridge, file: &str) -> u32 {
    std::fs::metadata(user.home().join(file)).unwrap().permissions().mode() & 0o777
}

#[test]
fn values_are_in_no_output_log_or_file() {
    let (aws, vault) = (AwsUser::counted(), VaultMount::counted(2));
    let temporary = tempfile::TempDir::new().unwrap();
    let user = Airbridge::new()
        .with_all(aws.variables())
        .with_all(vault.variables())
        .with("TMPDIR", temporary.path().to_str().unwrap())
        .with("RUST_LOG", "trace")
        .with("RUST_BACKTRACE", "1");
    let canaries = fixture(&user);
    let (at_aws, at_vault) = (aws.endpoint(), vault.endpoint());
    let silent = |arguments: &[&str], code: i32| silent(&user, &canaries, arguments, code);

    user.run(["copy", "file:old/", &at_aws, "--yes"]).code(0);
    for place in ["file:in/", &at_aws] {
        silent(&["list", place], 0);
    }
    for entry in ["conn:full", "conn:uri", "var:plain", "config:option"] {
        for run in silent(&["show", "file:in/", entry], 0) {
            assert!(run.stdout.contains("***"), "{entry}: {run}");
        }
    }
    user.write("dags/etl.py", "X(conn_id='full')\nY(conn_id='absent')\n");
    for place in ["file:in/", &at_aws] {
        silent(&["check", place, "--dags", "dags"], 3);
    }
    for purpose in ["read", "write", "undo", "airflow"] {
        silent(&["policy", &at_aws, "--for", purpose], 0);
    }
    silent(&["doctor", "file:in/"], 0);
    silent(&["doctor", "file:broken/"], 3);
    for entry in ["conn:full", "conn:uri", "var:plain", "config:option"] {
        silent(&["doctor", "file:in/", entry], 0);
    }
    silent(&["plan", "file:in/", &at_aws], 4);
    silent(&["copy", "file:in/", &at_aws, "--yes", "--report", "refused.json"], 4);
    silent(&["diff", "file:in/", &at_aws], 3);
    silent(&["copy", "file:in/", &at_aws, "--yes", "--on-conflict", "overwrite", "--report", "done.json"], 0);
    silent(&["doctor", &at_aws], 0);
    silent(&["copy", &at_aws, &at_vault, "--yes", "--report", "carried.json"], 0);
    silent(&["diff", &at_aws, &at_vault], 0);
    silent(&["import", "in", &at_vault, "--yes"], 0);
    silent(&["export", &at_vault, "connections.json", "--overwrite", "--yes"], 0);
    silent(&["copy", &at_vault, "out.env?format=dotenv", "--only", "connections,variables", "--yes"], 0);
    silent(&["copy", "file:broken/", &at_vault, "--yes"], 1);
    silent(&["copy", "file:in/", "file:in/", "--yes"], 2);
    silent(&["copy", "file:in/", "vault:not-there", "--yes"], 1);
    for report in ["refused.json", "done.json", "carried.json"] {
        canaries.absent(&user.read(report), report);
        assert!(user.read(report).contains("airbridge.report/1"), "{report}");
    }

    // The values are in the target file, and only its owner can read it.
    for file in ["connections.json", "out.env"] {
        assert!(user.read(file).contains("c4n4ry-password"), "{file}");
        assert_eq!(mode(&user, file), 0o600, "{file}");
    }
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "temporary files");
    let expected = [
        "broken",
        "carried.json",
        "connections.json",
        "dags",
        "done.json",
        "in",
        "old",
        "out.env",
        "refused.json",
    ];
    assert_eq!(user.files(), expected);
    // Records have a plan, a journal and a report each.
    silent(&["runs"], 0);
    silent(&["runs", "last"], 0);
    let records = files_below(user.records());
    assert!(records.len() > 9, "{records:?}");
    for record in records {
        canaries.absent(&std::fs::read_to_string(&record).unwrap(), &record.display().to_string());
    }
}

/// All files in a folder and those below it.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn values_are_shown_with_reveal_only() {
    let user = Airbridge::new();
    let canaries = fixture(&user);
    for (entry, canary) in
        [("conn:full", "c4n4ry-password"), ("conn:uri", "c4n4ry-uri"), ("var:plain", "c4n4ry-variable")]
    {
        let run = user.run(["show", "file:in/", entry, "--reveal", "-vvv"]).code(0);
        assert!(run.stdout.contains(canary), "{run}");
        canaries.absent(&run.stderr, "the log beside what is revealed");
        let shown = user.run(["show", "file:in/", entry, "--reveal", "-o", "json"]).code(0).json();
        assert_eq!(shown["entries"][0]["masked"], json!([]));
        let shown = user.run(["show", "file:in/", entry, "-o", "json"]).code(0).json();
        let masked = shown["entries"][0]["masked"].as_array().unwrap().clone();
        assert!(
            !masked.is_empty() && masked.iter().all(|field| FIELDS.contains(&field.as_str().unwrap())),
            "{shown}"
        );
    }
}

#[test]
fn values_keys_and_passwords_of_databases_are_in_no_output() {
    for system in System::ALL {
        let database = MetadataDatabase::new(system, "3");
        let user = Airbridge::new().with("RUST_LOG", "trace").with("RUST_BACKTRACE", "1");
        let canaries = fixture(&user);
        user.write("db/airflow.cfg", database.cfg());
        let key = Canaries::new(&[FERNET_KEY.to_owned()]);
        let silent = |arguments: &[&str], code: i32| {
            for run in silent(&user, &canaries, arguments, code) {
                key.absent(&run.to_string(), &format!("the output of {arguments:?}"));
            }
        };
        let only = ["--only", "connections,variables"];
        user.run([&["copy", "file:old/", "airflow-db:db", "--yes"][..], &only].concat()).code(0);
        silent(&["list", "airflow-db:db"], 0);
        silent(&["doctor", "airflow-db:db"], 0);
        silent(&["doctor", "airflow:db", "var:plain"], 0);
        silent(&[&["plan", "file:in/", "airflow-db:db"][..], &only].concat(), 4);
        silent(
            &[&["copy", "file:in/", "airflow-db:db", "--yes", "--on-conflict", "overwrite"][..], &only]
                .concat(),
            0,
        );
        silent(&["show", "airflow-db:db", "conn:full"], 0);
        silent(&[&["diff", "file:in/", "airflow-db:db"][..], &only].concat(), 0);
        // The database itself holds none of them in clear.
        canaries.absent(&database.rows(), "the rows");
        // What the database says when it refuses may quote the row.
        database.sql(match system {
            System::Sqlite => "DELETE FROM variable; DELETE FROM connection",
            _ => "DELETE FROM variable; DELETE FROM connection; ALTER TABLE variable ADD CHECK (val IS NULL)",
        });
        let code = i32::from(system != System::Sqlite);
        let command = [&["copy", "file:in/", "airflow-db:db", "--yes"][..], &only].concat();
        let run = user.run([&command[..], &["-vvv"]].concat()).code(code);
        canaries.absent(&run.to_string(), "the output of a copy that the database refuses");
    }
    let user = Airbridge::new().with("RUST_LOG", "trace");
    let canaries = Canaries::new(&["c4n4ry-database-pass".to_owned()]);
    for scheme in ["postgresql", "mysql"] {
        user.write(
            "airflow.cfg",
            format!("[database]\nsql_alchemy_conn = {scheme}://u:c4n4ry-database-pass@127.0.0.1:9/d\n"),
        );
        silent(&user, &canaries, &["list", "airflow-db:airflow.cfg"], 1);
    }
}

#[test]
fn values_passwords_and_tokens_of_the_rest_api_are_in_no_output() {
    for version in ["2", "3"] {
        let server = AirflowApi::new(version);
        let api = server.endpoint();
        let user = Airbridge::new().with("RUST_LOG", "trace").with("RUST_BACKTRACE", "1");
        let user = AirflowApi::user().into_iter().fold(user, |user, (name, value)| user.with(name, value));
        let canaries = fixture(&user);
        let only = ["--only", "connections,variables"];
        let password = Canaries::new(&[API_PASSWORD.to_owned()]);
        let silent = |arguments: &[&str], code: i32| {
            for run in silent(&user, &canaries, arguments, code) {
                password.absent(&run.to_string(), &format!("the output of {arguments:?}"));
            }
        };
        let overwrite = ["--on-conflict", "overwrite", "--yes"];
        silent(&[&["copy", "file:in/", &api][..], &overwrite, &only].concat(), 0);
        silent(&[&["plan", "file:in/", &api][..], &only].concat(), 4);
        silent(&["list", &api], 0);
        silent(&[&["plan", &api, "file:out/"][..], &only].concat(), 4);
        silent(&[&["copy", &api, "file:out/", "--yes", "--partial"][..], &only].concat(), 5);
        silent(&[&["diff", "file:out/", &api][..], &only].concat(), 1);
        let user = Airbridge::new().with("RUST_LOG", "trace").with("AIRFLOW_API_TOKEN", "c4n4ry-api-token-1");
        let token = Canaries::new(&["c4n4ry-api-token-1".to_owned()]);
        assert_eq!(self::silent(&user, &token, &["list", &api], 1).len(), 4);
    }
}

#[test]
fn credentials_are_in_no_output() {
    let secrets =
        ["c4n4ry-access-key-0001", "c4n4ry-session-token-02", "c4n4ry-vault-token-0003"].map(str::to_owned);
    let canaries = Canaries::new(&secrets);
    let aws = AwsUser::counted();
    let vault = VaultMount::counted(2);
    let user = Airbridge::new()
        .with_all(aws.variables().into_iter().filter(|(name, _)| name != "AWS_SECRET_ACCESS_KEY"))
        .with("AWS_SECRET_ACCESS_KEY", &secrets[0])
        .with("AWS_SESSION_TOKEN", &secrets[1])
        .with("VAULT_ADDR", &vault.address)
        .with("VAULT_TOKEN", &secrets[2]);
    silent(&user, &canaries, &["list", &aws.endpoint()], 0);
    silent(&user, &canaries, &["list", &vault.endpoint()], 1);
    // With entries of its own: what other tests keep in this account would look like entries under another prefix.
    for name in ["connections/x", "variables/x", "config/x"] {
        aws.put(name, "http://h");
    }
    silent(&user, &canaries, &["doctor", &aws.endpoint()], 0);
    silent(&user, &canaries, &["doctor", &vault.endpoint()], 3);
    silent(&user, &canaries, &["copy", &aws.endpoint(), &vault.endpoint(), "--yes"], 1);
    user.write("airbridge.toml", format!("[endpoints.a]\nbackend = \"vault\"\ntoken = \"{}\"\n", secrets[2]));
    silent(&user, &canaries, &["list", "@a"], 1);
}

#[test]
fn values_are_in_no_saved_plan_record_or_undo() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables()).with("RUST_LOG", "trace");
    let canaries = fixture(&user);
    let target = vault.endpoint();
    let silent = |arguments: &[&str], code: i32| silent(&user, &canaries, arguments, code);
    user.write_keys();
    user.run(["copy", "file:old/", &target, "--yes"]).code(0);
    let choices = ["--on-conflict", "overwrite"];
    silent(&[&["plan", "file:in/", &target, "--save", "plan.json"][..], &choices].concat(), 0);
    silent(&["apply", "plan.json", "--dry-run"], 0);
    let backup = ["--backup", "before.age", "--recipient", "@team.txt", "--report", "report.json"];
    // The first is executed; the others find that the target has moved.
    user.run([&["apply", "plan.json", "--yes"][..], &backup].concat()).code(0);
    silent(&["apply", "plan.json", "--yes"], 4);
    silent(&["undo", "last", "--dry-run"], 0);
    silent(&["undo", "--report", "report.json", "--dry-run"], 0);
    silent(&["runs", "last"], 0);
    user.run(["undo", "last", "--yes", "-vvv"]).code(0);
    // Nothing keeps what the undo deleted.
    silent(&["undo", "last", "--dry-run"], 4);
    // At targets without versions the backup is read.
    user.run(["copy", "file:old/", "file:to/", "--yes"]).code(0);
    let copy = ["copy", "file:in/", "file:to/", "--yes", "--backup", "files.age", "--recipient", "@team.txt"];
    user.run([&copy[..], &choices].concat()).code(0);
    silent(&["undo", "last", "--dry-run", "--identity", "key.txt"], 0);
    user.write("to/variables.json", json!({ "plain": "c4n4ry-by-hand" }).to_string());
    silent(&["undo", "last", "--dry-run", "--identity", "key.txt"], 4);
    for file in ["plan.json", "plan.json.key", "before.age", "files.age", "report.json"] {
        assert_eq!(mode(&user, file), 0o600, "{file}");
        let bytes = std::fs::read(user.home().join(file)).unwrap();
        canaries.absent(&String::from_utf8_lossy(&bytes), file);
    }
    let mut records = 0;
    for path in files_below(user.records()) {
        canaries.absent(&std::fs::read_to_string(&path).unwrap(), &path.display().to_string());
        records += 1;
    }
    assert!(records >= 12, "{records} files of records");
}

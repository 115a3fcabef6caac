//! Bundles: what goes in comes out, for those who have the key and no one else.

#![cfg(test)]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use airbridge_tests::{
    Airbridge, AwsUser, RECIPIENT, Run, VaultMount, awkward_connections, awkward_values, example, repository,
};
use serde_json::{Value, json};

/// In every secret place of [`user`].
const CANARY: &str = "c4n4ry";
const PASSPHRASE: &str = "c4n4ry pass word";

/// A user with entries of every kind in `in/`, and with keys.
fn user() -> Airbridge {
    let user = Airbridge::new();
    let connection = json!({ "conn_type": "http", "host": "h", "password": format!("{CANARY}-password") });
    user.write("in/connections.json", json!({ "web": connection }).to_string());
    user.write("in/variables.json", json!({ "plain": format!("{CANARY}-variable") }).to_string());
    user.write("in/config.json", json!({ "core/x": format!("{CANARY}-config") }).to_string());
    user.write_keys();
    user
}

/// A new SSH key in `NAME`, and its public key in `NAME.pub`.
fn ssh_key(user: &Airbridge, name: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-C", "me@here", "-N", passphrase, "-f", name])
        .current_dir(user.home())
        .status();
    assert!(made.expect("ssh-keygen starts").success());
}

/// The program `age`, an implementation of the format that shares no code with ours.
fn age(user: &Airbridge, arguments: &[&str]) -> Output {
    Command::new("age").args(arguments).current_dir(user.home()).output().expect("age starts")
}

fn export(user: &Airbridge, options: &[&str]) -> Run {
    user.run([&["export", "file:in/", "moved.age"][..], options].concat())
}

fn bytes(user: &Airbridge, file: &str) -> Vec<u8> {
    std::fs::read(user.home().join(file)).expect("a file")
}

/// That a run failed in this way, with a hint, and shows no value.
fn fails(run: &Run, code: i32, expected: &str) {
    assert_eq!(run.code, code, "{run}");
    assert!(run.stderr.contains(expected) && run.stderr.contains("hint"), "{expected}: {run}");
    assert!(!run.to_string().contains(CANARY), "{run}");
}

/// Compares what commands say about the bundle and about the files that it was made from.
fn reads_as_the_source(user: &Airbridge, options: &[&str]) {
    let run = |arguments: &[&str]| user.run([arguments, options].concat());
    let ids = |endpoint: &str, options: &[&str]| {
        user.run([&["list", endpoint, "--ids-only"][..], options].concat()).code(0).stdout
    };
    assert_eq!(ids("moved.age", options), ids("file:in/", &[]));
    let diff = run(&["diff", "file:in/", "moved.age"]).code(0);
    assert!(diff.stdout.contains("No differences (3 entries compared)."), "{diff}");
    for entry in ["conn:web", "var:plain", "config:core/x"] {
        let shown = run(&["show", "moved.age", entry, "--reveal", "-o", "json"]).code(0).json();
        let source = user.run(["show", "file:in/", entry, "--reveal", "-o", "json"]).code(0).json();
        assert_eq!(shown["entries"], source["entries"]);
        let masked = run(&["show", "moved.age", entry]).code(0);
        assert!(masked.stdout.contains("***") && !masked.to_string().contains(CANARY), "{masked}");
    }
    run(&["plan", "moved.age", "file:out/", "--fail-on-change"]).code(3);
    run(&["import", "moved.age", "file:out/", "--yes"]).code(0);
    user.run(["diff", "file:in/", "file:out/"]).code(0);
    std::fs::remove_dir_all(user.home().join("out")).expect("a folder");
}

#[test]
fn bundle_for_recipients_is_read_with_the_identity_of_any_of_them() {
    let user = user();
    ssh_key(&user, "id", "");
    let public = user.read("id.pub");
    let report = export(&user, &["--recipient", "@team.txt", "--recipient", &public, "-o", "json"]).code(0);
    assert_eq!(report.json()["summary"]["verified"], 3, "{report}");
    let mode = std::fs::metadata(user.home().join("moved.age")).expect("a bundle").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(bytes(&user, "moved.age").starts_with(b"age-encryption.org/v1\n"));
    for identity in ["key.txt", "id"] {
        reads_as_the_source(&user, &["--identity", identity]);
    }
}

#[test]
fn bundle_with_a_passphrase_is_read_with_the_same_passphrase() {
    let user = user().with("AIRBRIDGE_PASSPHRASE_FILE", "pass");
    user.write_private("pass", format!("{PASSPHRASE}\n"));
    export(&user, &["--passphrase"]).code(0);
    user.run(["diff", "file:in/", "moved.age"]).code(0);
    user.run(["copy", "moved.age", "file:out/", "--yes"]).code(0);
    user.run(["diff", "file:in/", "file:out/"]).code(0);
    user.write_private("pass", "another one");
    fails(&user.run(["list", "moved.age"]), 1, "the passphrase is wrong");
    for content in ["", "\n", "two\nlines\n"] {
        user.write_private("pass", content);
        fails(&user.run(["list", "moved.age"]), 2, "pass must contain one line");
    }
}

#[test]
fn passphrase_is_asked_for_at_the_terminal_and_twice_for_a_new_bundle() {
    let user = user();
    let typed = |answers: &[&str]| format!("{}\n", answers.join("\n"));
    let command = ["export", "file:in/", "moved.age", "--passphrase"];
    let run = user.run_at_terminal(&command, &typed(&["one", "other"]));
    assert!(run.code == 2 && run.stdout.contains("the two passphrases differ"), "{run}");
    let run = user.run_at_terminal(&command, &typed(&[PASSPHRASE, PASSPHRASE])).code(0);
    assert!(run.stdout.contains("Passphrase of moved.age: "), "{run}");
    let run = user.run_at_terminal(&["list", "moved.age"], &typed(&[PASSPHRASE])).code(0);
    assert!(run.stdout.contains("conn:web"), "{run}");
    fails(&export(&user, &["--passphrase", "--overwrite", "--yes"]), 2, "no terminal is attached");
}

fn matches_its_schema(document: &Value) {
    let text = std::fs::read_to_string(repository("docs/schemas/bundle-1.json")).expect("the schema");
    let schema = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<_> =
        validator.iter_errors(document).map(|fault| fault.instance_path.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    for damage in ["schema", "reader", "entries"] {
        let mut damaged = document.clone();
        damaged.as_object_mut().expect("an object").remove(damage);
        assert!(!validator.is_valid(&damaged), "valid without `{damage}`");
    }
    let mut damaged = document.clone();
    damaged["entries"][0]["fields"] = json!({});
    damaged["entries"][0]["text"] = json!("");
    assert!(!validator.is_valid(&damaged), "valid with two payloads");
}

#[test]
fn the_program_age_reads_our_bundles_and_we_read_its_files() {
    let user = user();
    ssh_key(&user, "id", "");
    export(&user, &["--recipient", RECIPIENT, "--recipient", user.read("id.pub").trim()]).code(0);
    for identity in ["key.txt", "id"] {
        let output = age(&user, &["-d", "-i", identity, "moved.age"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        matches_its_schema(&document);
        assert_eq!(document["schema"], "airbridge.bundle/1");
        assert_eq!(document["reader"], json!({ "rules": "file", "airflow_version": "3.3" }));
        let entries: Vec<_> =
            document["entries"].as_array().expect("a list").iter().map(|entry| &entry["entry"]).collect();
        assert_eq!(entries, ["conn:web", "var:plain", "config:core/x"]);
        user.write("plain.json", &output.stdout);
    }
    for (options, file) in [(&["-r", RECIPIENT][..], "binary.age"), (&["-a", "-R", "id.pub"], "text.age")] {
        let output = age(&user, &[options, &["-o", file, "plain.json"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let identities = ["--identity", "key.txt", "--identity", "id"];
        user.run([&["diff", "file:in/", file][..], &identities].concat()).code(0);
    }
}

#[test]
fn copy_through_a_bundle_gives_what_a_direct_copy_gives() {
    let user = user();
    user.write("all/connections.json", awkward_connections().to_string());
    user.write("all/variables.json", awkward_values().to_string());
    user.write(
        "a.env",
        "AIRFLOW_CONN_A='{\"conn_type\": \"x\",  \"extra\": {\"n\": 1.50}}'\nAIRFLOW_VAR_V=1\n",
    );
    user.write(
        "connections.env",
        "a=http://u:p%2Fw@h:80/s?x=1\nb=google-cloud-platform://?extra__google_cloud_platform__num_retries=5\n",
    );
    let options = ["--yes", "--partial", "--allow-loss", "absent-vs-empty", "--allow-loss", "field-type"];
    for source in ["all/", &example("files/airflow/"), "a.env?dialect=shell", "connections.env"] {
        let ran = |arguments: &[&str]| {
            let run = user.run([arguments, &options].concat());
            assert!([0, 5].contains(&run.code), "{run}");
            run.code
        };
        let exported =
            user.run(["export", source, "moved.age", "--recipient", RECIPIENT, "--overwrite", "--yes"]);
        exported.code(0);
        for (to, kinds) in
            [("/", "connections,variables,config"), (".env?format=dotenv", "connections,variables")]
        {
            let [direct, through] = ["direct", "through"].map(|name| format!("{name}{to}"));
            let direct_code = ran(&["copy", source, &direct, "--only", kinds]);
            let code = ran(&["copy", "moved.age", &through, "--only", kinds, "--identity", "key.txt"]);
            assert_eq!(code, direct_code, "{source} to {to}");
            let [direct, through] = [direct, through].map(|endpoint| endpoint.replace("?format=dotenv", ""));
            let same = Command::new("diff").args(["-r", &direct, &through]).current_dir(user.home()).output();
            let same = same.expect("diff starts");
            assert!(same.status.success(), "{source} to {to}: {}", String::from_utf8_lossy(&same.stdout));
            for path in [direct, through].map(|name| user.home().join(name)) {
                let is_folder = path.is_dir();
                if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                    .expect("removed");
            }
        }
    }
}

#[test]
fn descriptions_and_tags_are_carried_between_services() {
    let (old, direct, through) = (AwsUser::counted(), AwsUser::counted(), AwsUser::counted());
    let vault = VaultMount::counted(2);
    let tags = json!([{ "Key": "team", "Value": "data" }]);
    let name = |user: &AwsUser| user.name("variables/a");
    let body = json!({ "Name": name(&old), "SecretString": "{\"x\":  1.50}", "Description": "What for?", "Tags": tags });
    old.call("CreateSecret", body);
    let text = "{\"conn_type\": \"http\", \"host\":  \"h\", \"user\": \"u\", \"pass\": \"p\"}";
    old.put("connections/c", text);
    let user = user().with_all(old.variables());
    let carry = ["--yes", "--from", "metadata=carry"];
    user.run([&["export", &old.endpoint(), "moved.age", "--recipient", RECIPIENT][..], &carry].concat())
        .code(0);
    user.run([&["copy", &old.endpoint(), &direct.endpoint()][..], &carry].concat()).code(0);
    let import = |to: &str| {
        user.run([&["import", "moved.age", to, "--identity", "key.txt"][..], &carry].concat()).code(0)
    };
    import(&through.endpoint());
    for target in [&direct, &through] {
        let found = target.call("DescribeSecret", json!({ "SecretId": name(target) }));
        assert_eq!((&found["Description"], &found["Tags"]), (&json!("What for?"), &tags), "{found}");
        assert_eq!(target.text("variables/a"), "{\"x\":  1.50}");
        assert_eq!(target.text("connections/c"), text);
    }
    let user = user.with_all(vault.variables());
    user.run([&["import", "moved.age", &vault.endpoint(), "--identity", "key.txt"][..], &carry].concat())
        .code(0);
    let found = vault.request("GET", &format!("{}/metadata/variables/a", vault.name), None);
    let expected = json!({ "description": "What for?", "team": "data" });
    assert_eq!(found["data"]["custom_metadata"], expected, "{found}");
}

#[test]
fn bundle_is_made_of_another_bundle_and_of_streams() {
    let user = user();
    export(&user, &["--recipient", RECIPIENT]).code(0);
    ssh_key(&user, "id", "");
    let public = user.read("id.pub");
    user.run(["export", "moved.age", "next.age", "--identity", "key.txt", "--recipient", public.trim()])
        .code(0);
    user.run(["diff", "file:in/", "next.age", "--identity", "id"]).code(0);
    let piped = user
        .command(["export", "file:in/", "-?format=bundle", "--recipient", RECIPIENT])
        .output()
        .expect("the program starts");
    assert!(piped.status.success() && piped.stdout.starts_with(b"age-encryption.org/"), "{piped:?}");
    user.write("piped", &piped.stdout);
    user.run(["diff", "file:in/", "piped?format=bundle", "--identity", "key.txt"]).code(0);
    let input = std::fs::File::open(user.home().join("piped")).expect("a file");
    let mut command = user.command(["diff", "file:in/", "-?format=bundle", "--identity", "key.txt"]);
    Run::from(command.stdin(input).output().expect("the program starts")).code(0);
}

#[test]
fn existing_file_is_replaced_only_with_overwrite() {
    let user = user();
    user.write("moved.age", "precious");
    let run = export(&user, &["--recipient", RECIPIENT]);
    fails(&run, 4, "moved.age already exists");
    assert_eq!(user.read("moved.age"), "precious");
    export(&user, &["--recipient", RECIPIENT, "--overwrite", "--yes"]).code(0);
    reads_as_the_source(&user, &["--identity", "key.txt"]);
    for output in ["key.txt", "moved.age"] {
        let run =
            user.run(["copy", "moved.age", "out/", "--yes", "--identity", "key.txt", "--report", output]);
        fails(&run, 2, "are the same file");
    }
    assert!(user.read("key.txt").contains("AGE-SECRET-KEY-1"));
}

#[test]
fn wrong_use_is_explained_and_writes_nothing() {
    let user = user();
    user.write("nonsense.txt", "nonsense\n");
    ssh_key(&user, "locked", PASSPHRASE);
    age(&user, &["-r", RECIPIENT, "-o", "key.age", "key.txt"]);
    let secret = user.read("key.txt").lines().last().expect("a key").to_owned();
    for (options, expected) in [
        (&[][..], "moved.age is encrypted, and it is not said for whom"),
        (&["--recipient", "c4n4ry"], "--recipient: not a recipient"),
        (&["--recipient", "age1qqqq"], "not a valid age recipient"),
        (&["--recipient", &secret], "this is a secret key, not a recipient"),
        (&["--recipient", "@nonsense.txt"], "nonsense.txt, line 1: not a recipient"),
        (&["--recipient", "@absent.txt"], "absent.txt cannot be read"),
        (&["--passphrase"], "cannot ask for the passphrase of moved.age: no terminal is attached"),
        (&["--passphrase", "--recipient", RECIPIENT], "cannot be used with"),
        (
            &["--recipient", RECIPIENT, "--identity", "key.txt"],
            "--identity decrypts a bundle, and file:in/ is not",
        ),
    ] {
        let run = export(&user, options);
        fails(&run, 2, expected);
        assert!(!run.stderr.contains(&secret) && !user.home().join("moved.age").exists(), "{run}");
    }
    let plain = user.run(["export", "file:in/", "x.json", "--recipient", RECIPIENT]);
    fails(&plain, 2, "--recipient encrypts a bundle, and x.json is not a bundle");
    fails(&user.run(["copy", "in/", "new.age", "--yes"]), 2, "a bundle is only written as a whole");
    fails(&user.run(["list", "absent.age", "--identity", "key.txt"]), 1, "does not exist");
    export(&user, &["--recipient", RECIPIENT]).code(0);
    fails(&user.run(["list", "moved.age"]), 2, "no identity is given");
    for (identity, expected) in [
        ("key.age", "key.age is itself encrypted"),
        ("locked", "locked is protected with a passphrase"),
        ("team.txt", "team.txt contains no identity"),
        ("absent", "absent cannot be read"),
    ] {
        fails(&user.run(["list", "moved.age", "--identity", identity]), 2, expected);
    }
}

#[test]
fn damaged_file_and_wrong_key_are_explained_and_no_entry_is_used() {
    let user = user();
    export(&user, &["--recipient", RECIPIENT]).code(0);
    let whole = bytes(&user, "moved.age");
    let import = || user.run(["import", "moved.age", "out/", "--yes", "--identity", "key.txt"]);
    ssh_key(&user, "other", "");
    let run = user.run(["import", "moved.age", "out/", "--yes", "--identity", "other"]);
    fails(&run, 1, "none of the identities can decrypt the file");
    for at in [10, 60, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        user.write("moved.age", &flipped);
        assert_eq!(import().code, 1, "byte {at}");
        user.write("moved.age", &whole[..at]);
        assert_eq!(import().code, 1, "cut off at {at}");
    }
    user.write("moved.age", &whole[..whole.len() - 1]);
    fails(&import(), 1, "the file is damaged or cut off");
    user.write("moved.age", json!({ "a": CANARY }).to_string());
    fails(&import(), 1, "not an encrypted bundle");
    user.write("plain.json", json!({ "a": CANARY }).to_string());
    std::fs::remove_file(user.home().join("moved.age")).expect("removed");
    age(&user, &["-r", RECIPIENT, "-o", "moved.age", "plain.json"]);
    fails(&import(), 1, "not a document with the schema airbridge.bundle/1");
    assert!(!user.home().join("out").exists());
}

#[test]
fn values_and_passphrases_are_in_no_output_and_in_no_other_file() {
    let temporary = tempfile::TempDir::new().expect("a folder");
    let user = user()
        .with("AIRBRIDGE_PASSPHRASE_FILE", "pass")
        .with("TMPDIR", temporary.path().to_str().expect("UTF-8"))
        .with("RUST_LOG", "trace")
        .with("RUST_BACKTRACE", "1");
    user.write_private("pass", PASSPHRASE);
    let before = user.files();
    for (file, lock, key) in [
        ("r.age", &["--recipient", RECIPIENT][..], &["--identity", "key.txt"][..]),
        ("p.age", &["--passphrase"], &[]),
    ] {
        let commands: [(&[&str], &[&str], i32); 6] = [
            (&["export", "file:in/", file, "--overwrite", "--yes", "--report", "report"], lock, 0),
            (&["list", file], key, 0),
            (&["show", file, "conn:web"], key, 0),
            (&["diff", "file:in/", file], key, 0),
            (&["plan", file, "out/"], key, 0),
            (&["import", file, "report/", "--yes"], key, 1),
        ];
        for (command, options, code) in commands {
            for voice in [&[][..], &["-v"], &["-vv"], &["-vvv"], &["-o", "json", "-vvv"]] {
                let run = user.run([command, options, voice].concat());
                assert!(
                    !run.to_string().contains(CANARY) && !run.to_string().contains("AGE-SECRET"),
                    "{run}"
                );
                assert_eq!(run.code == 0, code == 0, "{run}");
            }
        }
        assert!(!String::from_utf8_lossy(&bytes(&user, file)).contains(CANARY));
    }
    assert!(!user.read("report").contains(CANARY));
    let new: Vec<_> = user.files().into_iter().filter(|file| !before.contains(file)).collect();
    assert_eq!(new, ["p.age", "r.age", "report"]);
    assert_eq!(std::fs::read_dir(temporary.path()).expect("a folder").count(), 0, "temporary files");
}

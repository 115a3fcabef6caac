//! `check`: what DAG code uses and an endpoint lacks, and the other way round.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use airbridge_tests::{Airbridge, AwsUser, VaultMount, repository, server};
use serde_json::{Value, json};

/// A folder of DAG files whose lines say what they use: `=> conn:ID Form Need`, `=> dynamic conn Reason`.
const DAGS: &str = "crates/dags/tests/dags";

/// `HookArgument` as the document spells it: `hook-argument`.
fn word(name: &str) -> String {
    let mut word = String::new();
    for (index, char) in name.chars().enumerate() {
        if char.is_uppercase() && index > 0 {
            word.push('-');
        }
        word.extend(char.to_lowercase());
    }
    word
}

/// What each line of the DAG files says that it uses: the entry or kind, and the form or reason.
fn said(folder: &Path, lines: &mut BTreeSet<(String, u64, String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            said(&path, lines);
            continue;
        }
        for (line, number) in fs::read_to_string(&path).unwrap().lines().zip(1..) {
            let Some((_, items)) = line.split_once("=> ") else { continue };
            let items = items.trim_end_matches(" -->").trim_end_matches("\",");
            for item in items.split(", ") {
                let words: Vec<&str> = item.split(' ').collect();
                let (id, how) = match words.as_slice() {
                    ["dynamic", kind, reason] => (*kind, *reason),
                    // A key may contain blanks.
                    [.., how, "HasDefault" | "Written" | "Fallback"] => {
                        (item.split_once(how).unwrap().0.trim(), *how)
                    }
                    [.., how] => (item.rsplit_once(' ').unwrap().0, *how),
                    [] => panic!("{}:{number} says nothing", path.display()),
                };
                lines.insert((path.display().to_string(), number, id.to_owned(), word(how)));
            }
        }
    }
}

/// The uses of a document, in the same form.
fn found(document: &Value) -> BTreeSet<(String, u64, String, String)> {
    let mut lines = BTreeSet::new();
    for row in document["entries"].as_array().unwrap() {
        let prefix = if row["kind"] == "connection" { "conn" } else { "var" };
        let id = row["id"].as_str().map_or(prefix.to_owned(), |id| format!("{prefix}:{id}"));
        for at in row["references"].as_array().unwrap() {
            let text = |name: &str| at[name].as_str().unwrap().to_owned();
            lines.insert((text("file"), at["line"].as_u64().unwrap(), id.clone(), text("how")));
        }
    }
    lines
}

fn uses(document: &Value, word: &str) -> Vec<String> {
    let rows = document["entries"].as_array().unwrap().iter().filter(|row| row["use"] == word);
    rows.map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_use_is_found_with_file_and_line_and_missing_means_missing() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    let dags = repository(DAGS);
    let folder = dags.to_str().unwrap();
    let check = |code: i32, more: &[&str]| {
        let endpoint = vault.endpoint();
        let arguments = [&["check", &endpoint, "--dags", folder, "-o", "json"], more].concat();
        user.run(arguments).code(code).json()
    };

    // With nothing there, every id is missing, and every line is found.
    let empty = check(3, &[]);
    let mut wanted = BTreeSet::new();
    said(&dags, &mut wanted);
    assert_eq!(found(&empty), wanted);
    assert!(wanted.len() > 150 && empty["summary"]["files"].as_u64() >= Some(40), "{}", empty["summary"]);
    assert_eq!((&empty["summary"]["present"], &empty["summary"]["unused"]), (&json!(0), &json!(0)));

    // With everything there, nothing is.
    let ids = user.run(["check", "--dags", folder, "--ids-only"]).code(0).stdout;
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids.len() as u64, empty["summary"]["used"].as_u64().unwrap());
    for id in &ids {
        let (kind, key) = id.split_once(':').unwrap();
        let (path, value) = match kind {
            "conn" => ("connections", json!({ "conn_uri": "http://h" })),
            _ => ("variables", json!({ "value": "x" })),
        };
        let key = key.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let path = format!("{}/data/{path}/{key}", vault.name);
        vault.request("POST", &path, Some(json!({ "data": value })));
    }
    let full = check(0, &[]);
    assert_eq!(uses(&full, "missing"), [""; 0], "{full:#}");
    assert_eq!(full["summary"]["present"], empty["summary"]["used"]);
    assert_eq!(full["summary"]["dynamic"], empty["summary"]["dynamic"]);

    // One less, and one more.
    vault.request("DELETE", &format!("{}/metadata/connections/warehouse", vault.name), None);
    vault.request(
        "POST",
        &format!("{}/data/variables/idle", vault.name),
        Some(json!({ "data": { "value": "x" } })),
    );
    let run = user.run(["check", &vault.endpoint(), "--dags", folder]).code(3);
    for part in
        ["conn:warehouse", "operators/keyword.py:4", "templates/load.sql:5", "var:idle  variables/idle"]
    {
        assert!(run.stdout.contains(part), "{part}: {run}");
    }
    assert_eq!(uses(&check(3, &[]), "missing"), ["warehouse"]);
    assert_eq!(uses(&check(0, &["--exclude", "conn:warehouse"]), "missing"), [""; 0]);
    assert_eq!(uses(&check(0, &["--only", "variables"]), "unused"), ["idle"]);
}

#[test]
fn what_the_code_can_do_without_is_no_failure() {
    let aws = AwsUser::counted();
    let user = Airbridge::new().with_all(aws.variables());
    aws.put("connections/there", "http://h");
    fs::create_dir(user.home().join("dags")).unwrap();
    user.write(
        "dags/etl.py",
        concat!(
            "from airflow.sdk import Variable\n",
            "Hook(http_conn_id='there')\n",
            "Variable.get('a', default=None)\n",
            "Variable.set('b', 1); Variable.get('b')\n",
            "S3ListOperator(task_id='s', bucket='b')\n",
            "BashOperator(bash_command='{{ var.value.get(\"c\", 1) }}')\n",
        ),
    );
    let check = ["check", &aws.endpoint(), "--dags", "dags"];
    let run = user.run(check).code(0);
    for part in [
        "conn:aws_default  dags/etl.py:5  the default of a class; Airflow works without it",
        "var:a             dags/etl.py:3  a method of Variable; the code has a default for it",
        "the code writes or deletes it itself",
        "1 entry is present; 4 missing and not needed",
    ] {
        assert!(run.stdout.contains(part), "{part}: {run}");
    }
    let document = user.run([&check[..], &["-o", "json"]].concat()).code(0).json();
    assert_eq!((&document["summary"]["missing"], &document["summary"]["required"]), (&json!(4), &json!(0)));

    // A use without a default counts.
    user.write("dags/other.py", "from airflow.models import Variable\nVariable.get('a')\n");
    user.run(check).code(3);
}

#[test]
fn ids_are_looked_up_as_airflow_does() {
    let user = Airbridge::new().with("AIRFLOW_CONN_MY_DB", "http://h").with("AIRFLOW_VAR_OLD", "x");
    fs::create_dir(user.home().join("dags")).unwrap();
    user.write("dags/a.py", "X(my_conn_id='My_db')\nY(a_conn_id='other')\n");
    let found = user.run(["check", "env:", "--dags", "dags", "-o", "json"]).code(3).json();
    assert_eq!(
        (uses(&found, "present"), uses(&found, "missing"), uses(&found, "unused")),
        (vec!["My_db".to_owned()], vec!["other".to_owned()], vec!["old".to_owned()])
    );

    // A kind that the endpoint cannot hold is left out with a warning, also in the JSON document.
    user.write("dags/b.py", "from airflow.models import Variable\nVariable.get('v')\n");
    user.write("connections.json", r#"{"My_db": {"conn_type": "http"}, "other": {"conn_type": "http"}}"#);
    let run = user.run(["check", "connections.json", "--dags", "dags", "-o", "json"]).code(0);
    let found = run.json();
    assert_eq!(found["warnings"][0]["code"], "kind-left-out");
    assert_eq!((&found["summary"]["used"], &found["summary"]["present"]), (&json!(2), &json!(2)));
    user.run(["check", "connections.json", "--dags", "dags", "--only", "variables"]).code(2);
}

#[test]
fn files_that_cannot_be_read_completely_are_listed_and_the_rest_is_checked() {
    let user = Airbridge::new();
    fs::create_dir_all(user.home().join("dags/sub")).unwrap();
    user.write("variables.json", r#"{"a": "1"}"#);
    user.write(
        "dags/broken.py",
        "from airflow.models import Variable\nVariable.get('a')\ndef f(:\n  x = = 1\n",
    );
    user.write("dags/sub/bytes.py", b"from airflow.models import Variable\n# \xff\nVariable.get('b')\n");
    let run = user.run(["check", "variables.json", "--dags", "dags"]).code(3);
    for part in ["dags/broken.py:3", "has a syntax error", "dags/sub/bytes.py", "is not UTF-8", "var:b"] {
        assert!(run.stdout.contains(part), "{part}: {run}");
    }
    assert!(run.stderr.contains("2 files of dags cannot be read completely"), "{run}");
    user.run(["check", "variables.json", "--dags", "dags", "--fail-on-warning"]).code(4);

    fs::create_dir(user.home().join("empty")).unwrap();
    let run = user.run(["check", "variables.json", "--dags", "empty"]).code(0);
    assert!(run.stderr.contains("empty has no file of DAG code"), "{run}");
}

#[test]
fn wrong_use_is_explained_before_anything_is_contacted() {
    let user = Airbridge::new();
    user.write("variables.json", r#"{"a": "1"}"#);
    fs::create_dir(user.home().join("dags")).unwrap();
    user.write("dags/a.py", "X(my_conn_id='a')\n");
    let nowhere = "vault:x?url=http://127.0.0.1:9";
    for (arguments, code, message) in [
        (&["check", nowhere, "--dags", "absent"][..], 2, "absent cannot be read"),
        (&["check", nowhere, "--dags", "variables.json"], 2, "variables.json cannot be read"),
        (&["check", nowhere], 2, "--dags <DIR>"),
        (&["check", "--dags", "dags"], 2, "<ENDPOINT>"),
        (&["check", nowhere, "--dags", "dags", "--only", "config"], 2, "no config options by id"),
        (&["check", "--dags", "dags", "--ids-only", "-o", "json"], 2, "--ids-only"),
        (&["check", "--dags", "dags", "--ids-only", "--include", "conn:z*"], 4, "--include 'conn:z*'"),
    ] {
        let run = user.run(arguments).code(code);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(message), "{message}: {run}");
    }
}

#[test]
fn example_dags_of_airflow_are_read_without_an_error() {
    for python in ["AIRBRIDGE_TEST_AIRFLOW_PYTHON", "AIRBRIDGE_TEST_AIRFLOW2_PYTHON"] {
        let python = server(python);
        let environment = Path::new(&python).parent().and_then(Path::parent).unwrap();
        let lib = fs::read_dir(environment.join("lib")).unwrap().map(|entry| entry.unwrap().path());
        let airflow: Vec<PathBuf> =
            lib.map(|lib| lib.join("site-packages/airflow")).filter(|path| path.is_dir()).collect();
        let [airflow] = airflow.as_slice() else { panic!("{python} has no Airflow") };
        let user = Airbridge::new();
        user.write("connections.json", r#"{"x": {"conn_type": "http"}}"#);
        let document = |folder: &Path| {
            let arguments = ["check", "connections.json", "--dags", folder.to_str().unwrap(), "-o", "json"];
            user.run(arguments).code(3).json()
        };
        let examples = document(&airflow.join("example_dags"));
        assert!(examples["summary"]["files"].as_u64() >= Some(50), "{}", examples["summary"]);
        assert_eq!(examples["unread"], json!([]));
        let object_storage =
            found(&examples).into_iter().find(|(file, ..)| file.ends_with("tutorial_objectstorage.py"));
        let (_, _, id, how) = object_storage.expect("the tutorial of object storage uses a connection");
        assert_eq!((id.as_str(), how.as_str()), ("conn:aws_default", "storage-path"));
        // The whole package: thousands of files of every style.
        let everything = document(airflow);
        assert!(everything["summary"]["files"].as_u64() >= Some(1000), "{}", everything["summary"]);
        assert_eq!(everything["unread"], json!([]));
    }
}

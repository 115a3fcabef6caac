//! What reaches a terminal or another program: nothing controls the one, and nothing is lost on the way to the other.

#![cfg(test)]

use airbridge_tests::Airbridge;
use serde_json::{Value, json};

/// Control characters, marks of direction and separators of lines, with letters that need no escape.
const AWKWARD: &str = "x\u{7f}\u{80}\u{9b}31m\u{9f}\u{2028}\u{202e}\u{1b}[2Jä漢y";

fn is_plain(text: &str) -> bool {
    let unsafe_char =
        |char: char| char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|char| char != '\n' && unsafe_char(char))
}

fn user() -> Airbridge {
    let user = Airbridge::new();
    let id = "k\u{7f}\u{9b}e";
    user.write("variables.json", json!({ "v": AWKWARD, id: "1" }).to_string());
    user.write("other/variables.json", json!({ "v": "2" }).to_string());
    user
}

#[test]
fn json_documents_escape_and_lose_nothing() {
    let user = user();
    let show = user.run(["show", "variables.json", "var:v", "--reveal", "-o", "json"]).code(0);
    assert_eq!(show.json()["entries"][0]["value"], AWKWARD);
    let commands: [&[&str]; 4] = [
        &["list", "variables.json"],
        &["diff", "variables.json", "other"],
        &["plan", "variables.json", "target/"],
        &["copy", "variables.json", "target/", "--yes", "--report", "report.json"],
    ];
    for command in commands {
        let run = user.run([command, &["-o", "json"]].concat());
        assert!(is_plain(&run.stdout), "{run}");
        let ids: Vec<_> =
            run.json()["entries"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        assert!(ids.contains(&json!("k\u{7f}\u{9b}e")), "{run}");
    }
    let report = user.read("report.json");
    assert!(is_plain(&report) && serde_json::from_str::<Value>(&report).is_ok(), "{report}");
    assert!(is_plain(&show.stdout), "{show}");
}

#[test]
fn output_for_other_programs_is_not_filtered() {
    let user = user();
    user.write("ids", &user.run(["list", "variables.json", "--ids-only"]).code(0).stdout);
    assert!(user.read("ids").contains("var:k\u{7f}\u{9b}e\n"));
    let show = user.run(["show", "variables.json", "var:v", "--reveal", "--as", "json"]).code(0);
    assert_eq!(show.json(), AWKWARD);
}

#[test]
fn messages_for_people_are_escaped() {
    let user = user();
    user.write("own.toml", "\"a\\u001b[2Jb\\u202e\\u2028\" = 1\n");
    user.write("rules.toml", "[[rule]]\nmatch = \"var:none\\u001b[2J\\u009b\"\nunset = [\"extra\"]\n");
    let commands: [&[&str]; 7] = [
        &["list", "variables.json", "--config", "own.toml"],
        &["list", "variables.json", "-vvv"],
        &["plan", "variables.json", "target/", "--rules", "rules.toml"],
        &["show", "variables.json", "var:no\u{1b}[2Jne"],
        &["show", "variables.json", "var:v", "--reveal"],
        &["list", "no\u{1b}[2Jne\u{202e}.json"],
        &["list", "variables.json", "--no\u{1b}[2Jne"],
    ];
    for command in commands {
        let run = user.run(command);
        assert!(is_plain(&run.stdout) && is_plain(&run.stderr), "{command:?}: {run:?}");
    }
}

#[test]
fn quiet_diff_prints_nothing_and_keeps_its_exit_code() {
    let user = user();
    for (b, code) in [("other", 3), ("variables.json", 0)] {
        let run = user.run(["diff", "variables.json", b, "--quiet", "--only", "variables"]).code(code);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    }
    let document = user.run(["diff", "variables.json", "other", "--quiet", "-o", "json"]).code(3).json();
    assert_eq!(document["schema"], "airbridge.diff/1");
}

#[test]
fn line_that_readers_read_differently_gets_the_key_as_its_first_hint() {
    let user = Airbridge::new();
    user.write(".env", "AIRFLOW_VAR_A=\"a$b\"\n");
    let run = user.run(["plan", ".env", "target/"]).code(4);
    let first = run.stderr.lines().find(|line| line.contains("hint:")).unwrap_or_default();
    assert!(first.contains("`dialect=`"), "{run}");
}

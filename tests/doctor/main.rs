//! `airbridge doctor` finds what is wrong: each misconfiguration of `docs/doctor.md` is planted at a real server, in a database
//! or in a file. `AIRBRIDGE_UPDATE_DOCS=1` writes the tables of the page anew.

#![cfg(test)]

mod case;
mod clouds;
#[path = "../key_vault.rs"]
mod key_vault;
mod lookups;
mod settings;
mod vault;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use airbridge_tests::{Airbridge, VaultMount, example, repository};
use case::Case;
use serde_json::json;

/// The groups of the page.
const GROUPS: [(&str, &[Case]); 4] = [
    ("Credentials, permissions and places", vault::CASES),
    ("Names and values", clouds::CASES),
    ("Settings of a deployment", settings::CASES),
    ("The lookup of one entry", lookups::CASES),
];

const START: &str = "<!-- The tables are written by tests/doctor/. -->\n";
const END: &str = "<!-- The end of the tables. -->\n";

fn tables() -> String {
    let mut text = String::new();
    for (title, cases) in GROUPS {
        write!(text, "\n### {title}\n\n| what is wrong | check | what `doctor` says | what it advises |\n")
            .unwrap();
        text.push_str("| --- | --- | --- | --- |\n");
        for Case { wrong, check, result, says, todo, .. } in cases {
            writeln!(text, "| {wrong} | `{check}`, {result} | {says} | {todo} |").unwrap();
        }
    }
    text.push('\n');
    text
}

#[test]
fn tables_of_the_page_are_those_of_the_tests() {
    let path = repository("docs/doctor.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(START).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let expected = tables();
    if std::env::var_os("AIRBRIDGE_UPDATE_DOCS").is_some() {
        std::fs::write(&path, [before, START, &expected, END, after].concat()).unwrap();
        return;
    }
    assert!(
        found == expected,
        "docs/doctor.md differs from the tests; run AIRBRIDGE_UPDATE_DOCS=1 cargo test -p airbridge-tests --test doctor tables"
    );
}

#[test]
fn each_case_is_a_row_of_its_own() {
    let mut named = BTreeSet::new();
    for Case { wrong, says, todo, result, .. } in GROUPS.iter().flat_map(|(_, cases)| *cases) {
        assert!(named.insert(wrong), "{wrong} is there twice");
        assert!(["ok", "warning", "problem"].contains(result), "{result}");
        assert!(![wrong, says, todo].iter().any(|text| text.contains(['|', '\n'])), "{wrong}");
    }
    assert!(named.len() >= 20, "{} cases", named.len());
}

fn found(cases: &[Case]) {
    let faults: Vec<_> = cases.iter().filter_map(Case::fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn wrong_credentials_permissions_and_places_are_found() {
    found(vault::CASES);
}

#[test]
fn wrong_names_and_values_are_found() {
    found(clouds::CASES);
}

#[test]
fn wrong_settings_of_a_deployment_are_found() {
    found(settings::CASES);
}

#[test]
fn wrong_lookups_are_found() {
    found(lookups::CASES);
}

#[test]
fn sound_endpoint_has_no_problem_and_nothing_is_written() {
    let vault = VaultMount::counted(2);
    let user = Airbridge::new().with_all(vault.variables());
    user.run(["copy", &example("files/airflow/"), &vault.endpoint(), "--yes"]).code(0);
    let fields = vault.fields("connections/postgres_default");
    for arguments in [vec![vault.endpoint()], vec![vault.endpoint(), "conn:postgres_default".to_owned()]] {
        let run = user
            .run([&["doctor".to_owned()], &arguments[..], &["-o".to_owned(), "json".to_owned()]].concat());
        let document = run.code(0).json();
        assert_eq!(
            (&document["summary"]["warning"], &document["summary"]["problem"]),
            (&json!(0), &json!(0))
        );
        let checks: BTreeSet<_> =
            document["entries"].as_array().unwrap().iter().map(|row| row["check"].as_str()).collect();
        for check in ["open", "identity", "token", "clock", "engine", "permissions"] {
            assert!(checks.contains(&Some(check)), "{check}: {document:#}");
        }
    }
    assert_eq!(vault.fields("connections/postgres_default"), fields);
    let wrong = user.run(["doctor", &vault.endpoint(), "postgres_default"]).code(2);
    assert!(wrong.stderr.contains("not a valid entry"), "{wrong}");
    user.run(["doctor", "valut:airflow"]).code(2);
}

//! `docs/faults.md` is written from a table, and every test that it names exists. `AIRBRIDGE_UPDATE_DOCS=1` writes it anew.

#![cfg(test)]

mod airflow;
mod aws;
mod azure;
mod every;
mod google;
mod row;
mod vault;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use airbridge_tests::repository;
use row::{Proof, Row, Section};

const SECTIONS: [&Section; 9] = [
    &every::EVERY_SERVICE,
    &every::ENTRIES_AND_RUNS,
    &aws::SECRETS_MANAGER,
    &aws::PARAMETER_STORE,
    &google::GOOGLE,
    &azure::AZURE,
    &vault::VAULT,
    &airflow::DATABASE,
    &airflow::API,
];

const INTRODUCTION: &str = "\
# Faults, and what airbridge does

Look here to see what a run does when a service, the network or this machine fails, and which test causes that fault.
What to do about an error is in [Troubleshooting](troubleshooting.md); what each exit code means is in
[Exit codes](exit-codes.md). After any fault it is safe to run the same command again: entries that were written are not
written again.

Four rules cover most of this page:

- A passing fault is retried: an unavailable service up to 8 times, an unreachable one up to 3 times, a throttled request
  for as long as other requests succeed.
- A write without an answer is looked up, and sent again only if it did not happen.
- A fault of one entry fails that entry; the other entries are copied.
- A fault that every further request would meet ends the run. Its report lists the remaining entries as `not-tried`.

This page is generated from the table in `tests/fault_page/`. A test checks that each test named here exists.
";

fn rows() -> impl Iterator<Item = &'static Row> {
    SECTIONS.iter().flat_map(|section| section.rows)
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in SECTIONS {
        write!(
            page,
            "\n## {}\n\n| fault | what airbridge does | test |\n| --- | --- | --- |\n",
            section.title
        )
        .unwrap();
        for Row { fault, answer, proof } in section.rows {
            let proof = match proof {
                Proof::None(reason) => format!("no test: {reason}"),
                Proof::Tests(tests) => {
                    let link = |(file, test): &(&str, &str)| format!("[{test}](../{file})");
                    tests.iter().map(link).collect::<Vec<_>>().join(", ")
                }
            };
            writeln!(page, "| {fault} | {answer} | {proof} |").unwrap();
        }
    }
    page
}

/// Whether `source` has a test function of this name. Attributes may stand between the one of a test and the function.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_function = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    lines.iter().enumerate().any(|(at, line)| {
        let mut attributes = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        is_function(line)
            && attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

#[test]
fn page_is_that_of_the_table() {
    let path = repository("docs").join("faults.md");
    let expected = page();
    if std::env::var_os("AIRBRIDGE_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let line = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "docs/faults.md differs from the table; run \
         AIRBRIDGE_UPDATE_DOCS=1 cargo test -p airbridge-tests --test fault_page\n{line:#?}"
    );
}

#[test]
fn every_named_test_exists() {
    let mut missing = Vec::new();
    for row in rows() {
        let Proof::Tests(tests) = &row.proof else { continue };
        for (file, name) in *tests {
            if !has_test(&std::fs::read_to_string(repository(file)).unwrap(), name) {
                missing.push(format!("{file} has no test {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_fault_has_a_test_or_a_reason_and_is_named_once() {
    let mut named = BTreeSet::new();
    for (section, row) in
        SECTIONS.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row)))
    {
        assert!(named.insert((section.title, row.fault)), "{} is there twice", row.fault);
        let is_proved = match &row.proof {
            Proof::Tests(tests) => !tests.is_empty(),
            Proof::None(reason) => reason.split_whitespace().count() > 2,
        };
        assert!(is_proved, "{} has neither a test nor a reason", row.fault);
        for text in [row.fault, row.answer] {
            assert!(
                text.ends_with('.') && !text.contains(['|', '\n']),
                "{text:?} is not a sentence of a table"
            );
        }
    }
    assert!(named.len() >= 90, "{} faults", named.len());
}

#[test]
fn test_is_found_by_its_attribute() {
    let source = "#[tokio::test]\n#[expect(x)]\nasync fn a() {}\n\n#[test]\nfn ab() {}\nfn b() {}\n";
    assert!(has_test(source, "a") && has_test(source, "ab"));
    assert!(!has_test(source, "b") && !has_test(source, "c"));
}

//! Every key, option, command and environment variable that a page or a message names exists.
//!
//! The pages are the README, `docs/` and the READMEs of backends. The messages are the string literals of `crates/*/src`,
//! hints among them.

#![cfg(test)]

mod known;
mod literals;

use std::path::PathBuf;

use airbridge_tests::repository;
use known::{Known, files, is_variable, is_word};
use literals::literals;

/// Other tools whose commands and options pages and messages name.
const OTHER_TOOLS: &[&str] =
    &["airflow", "aws", "az", "azd", "bao", "cargo", "docker", "gcloud", "openssl", "python3", "uv", "vault"];

/// The string literals of our code, tests aside, with their files.
fn messages() -> Vec<(PathBuf, String)> {
    let sources = files(&repository("crates"), "rs").into_iter();
    // The messages of the conformance suite are for authors of adapters, and name items of the code.
    let sources = sources.filter(|path| !path.starts_with(repository("crates/conformance")));
    let sources = sources.filter(|path| {
        let names: Vec<_> = path.components().map(|name| name.as_os_str().to_string_lossy()).collect();
        names.iter().any(|name| name == "src")
            && !names.iter().any(|name| name == "tests" || name == "tests.rs")
    });
    let read = |path: PathBuf| {
        let found = literals(&std::fs::read_to_string(&path).unwrap());
        found.into_iter().map(move |literal| (path.clone(), literal))
    };
    sources.flat_map(read).collect()
}

/// The pages for users, with their content. `docs/adr/` and the READMEs of other crates name items of the code.
fn pages() -> Vec<(PathBuf, String)> {
    let pages =
        ["docs", "crates/backends", "examples"].iter().flat_map(|folder| files(&repository(folder), "md"));
    let top = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(repository);
    let pages = pages.filter(|path| !path.starts_with(repository("docs/adr"))).chain(top);
    pages.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// Whether a tool other than airbridge is named in `text`, as a word in front of its options.
fn names_other_tool(text: &str) -> bool {
    let before = text.split("--").next().unwrap_or(text);
    before.split(|char: char| !char.is_alphanumeric()).any(|word| OTHER_TOOLS.contains(&word))
        && !before.trim_start().starts_with("airbridge ")
}

/// The names in `code` that must exist: `name=value`, `name:=value`, a word with an underscore, a variable.
fn name_in(code: &str) -> Option<&str> {
    let name = code.split('=').next().unwrap_or(code).trim_end_matches(':').trim();
    let assigned = code.contains('=') && is_word(name);
    (assigned || is_word(name) && name.contains('_') || is_variable(name)).then_some(name)
}

/// The names in inline code that do not exist.
fn faults_of_code(code: &str, known: &Known) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(rest) = code.strip_prefix("airbridge ") {
        let word = rest.split_whitespace().next().unwrap_or_default();
        let literal = word.chars().all(|char| char.is_ascii_lowercase()) && !word.is_empty();
        if literal && !known.commands.contains(word) {
            faults.push(format!("no such command: airbridge {word}"));
        }
    } else if let Some(name) = name_in(code).filter(|name| !known.has_name(name)) {
        faults.push(format!("no such key or variable: {name}"));
    }
    if !names_other_tool(code) {
        faults.extend(known.missing_options(code).iter().map(|name| format!("no such option: --{name}")));
    }
    faults
}

#[test]
fn names_in_pages_exist() {
    let known = Known::new(&messages());
    let (mut checked, mut faults) = (0, Vec::new());
    for (path, page) in pages() {
        let mut fail = |found: Vec<String>| {
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", path.display())));
        };
        for (number, part) in page.replace("\\\n", " ").split("```").enumerate() {
            if number % 2 == 1 {
                for line in part.lines().map(|line| line.trim().trim_start_matches("$ ")) {
                    if line.starts_with("airbridge ") {
                        fail(faults_of_code(line.split(" #").next().unwrap_or(line), &known));
                        checked += 1;
                    }
                }
                continue;
            }
            for (number, piece) in part.split('`').enumerate() {
                if number % 2 == 1 {
                    fail(faults_of_code(piece, &known));
                    checked += 1;
                } else if !names_other_tool(piece) {
                    fail(
                        known
                            .missing_options(piece)
                            .iter()
                            .map(|name| format!("no such option: --{name}"))
                            .collect(),
                    );
                }
            }
        }
    }
    assert!(checked > 500, "only {checked} names were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn names_in_messages_exist() {
    let messages = messages();
    let known = Known::new(&messages);
    let (mut checked, mut faults) = (0, Vec::new());
    let is_statement = |text: &str| ["SELECT ", "SET "].iter().any(|start| text.starts_with(start));
    for (path, message) in messages.iter().filter(|(_, text)| text.contains(' ') && !is_statement(text)) {
        let mut found: Vec<String> =
            message.split('`').skip(1).step_by(2).flat_map(|code| faults_of_code(code, &known)).collect();
        let words = message.split(|char: char| char.is_whitespace() || "`'\"(),;:|".contains(char));
        for name in words.filter_map(name_in).filter(|name| name.contains('_')) {
            if !known.has_name(name) {
                found.push(format!("no such key or variable: {name}"));
            }
            checked += 1;
        }
        if !names_other_tool(message) {
            found.extend(
                known.missing_options(message).iter().map(|name| format!("no such option: --{name}")),
            );
        }
        found.dedup();
        faults
            .extend(found.into_iter().map(|fault| format!("{}: {fault}, in \"{message}\"", path.display())));
    }
    assert!(checked > 100, "only {checked} names were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

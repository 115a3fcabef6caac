//! Invalid input of every kind: one clear message, the documented exit code, no value, nothing written.

#![cfg(test)]

mod disk;
mod endpoints;
mod entries;
mod files;
mod plans;
mod records;
mod servers;

use airbridge_tests::{Airbridge, Run};

/// The secret in every fixture. It must never be printed.
const CANARY: &str = "c4n4ry-5f2e";

/// Runs a command that must fail with `code` and print all of `words`, as text and as one JSON document.
fn refused<S: AsRef<str>>(user: &Airbridge, arguments: &[S], code: i32, words: &[&str]) -> Run {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let before = user.files();
    let machine = user.run([&arguments[..], &["-o", "json"]].concat()).code(code);
    let document = machine.json();
    assert!(document["schema"].as_str().is_some_and(|schema| schema.starts_with("airbridge.")), "{machine}");
    assert!(document["error"]["message"].is_string() || document["entries"].is_array(), "{machine}");
    let human = user.run(&arguments).code(code);
    let said = format!("{}{}", human.stdout, human.stderr);
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in the output of {arguments:?}: {human}");
    }
    let all = format!("{said}{}{}", machine.stdout, machine.stderr);
    assert!(!all.contains(CANARY), "a value is shown by {arguments:?}: {human}");
    assert!(!all.contains("panicked"), "{human}");
    assert_eq!(user.files(), before, "{arguments:?} left something behind");
    human
}

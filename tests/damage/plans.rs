//! Saved plans and reports that are damaged: they are refused, or they describe something that is not done.

use airbridge_tests::Airbridge;
use serde_json::{Value, json};

use crate::CANARY;

/// A file with an entry that was written by the run of `report.json`, and a plan for another one.
fn user() -> Airbridge {
    let user = Airbridge::new();
    user.write("variables.json", json!({ "a": "x" }).to_string());
    user.run(["copy", "variables.json", "file:to/", "--yes", "--report", "report.json"]).code(0);
    user.write("variables.json", json!({ "a": "x", "b": "y" }).to_string());
    user.run(["plan", "variables.json", "file:to/", "--save", "plan.json"]).code(0);
    user
}

/// Every place in a document, as pointers.
fn places(document: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{number}"), found);
            }
        }
        _ => {}
    }
}

/// The document with another value at each place, with a member less, and cut off.
fn damaged(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut found = Vec::new();
    places(&document, "", &mut found);
    let mut texts = Vec::new();
    for place in &found {
        for other in [Value::Null, json!(CANARY), json!(7), json!([]), json!({}), json!([CANARY])] {
            let mut changed = document.clone();
            *changed.pointer_mut(place).unwrap() = other;
            texts.push(changed.to_string());
        }
        if let Some((parent, name)) = place.rsplit_once('/') {
            let mut changed = document.clone();
            if let Some(members) = changed.pointer_mut(parent).unwrap().as_object_mut() {
                members.shift_remove(name);
            }
            texts.push(changed.to_string());
        }
    }
    texts.extend([0, 1, text.len() / 3, text.len() - 3].map(|end| text[..end].to_owned()));
    texts.push("[".repeat(100_000));
    texts
}

/// Runs a command with each damaged file. It may refuse it, or do what the whole file says: anything else is a fault.
fn tried(file: &str, command: &[&str], is_done: impl Fn(&Airbridge) -> bool) -> usize {
    let user = user();
    let (whole, target) = (user.read(file), user.read("to/variables.json"));
    let mut refused = 0;
    for text in damaged(&whole) {
        user.write(file, &text);
        let run = user.run(command);
        assert!(!run.stderr.contains("panicked"), "{text}: {run}");
        match run.code {
            0 => assert!(is_done(&user) || user.read("to/variables.json") == target, "{text}: {run}"),
            1 | 2 | 4 => {
                refused += 1;
                assert!(
                    run.stderr.starts_with("error: ") || run.stderr.contains("\nerror: "),
                    "{text}: {run}"
                );
                assert_eq!(user.read("to/variables.json"), target, "{text}: {run}");
            }
            code => panic!("exit code {code} for {text}: {run}"),
        }
        user.write("to/variables.json", &target);
    }
    refused
}

#[test]
fn damaged_plan_is_refused_or_executed_as_it_is() {
    let both = |user: &Airbridge| {
        let found: Value = serde_json::from_str(&user.read("to/variables.json")).unwrap();
        found == json!({ "a": "x", "b": "y" })
    };
    let refused = tried("plan.json", &["apply", "plan.json", "--yes"], both);
    assert!(refused > 100, "{refused}");
}

#[test]
fn damaged_report_is_refused_or_undone_as_it_is() {
    let none = |user: &Airbridge| {
        let found: Value = serde_json::from_str(&user.read("to/variables.json")).unwrap();
        found == json!({})
    };
    let refused = tried("report.json", &["undo", "--report", "report.json", "--yes"], none);
    assert!(refused > 50, "{refused}");
}

//! One planted misconfiguration: what is wrong, and what `doctor` says.

use std::any::Any;

use airbridge_tests::Airbridge;
use serde_json::Value;

/// A misconfiguration.
pub(crate) struct Case {
    /// What is wrong.
    pub(crate) wrong: &'static str,
    /// The check that finds it.
    pub(crate) check: &'static str,
    /// How the check ends.
    pub(crate) result: &'static str,
    /// What it says; `…` stands for names and places.
    pub(crate) says: &'static str,
    /// What it advises; empty if it advises nothing.
    pub(crate) todo: &'static str,
    /// Makes it.
    pub(crate) plant: fn() -> Planted,
}

/// A misconfiguration that is there.
pub(crate) struct Planted {
    user: Airbridge,
    arguments: Vec<String>,
    /// Servers and databases that must be there until the end.
    places: Vec<Box<dyn Any>>,
}

impl Planted {
    /// `airbridge doctor` with these arguments.
    pub(crate) fn new(user: Airbridge, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { user, arguments, places: Vec::new() }
    }

    /// With something that must live until the end.
    pub(crate) fn with(mut self, place: impl Any) -> Self {
        self.places.push(Box::new(place));
        self
    }
}

impl Case {
    /// Plants the misconfiguration; what is wrong with the answer, if something is.
    pub(crate) fn fault(&self) -> Option<String> {
        let planted = (self.plant)();
        let arguments: Vec<&str> = planted.arguments.iter().map(String::as_str).collect();
        let _kept = &planted.places;
        let run = planted.user.run([&["doctor"], &arguments[..], &["-o", "json"]].concat());
        let document = run.json();
        let entries = document["entries"].as_array().cloned().unwrap_or_default();
        let has_problem = entries.iter().any(|row| row["result"] == "problem");
        if run.code != if has_problem { 3 } else { 0 } {
            return Some(format!("{}: wrong exit code: {run}", self.wrong));
        }
        let found = entries.iter().any(|row| {
            row["check"] == self.check
                && row["result"] == self.result
                && says(&row["message"], self.says)
                && (self.todo.is_empty() || says(&row["hint"], self.todo))
        });
        (!found).then(|| format!("{}: not said: {:#}", self.wrong, document["entries"]))
    }
}

/// Whether a text has all parts of a pattern, in this order.
fn says(text: &Value, pattern: &str) -> bool {
    let mut rest = text.as_str().unwrap_or_default();
    pattern.split('…').all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

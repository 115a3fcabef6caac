//! One copy before the judge: what Airflow reads on both sides must be the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Airbridge, Ids, Place, rows};

/// The result of one copy, from its report.
#[derive(Clone, Debug)]
pub struct CopyResult {
    /// From where to where.
    pub between: String,
    rows: Vec<Value>,
}

impl CopyResult {
    /// Copies, and expects every entry to arrive.
    ///
    /// # Panics
    /// If one does not.
    pub fn new(user: &Airbridge, from: &Place, to: &Place, options: &[&str]) -> Self {
        let command = [&["copy", &from.endpoint, &to.endpoint, "--yes", "-o", "json"], options].concat();
        let report = user.run(command).code(0).json();
        let result = Self::of(format!("{} to {}", from.endpoint, to.endpoint), &report);
        assert_eq!(result.rows.len(), rows(&report, "outcome").len(), "{report}");
        assert!(!result.rows.is_empty(), "{}: nothing was copied", result.between);
        result
    }

    /// The verified entries of a report, and those of which the target hides a part.
    ///
    /// # Panics
    /// If it has no entries.
    pub fn of(between: String, report: &Value) -> Self {
        let entries = report["entries"].as_array().unwrap_or_else(|| panic!("no entries in {report}"));
        let arrived = |row: &&Value| matches!(row["outcome"].as_str(), Some("verified" | "unverifiable"));
        let rows = entries.iter().filter(arrived).cloned().collect();
        Self { between, rows }
    }

    /// The ids of the copied entries.
    pub fn ids(&self) -> Ids {
        Ids::of(&self.rows)
    }

    /// The connections that core and task read differently, by the report.
    pub fn reader_dependent(&self) -> BTreeSet<&str> {
        let flagged = |row: &&Value| {
            row["flags"].as_array().is_some_and(|flags| flags.contains(&json!("reader-dependent")))
        };
        self.rows.iter().filter(flagged).filter_map(|row| row["id"].as_str()).collect()
    }

    /// The differences that Airflow reads at the target, without values.
    pub fn differences(&self, source: &Value, target: &Value) -> Vec<String> {
        let compare = |row: &Value| match (row["kind"].as_str(), row["id"].as_str()) {
            (Some("connection"), Some(id)) => {
                differing_fields(row, &source["connections"][id], &target["connections"][id])
            }
            (Some(kind), Some(id)) => {
                let group = if kind == "config" { "config" } else { "variables" };
                let (source, target) = (&source[group][id], &target[group][id]);
                if source.is_string() && source == target { Vec::new() } else { vec!["the value".to_owned()] }
            }
            _ => vec!["no id".to_owned()],
        };
        let named = |row: &Value| {
            let entry = format!("{}:{}", row["kind"], row["id"]).replace('"', "");
            compare(row)
                .into_iter()
                .map(move |what| format!("{}: {entry}: {what}", self.between))
                .collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(named).collect()
    }
}

/// The differences of one connection, as tasks read it, and as the core reads it unless the report flags it `reader-dependent`.
fn differing_fields(row: &Value, source: &Value, target: &Value) -> Vec<String> {
    let says =
        |list: &str, word: &str| row[list].as_array().is_some_and(|words| words.contains(&json!(word)));
    let readers: &[&str] = if says("flags", "reader-dependent") { &["task"] } else { &["task", "core"] };
    let mut found = Vec::new();
    for reader in readers {
        let (source, target) = (&source[reader], &target[reader]);
        let (Some(fields), true) = (source.as_object(), target.is_object()) else {
            found.push(format!("not there for {reader}"));
            continue;
        };
        for (field, before) in fields {
            let after = &target[field];
            let empty = [before, after].iter().all(|value| value.is_null() || **value == "");
            let stated = match field.as_str() {
                // airbridge takes no description and an empty one for the same.
                "description" => empty || says("losses", "description"),
                "conn_type" => {
                    says("losses", "conn-type-spelling") || (empty && says("losses", "absent-vs-empty"))
                }
                // Some places hold numbers only.
                "port" => after.is_number() && before.as_str() == Some(&after.to_string()),
                "host" | "schema" | "login" => empty && says("losses", "absent-vs-empty"),
                _ => false,
            };
            if before != after && !stated {
                found.push(format!("{field}, as {reader} reads it"));
            }
        }
    }
    found
}

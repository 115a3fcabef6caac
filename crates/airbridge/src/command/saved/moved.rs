//! What differs between a saved plan and a new one.

use std::collections::BTreeMap;

use airbridge_airflow::EntryId;
use airbridge_engine::entry_of;
use serde_json::Value;

use crate::failure::{Failure, Outcome};
use crate::output::style::{count, plain};

/// The entries that a message names.
const NAMED: usize = 10;

/// What identifies a row of a plan: the entry, and the name at the source.
type Key = (Option<EntryId>, String);

/// Fails if the plans differ, with the entries that do.
pub(super) fn check(saved: &Value, new: &Value) -> Outcome<()> {
    for (side, at) in [("source", 0), ("target", 1)] {
        let place = |plan: &Value| plan["endpoints"][at]["place"].as_str().map(str::to_owned);
        if place(saved) != place(new) {
            let shown = |place: Option<String>| place.as_deref().map_or_else(|| "unknown".to_owned(), plain);
            return Err(Failure::refused(format!(
                "the {side} of the plan is {}, and this is {}; nothing was written",
                shown(place(saved)),
                shown(place(new))
            ))
            .hint("use the account and settings that the plan was made with, or make a new plan"));
        }
    }
    let (saved, new) = (rows(saved), rows(new));
    let mut moved: Vec<String> = Vec::new();
    for (key, row) in &saved {
        let what = match new.get(key) {
            None => Some("missing in the new plan".to_owned()),
            Some(now) => difference(row, now),
        };
        moved.extend(what.map(|what| line(key, &what)));
    }
    moved.extend(
        new.keys().filter(|key| !saved.contains_key(*key)).map(|key| line(key, "not in the saved plan")),
    );
    if moved.is_empty() {
        return Ok(());
    }
    let entries = count(moved.len(), "entry has", "entries have");
    let more = moved.len().saturating_sub(NAMED);
    moved.truncate(NAMED);
    if more > 0 {
        moved.push(format!("and {more} more"));
    }
    let message =
        format!("{entries} changed after the plan was saved; nothing was written: {}", moved.join("; "));
    Err(Failure::refused(message).hint("make, review and save a new plan"))
}

fn rows(plan: &Value) -> BTreeMap<Key, &Value> {
    let name = |row: &Value| row["source_name"].as_str().unwrap_or_default().to_owned();
    let rows = plan["entries"].as_array().into_iter().flatten();
    rows.map(|row| ((entry_of(row), name(row)), row)).collect()
}

fn line((id, name): &Key, what: &str) -> String {
    let id = id.as_ref().map_or_else(|| name.clone(), EntryId::to_string);
    format!("{} ({what})", plain(&id))
}

/// What differs between two rows of an entry.
fn difference(saved: &Value, new: &Value) -> Option<String> {
    let differs = |name: &str| saved[name] != new[name];
    let sides = [("source_seen", "changed at the source"), ("target_seen", "changed at the target")];
    let changed: Vec<_> = sides.iter().filter(|(name, _)| differs(name)).map(|(_, what)| *what).collect();
    if !changed.is_empty() {
        return Some(changed.join(" and "));
    }
    if differs("action") || differs("reason") {
        let word = |row: &Value| row["action"].as_str().unwrap_or("nothing").to_owned();
        return Some(format!("{} was planned, now {}", word(saved), word(new)));
    }
    let others = ["target_name", "carried", "losses", "fields", "not_carried", "rule", "set", "unset"];
    others.iter().any(|name| differs(name)).then(|| "planned otherwise now".to_owned())
}

//! A saved plan, for people, from its document alone.

use airbridge_engine::entry_of;
use anstyle::Style;
use serde_json::Value;

use super::human::{GROUPS, Group};
use super::style::{BOLD, DIM, count, paint, plain};
use super::table::{Cell, rows};

/// The plan; unchanged entries only with `all`.
pub(crate) fn text(document: &Value, all: bool) -> String {
    let word = |value: &Value| plain(value.as_str().unwrap_or_default());
    let mut text = String::new();
    for (label, side) in ["from ", "to   "].iter().zip(document["endpoints"].as_array().into_iter().flatten())
    {
        let place = format!("{} = {}", word(&side["endpoint"]), word(&side["place"]));
        text.extend([*label, &paint(BOLD, &place), "\n"]);
    }
    text.extend([
        "saved ",
        &word(&document["saved"]),
        " by airbridge ",
        &word(&document["airbridge"]),
        "\n\n",
    ]);
    let entries: Vec<&Value> = document["entries"].as_array().into_iter().flatten().collect();
    let mut counts = Vec::new();
    for Group { word: action, mark, style, .. } in &GROUPS {
        let group: Vec<&&Value> = entries.iter().filter(|entry| entry["action"] == *action).collect();
        if group.is_empty() {
            continue;
        }
        counts.push(format!("{} {action}", group.len()));
        if *action == "keep" && !all {
            continue;
        }
        let row = |entry: &&&Value| -> Vec<Cell> {
            let id = entry_of(entry).map(|id| plain(&id.to_string())).unwrap_or_default();
            let details = ["reason", "message"].map(|name| word(&entry[name]));
            let details: Vec<_> = details.into_iter().filter(|detail| !detail.is_empty()).collect();
            vec![
                (*style, (*mark).to_owned()),
                (Style::new(), id),
                (DIM, word(&entry["target_name"])),
                (Style::new(), details.join(" · ")),
            ]
        };
        text.push_str(&rows("  ", &group.iter().map(row).collect::<Vec<_>>()));
    }
    let total = count(entries.len(), "entry", "entries");
    text.extend(["\n", &total, ": ", &counts.join(", "), "\n"]);
    text
}

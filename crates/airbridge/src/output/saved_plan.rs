//! A saved plan, for people, from its document alone.

use anstyle::Style;
use serde_json::Value;

use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, count, paint, plain};
use super::table::{Cell, rows};

/// The words of actions, in the order in which they are shown: mark, style.
const ACTIONS: [(&str, &str, Style); 7] = [
    ("create", "+", GOOD),
    ("replace", "~", CHANGE),
    ("restore", "^", CHANGE),
    ("delete", "x", BAD),
    ("keep", "=", DIM),
    ("skip", "-", DIM),
    ("refuse", "!", BAD),
];

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
    for (action, mark, style) in ACTIONS {
        let group: Vec<&&Value> = entries.iter().filter(|entry| entry["action"] == action).collect();
        if group.is_empty() {
            continue;
        }
        counts.push(format!("{} {action}", group.len()));
        if action == "keep" && !all {
            continue;
        }
        let row = |entry: &&&Value| -> Vec<Cell> {
            let kind = match entry["kind"].as_str() {
                Some("connection") => "conn",
                Some("variable") => "var",
                _ => "config",
            };
            let details = ["reason", "message"].map(|name| word(&entry[name]));
            let details: Vec<_> = details.into_iter().filter(|detail| !detail.is_empty()).collect();
            vec![
                (style, mark.to_owned()),
                (Style::new(), format!("{kind}:{}", word(&entry["id"]))),
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

//! The details of one entry: why, what changes, what is lost, and what else is worth knowing.

use airbridge_airflow::Loss;
use airbridge_engine::{Flag, REASONS};
use serde_json::Value;

use super::markup::Markup;
use crate::output::human::loss_meaning;

/// The members of entries that the page shows in words.
const KNOWN: &[&str] = &[
    "kind",
    "id",
    "team",
    "name_a",
    "name_b",
    "source_name",
    "target_name",
    "action",
    "difference",
    "reason",
    "message",
    "carried",
    "losses",
    "flags",
    "fields",
    "changes",
    "extra_keys",
    "rule",
    "renamed_from",
    "set",
    "unset",
    "not_carried",
    "undo",
];

/// A cell with the details of an entry.
pub(super) fn details(page: &mut Markup, entry: &Value) {
    let items = items(entry);
    if items.is_empty() {
        return;
    }
    page.raw("<ul>");
    for item in &items {
        page.raw("<li>").append(item).raw("</li>");
    }
    page.raw("</ul>");
}

/// The strings in a list of a document.
pub(super) fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// What a flag means.
pub(super) fn flag_meaning(word: &str) -> Option<&'static str> {
    Flag::ALL.into_iter().find(|flag| flag.word() == word).map(Flag::meaning)
}

/// What a loss means.
pub(super) fn meaning_of_loss(word: &str) -> Option<&'static str> {
    Loss::ALL.into_iter().find(|loss| loss.word() == word).map(loss_meaning)
}

fn items(entry: &Value) -> Vec<Markup> {
    let mut items = Vec::new();
    if let Some(reason) = entry["reason"].as_str() {
        let meaning = REASONS.iter().find(|(word, _)| *word == reason).map(|(_, meaning)| *meaning);
        items.push(with_meaning("<b>Reason</b> ", reason, meaning));
    }
    if let Some(message) = entry["message"].as_str() {
        items.push(item(|item| item.text(message)));
    }
    items.extend(fields(entry));
    let keys = &entry["extra_keys"];
    if strings(keys).next().is_some() {
        items.push(item(|item| item.raw("<b>Keys of extra that differ</b> ").codes(strings(keys))));
    }
    match entry["carried"].as_str() {
        Some("re-encoded") => items.push(item(|item| {
            item.raw("<b>Re-encoded</b>: written in another spelling, from which Airflow reads the same")
        })),
        // The usual case.
        Some("verbatim") | None => {}
        Some(other) => items.push(item(|item| item.code(other))),
    }
    for word in strings(&entry["losses"]) {
        items.push(with_meaning("<b>Loss</b> ", word, meaning_of_loss(word)));
    }
    // A remark is in the message already.
    for word in strings(&entry["flags"]).filter(|word| *word != Flag::Note.word()) {
        items.push(with_meaning("<b>Flag</b> ", word, flag_meaning(word)));
    }
    items.extend(rule(entry));
    for sentence in strings(&entry["not_carried"]) {
        items.push(item(|item| item.raw("<b>Not copied</b>: ").text(sentence)));
    }
    match entry["undo"].as_str() {
        Some("none") => {
            items.push(item(|item| item.raw("<b>Cannot be undone</b>: nothing keeps the former value")));
        }
        Some("backup") => items.push(item(|item| item.raw("<b>Undo</b>: from the backup of the run"))),
        // What the target keeps is enough.
        Some("version") | None => {}
        Some(other) => items.push(item(|item| item.raw("<b>Undo</b> ").code(other))),
    }
    items.extend(entry.as_object().into_iter().flatten().filter_map(|(name, value)| other(name, value)));
    items
}

fn item(fill: impl FnOnce(&mut Markup) -> &mut Markup) -> Markup {
    let mut item = Markup::default();
    fill(&mut item);
    item
}

fn with_meaning(label: &'static str, word: &str, meaning: Option<&'static str>) -> Markup {
    item(|item| {
        item.raw(label).code(word);
        match meaning {
            Some(meaning) => item.raw(": ").prose(meaning),
            None => item,
        }
    })
}

/// The fields that differ, with old and new values as far as the document has them.
fn fields(entry: &Value) -> Option<Markup> {
    let word = |name: &str| entry[name].as_str().unwrap_or_default();
    let (action, difference) = (word("action"), word("difference"));
    let is_replaced = action == "replace";
    let differs = is_replaced || difference == "differs" || matches!(word("reason"), "conflict" | "exists");
    let names: Vec<_> = strings(&entry["fields"]).collect();
    if names.is_empty() {
        let is_value = differs && word("kind") != "connection";
        return is_value.then(|| item(|item| item.raw("<b>The value differs</b>; it is not shown")));
    }
    Some(item(|item| {
        item.raw(if is_replaced {
            "<b>Changes</b> "
        } else if action == "keep" || difference == "spelling" {
            "<b>Spelled differently</b> "
        } else {
            "<b>Differs in</b> "
        });
        for (index, name) in names.iter().enumerate() {
            item.raw(if index > 0 { ", " } else { "" }).code(name);
            let changes = entry["changes"].as_array().into_iter().flatten();
            for change in changes.filter(|change| change["field"] == *name) {
                if change["before"] == change["after"] {
                    item.raw(" (in a part that is not shown)");
                } else {
                    item.raw(" <del>");
                    side(item, &change["before"]).raw("</del> → <ins>");
                    side(item, &change["after"]).raw("</ins>");
                }
            }
        }
        item
    }))
}

fn side<'a>(item: &'a mut Markup, value: &Value) -> &'a mut Markup {
    match value.as_str() {
        Some(text) => item.code(text),
        None => item.raw("(none)"),
    }
}

/// What a rule did to the entry.
fn rule(entry: &Value) -> Option<Markup> {
    let number = &entry["rule"];
    if number.is_null() {
        return None;
    }
    Some(item(|item| {
        item.raw("<b>Rule ").text(&number.to_string()).raw("</b>");
        if let Some(before) = entry["renamed_from"].as_str() {
            item.raw("; renamed from ").code(before);
        }
        for (member, does) in [("set", "; sets "), ("unset", "; removes ")] {
            if strings(&entry[member]).next().is_some() {
                item.raw(does).codes(strings(&entry[member]));
            }
        }
        item
    }))
}

/// A member that the page does not know.
fn other(name: &str, value: &Value) -> Option<Markup> {
    let is_empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if is_empty || KNOWN.contains(&name) {
        return None;
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(item(|item| item.raw("<b>").text(name).raw("</b> ").code(&text)))
}

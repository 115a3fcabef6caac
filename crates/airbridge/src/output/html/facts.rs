//! What a page says before its entries: the sides, the counts, the warnings.

use std::collections::BTreeMap;

use airbridge_engine::Estimate;
use serde_json::Value;

use super::details::{flag_meaning, meaning_of_loss, strings};
use super::entries::{Entries, kinds};
use super::markup::Markup;
use super::shape::Shape;
use crate::output::estimate::sentence;
use crate::output::side::only_in_target;
use crate::output::style::count;

/// The members of a document that the page shows in words.
const KNOWN: &[&str] = &["schema", "endpoints", "summary", "new_secrets", "warnings", "error", "entries"];

fn word<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// `Plan: aws:us-east-1 to vault:airflow`, as text.
pub(super) fn title_text(document: &Value, shape: &Shape) -> String {
    let sides = &document["endpoints"];
    match (sides[0]["endpoint"].as_str(), sides[1]["endpoint"].as_str()) {
        (Some(a), Some(b)) => format!("{}: {a} {} {b}", shape.title, shape.between),
        _ => shape.title.to_owned(),
    }
}

/// The same as a heading.
pub(super) fn title(page: &mut Markup, document: &Value, shape: &Shape) {
    let sides = &document["endpoints"];
    page.raw("<h1>").text(shape.title);
    if let (Some(a), Some(b)) = (sides[0]["endpoint"].as_str(), sides[1]["endpoint"].as_str()) {
        page.raw(": ").code(a).raw(" ").text(shape.between).raw(" ").code(b);
    }
    page.raw("</h1>\n");
}

/// What ended the run before there was anything to review.
pub(super) fn error(page: &mut Markup, document: &Value) {
    let error = &document["error"];
    if error.is_null() {
        return;
    }
    page.raw("<div class=\"box bad\" role=\"alert\">\n<p><b>The run failed</b> (").code(word(error, "code"));
    page.raw("): ").text(word(error, "message")).raw("</p>\n");
    hints(page, error);
    page.raw("</div>\n");
}

fn hints(page: &mut Markup, of: &Value) {
    for line in word(of, "hint").lines() {
        page.raw("<p>Hint: ").text(line).raw("</p>\n");
    }
}

/// A table of the two endpoints.
pub(super) fn sides(page: &mut Markup, document: &Value, shape: &Shape) {
    let Some(sides) = document["endpoints"].as_array().filter(|sides| !sides.is_empty()) else { return };
    page.raw("<h2>Endpoints</h2>\n<table>\n<thead><tr><td></td>");
    for label in shape.sides {
        page.raw("<th scope=\"col\">").text(label).raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    let row = |page: &mut Markup, label: &'static str, cell: &dyn Fn(&mut Markup, &Value)| {
        page.raw("<tr><th scope=\"row\">").raw(label).raw("</th>");
        for side in sides {
            page.raw("<td>");
            cell(page, side);
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    };
    let member = |page: &mut Markup, side: &Value, name: &str, absent: &'static str| {
        match side[name].as_str() {
            Some(text) => page.code(text),
            None => page.raw(absent),
        };
    };
    row(page, "Endpoint", &|page, side| member(page, side, "endpoint", "–"));
    row(page, "Place", &|page, side| member(page, side, "place", "–"));
    row(page, "Acts as", &|page, side| {
        // Files and the environment belong to the user who runs airbridge.
        let is_local = matches!(word(side, "backend"), "file" | "-" | "env");
        member(page, side, "actor", if is_local { "–" } else { "the service does not say" });
    });
    if sides.iter().any(|side| !side["configured_by"].is_null()) {
        row(page, "Set by", &|page, side| member(page, side, "configured_by", "–"));
    }
    row(page, "Read by Airflow", &|page, side| member(page, side, "airflow_version", "–"));
    row(page, "Names", &|page, side| {
        for (index, (kind, names)) in side["names"].as_object().into_iter().flatten().enumerate() {
            page.raw(if index > 0 { "<br>" } else { "" }).text(kind).raw(": ").codes(strings(names));
        }
    });
    page.raw("</tbody>\n</table>\n");
}

/// What happens in total, and a table of the counts.
pub(super) fn summary(page: &mut Markup, document: &Value, shape: &Shape, groups: &[Entries<'_>]) {
    page.raw("<h2>Summary</h2>\n");
    verdict(page, document, shape, groups);
    if groups.is_empty() {
        return;
    }
    let kinds = kinds(groups);
    page.raw("<table>\n<thead><tr><th scope=\"col\">")
        .text(shape.label)
        .raw("</th><th scope=\"col\">Entries</th>");
    for (_, heading) in &kinds {
        page.raw("<th scope=\"col\">").text(heading).raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for group in groups {
        page.raw("<tr><th scope=\"row\"><a href=\"#").text(shape.member).raw("=").text(group.word).raw("\">");
        page.text(group.title).raw("</a></th><td class=\"number\">").number(group.total()).raw("</td>");
        for (kind, _) in &kinds {
            page.raw("<td class=\"number\">").number(group.number(kind)).raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n</table>\n");
}

/// The first sentence of a review.
fn verdict(page: &mut Markup, document: &Value, shape: &Shape, groups: &[Entries<'_>]) {
    let of = |word: &str| groups.iter().filter(|group| group.word == word).map(Entries::total).sum::<usize>();
    let is_plan = shape.member == "action";
    // Whatever is not left as it is counts as a change.
    let idle = if is_plan { &["keep", "skip", "refuse"][..] } else { &["spelling", "unreadable"][..] };
    let changes: usize = groups.iter().filter(|group| !idle.contains(&group.word)).map(Entries::total).sum();
    let troubled = of(if is_plan { "refuse" } else { "unreadable" });
    let class = match (troubled, changes) {
        (1.., _) => "bad",
        (0, 1..) => "change",
        (0, 0) => "good",
    };
    page.raw("<div class=\"box ").raw(class).raw("\">\n<p>");
    let entries = |number| count(number, "entry", "entries");
    if is_plan {
        if troubled > 0 {
            page.text(&entries(troubled)).raw(" cannot be copied as requested. ");
        }
        match (changes, troubled) {
            (0, _) => page.raw("There is nothing to write."),
            (_, 0) => page.text(&format!("A copy changes {} at the target.", entries(changes))),
            _ => page.text(&format!("A copy of the others changes {} at the target.", entries(changes))),
        };
        if let Some(only) = document["summary"]["only_in_target"].as_u64().filter(|only| *only > 0) {
            page.raw("</p>\n<p>").text(&only_in_target(usize::try_from(only).unwrap_or(usize::MAX))).raw(".");
        }
    } else {
        let compared = document["summary"]["compared"].as_u64().unwrap_or_default();
        page.text(&format!("{} compared. ", entries(usize::try_from(compared).unwrap_or(usize::MAX))));
        if troubled > 0 {
            page.text(&entries(troubled)).raw(" cannot be read, so the comparison is incomplete. ");
        }
        match changes {
            0 if troubled > 0 => page.raw("The others have the same values."),
            0 => page.raw("They have the same values."),
            1 => page.raw("1 entry has a different value or is on one side only."),
            _ => page.text(&format!("{changes} entries have different values or are on one side only.")),
        };
    }
    page.raw("</p>\n</div>\n");
}

/// What writing will take.
pub(super) fn estimate(page: &mut Markup, document: &Value) {
    if let Some(estimate) = estimated(&document["estimate"]) {
        page.raw("<p>").text(&sentence(&estimate)).raw("</p>\n");
    }
}

fn estimated(value: &Value) -> Option<Estimate> {
    serde_json::from_value(value.clone()).ok()
}

/// The flags and losses of all entries, with their meaning and their number.
pub(super) fn remarks(page: &mut Markup, document: &Value) {
    let entries = document["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (member, label) in [("losses", "Loss"), ("flags", "Flag")] {
        for word in entries.iter().flat_map(|entry| strings(&entry[member])) {
            *found.entry((label, word)).or_default() += 1;
        }
    }
    if found.is_empty() {
        return;
    }
    page.raw("<h2>Flags and losses</h2>\n<table>\n<thead><tr><th scope=\"col\">Word</th>")
        .raw("<th scope=\"col\">Meaning</th><th scope=\"col\">Entries</th></tr></thead>\n<tbody>\n");
    for ((label, word), number) in found {
        let meaning = if label == "Loss" { meaning_of_loss(word) } else { flag_meaning(word) };
        page.raw("<tr><th scope=\"row\">").text(label).raw(" ").code(word).raw("</th><td>");
        page.prose(meaning.unwrap_or("–"))
            .raw("</td><td class=\"number\">")
            .number(number)
            .raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table>\n");
}

/// What new secrets get besides their value.
pub(super) fn new_secrets(page: &mut Markup, document: &Value) {
    let Some(settings) = document["new_secrets"].as_array().filter(|settings| !settings.is_empty()) else {
        return;
    };
    page.raw("<h2>What new secrets get</h2>\n<table>\n<thead><tr><th scope=\"col\">Setting</th>")
        .raw("<th scope=\"col\">Value</th></tr></thead>\n<tbody>\n");
    for setting in settings {
        page.raw("<tr><th scope=\"row\">").code(word(setting, "name")).raw("</th><td>");
        match setting["value"].as_str() {
            Some(value) => page.code(value),
            None => page.raw("the default"),
        };
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table>\n");
}

/// The warnings of the run, with their hints.
pub(super) fn warnings(page: &mut Markup, document: &Value) {
    let warnings = document["warnings"].as_array().map(Vec::as_slice).unwrap_or_default();
    page.raw("<h2>Warnings</h2>\n");
    if warnings.is_empty() {
        page.raw("<p>None.</p>\n");
    }
    for warning in warnings {
        page.raw("<div class=\"box change\">\n<p><code>").text(word(warning, "code")).raw("</code>: ");
        page.text(word(warning, "message")).raw("</p>\n");
        hints(page, warning);
        page.raw("</div>\n");
    }
}

/// The members of a document that the page does not know, as JSON.
pub(super) fn others(page: &mut Markup, document: &Value) {
    for (name, value) in document.as_object().into_iter().flatten() {
        let is_estimate = name == "estimate" && (value.is_null() || estimated(value).is_some());
        if !KNOWN.contains(&name.as_str()) && !is_estimate {
            page.raw("<h2><code>").text(name).raw("</code></h2>\n<pre>");
            for line in format!("{value:#}").lines() {
                page.text(line).raw("\n");
            }
            page.raw("</pre>\n");
        }
    }
}

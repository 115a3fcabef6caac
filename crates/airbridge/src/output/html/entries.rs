//! The entries of a page, in groups, with the form that filters them.

use serde_json::Value;

use super::details::details;
use super::markup::Markup;
use super::shape::Shape;

/// The kinds of entries: the word in documents, the start of an id for people, and the heading.
const KINDS: [(&str, &str, &str); 3] = [
    ("connection", "conn", "Connections"),
    ("variable", "var", "Variables"),
    ("config", "config", "Config options"),
];

/// The entries of a page with the same outcome.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    /// The word in the document.
    pub(super) word: &'a str,
    pub(super) title: &'a str,
    pub(super) explained: &'static str,
    pub(super) class: &'static str,
    /// The kinds that are there, each with its entries in the order of the document.
    pub(super) kinds: Vec<(&'a str, Vec<&'a Value>)>,
}

impl Entries<'_> {
    /// How many entries of a kind there are.
    pub(super) fn number(&self, kind: &str) -> usize {
        self.kinds.iter().filter(|(word, _)| *word == kind).map(|(_, entries)| entries.len()).sum()
    }

    /// How many entries there are.
    pub(super) fn total(&self) -> usize {
        self.kinds.iter().map(|(_, entries)| entries.len()).sum()
    }
}

/// The groups of a document that have entries. A word that is not known has a group of its own, so that no entry is left
/// out.
pub(super) fn groups<'a>(document: &'a Value, shape: &Shape) -> Vec<Entries<'a>> {
    let known = shape.groups.iter().map(|group| Entries {
        word: group.word,
        title: group.title,
        explained: group.explained,
        class: group.class,
        kinds: Vec::new(),
    });
    let mut groups: Vec<Entries<'a>> = known.collect();
    for entry in document["entries"].as_array().into_iter().flatten() {
        let word = entry[shape.member].as_str().unwrap_or_default();
        let kind = entry["kind"].as_str().unwrap_or_default();
        let at = groups.iter().position(|group| group.word == word).unwrap_or_else(|| {
            groups.push(Entries { word, title: word, explained: "", class: "change", kinds: Vec::new() });
            groups.len() - 1
        });
        let kinds = &mut groups[at].kinds;
        match kinds.iter_mut().find(|(word, _)| *word == kind) {
            Some((_, entries)) => entries.push(entry),
            None => kinds.push((kind, vec![entry])),
        }
    }
    groups.retain(|group| !group.kinds.is_empty());
    groups
}

/// The kinds of these groups, in the usual order, each with its heading.
pub(super) fn kinds<'a>(groups: &[Entries<'a>]) -> Vec<(&'a str, &'a str)> {
    let has = |kind: &str| groups.iter().any(|group| group.number(kind) > 0);
    let known = KINDS.iter().filter(|(word, ..)| has(word)).map(|(word, _, heading)| (*word, *heading));
    let mut kinds: Vec<(&'a str, &'a str)> = known.collect();
    for (kind, _) in groups.iter().flat_map(|group| &group.kinds) {
        if !kinds.iter().any(|(word, _)| word == kind) {
            kinds.push((kind, kind));
        }
    }
    kinds
}

/// The form and the groups.
pub(super) fn section(page: &mut Markup, shape: &Shape, groups: &[Entries<'_>]) {
    page.raw("<h2 id=\"entries\">Entries</h2>\n");
    form(page, shape, groups);
    page.raw("<p id=\"shown\" role=\"status\" class=\"dim\"></p>\n");
    for group in groups {
        // The links of the summary lead here, also without the script.
        page.raw("<section data-group=\"").text(group.word).raw("\" id=\"").text(shape.member).raw("=");
        page.text(group.word).raw("\">\n<h3 class=\"").raw(group.class).raw("\">");
        page.number(group.total()).raw(" ").text(group.title).raw("</h3>\n");
        if !group.explained.is_empty() {
            page.raw("<p>").prose(group.explained).raw("</p>\n");
        }
        for (kind, entries) in &group.kinds {
            part(page, shape, group.word, kind, entries);
        }
        page.raw("</section>\n");
    }
}

/// Hidden until the script runs: without it, it would do nothing.
fn form(page: &mut Markup, shape: &Shape, groups: &[Entries<'_>]) {
    page.raw("<form id=\"filters\" hidden aria-label=\"Filters\">\n<label>").text(shape.label);
    page.raw("\n<select id=\"group\" name=\"").text(shape.member).raw("\"><option value=\"\">all</option>");
    for group in groups {
        page.raw("<option value=\"").text(group.word).raw("\">").text(group.title).raw("</option>");
    }
    page.raw(
        "</select></label>\n<label>Kind\n<select id=\"kind\" name=\"kind\"><option value=\"\">all</option>",
    );
    for (word, heading) in kinds(groups) {
        page.raw("<option value=\"").text(word).raw("\">").text(heading).raw("</option>");
    }
    page.raw("</select></label>\n<label class=\"text\">Text\n<input type=\"search\" id=\"text\" name=\"text\"></label>\n")
        .raw("<button type=\"button\" id=\"reset\">Show all</button>\n</form>\n");
}

/// The entries of one kind in a group.
fn part(page: &mut Markup, shape: &Shape, group: &str, kind: &str, entries: &[&Value]) {
    let (start, heading) = KINDS
        .iter()
        .find(|(word, ..)| *word == kind)
        .map_or((kind, kind), |(_, start, heading)| (*start, *heading));
    page.raw("<div data-kind=\"").text(kind).raw("\">\n<h4 id=\"").text(group).raw("-").text(kind).raw("\">");
    page.text(heading)
        .raw(" (")
        .number(entries.len())
        .raw(")</h4>\n<table class=\"wide\" aria-labelledby=\"");
    page.text(group).raw("-").text(kind).raw("\">\n<thead><tr><th scope=\"col\">Entry</th>");
    for (_, label) in shape.names {
        page.raw("<th scope=\"col\">").text(label).raw("</th>");
    }
    page.raw("<th scope=\"col\">Details</th></tr></thead>\n<tbody>\n");
    for entry in entries {
        page.raw("<tr><th scope=\"row\"><code>").text(start).raw(":");
        page.text(entry["id"].as_str().unwrap_or_default()).raw("</code>");
        if let Some(team) = entry["team"].as_str() {
            page.raw(" (team ").code(team).raw(")");
        }
        page.raw("</th>");
        for (member, _) in shape.names {
            page.raw("<td>");
            match entry[member].as_str() {
                Some(name) => page.code(name),
                None => page.raw("–"),
            };
            page.raw("</td>");
        }
        page.raw("<td>");
        details(page, entry);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table>\n</div>\n");
}

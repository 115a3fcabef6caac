//! What differs between the page of a plan and that of a comparison.

use serde_json::Value;

/// What a kind of document is called on its page.
#[derive(Debug)]
pub(super) struct Shape {
    /// The first word of the title.
    pub(super) title: &'static str,
    /// What stands between both endpoints in the title.
    pub(super) between: &'static str,
    /// The first and the second endpoint.
    pub(super) sides: [&'static str; 2],
    /// The member of an entry by which entries are grouped, and its name for people.
    pub(super) member: &'static str,
    pub(super) label: &'static str,
    /// The members with the names of an entry at both sides, and their names for people.
    pub(super) names: [(&'static str, &'static str); 2],
    /// The groups, in the order of the page.
    pub(super) groups: &'static [Group],
    /// What the page contains of values.
    pub(super) contains: &'static str,
}

/// A group of entries.
#[derive(Debug)]
pub(super) struct Group {
    /// The word in the document.
    pub(super) word: &'static str,
    /// What the group is for people.
    pub(super) title: &'static str,
    /// What that means; empty if it is clear.
    pub(super) explained: &'static str,
    /// A class of the style sheet.
    pub(super) class: &'static str,
}

const fn group(
    word: &'static str,
    title: &'static str,
    class: &'static str,
    explained: &'static str,
) -> Group {
    Group { word, title, explained, class }
}

/// What a reviewer must decide about comes first.
const OF_PLAN: &[Group] = &[
    group(
        "refuse",
        "refused",
        "bad",
        "These entries cannot be copied as requested. A copy with refused entries writes nothing, unless you use `--partial`.",
    ),
    group("delete", "to delete", "bad", "The target has these entries, and a copy deletes them."),
    group("replace", "to replace", "change", "The target has different values, and a copy replaces them."),
    group(
        "restore",
        "to restore",
        "change",
        "Deleted secrets still hold these names. A copy takes them back and gives them the new value.",
    ),
    group("create", "to create", "good", "The target does not have these entries yet."),
    group("skip", "to skip", "dim", "A copy leaves these entries out, for the reason shown with each."),
    group("keep", "unchanged", "dim", "The target has the same values. A copy does not write these entries."),
];

const OF_DIFF: &[Group] = &[
    group("unreadable", "unreadable", "bad", "At least one side cannot be read, so these are not compared."),
    group("differs", "different", "change", "Both endpoints have these entries, with different values."),
    group("only-in-a", "only in the first", "bad", "The second endpoint does not have these entries."),
    group("only-in-b", "only in the second", "good", "The first endpoint does not have these entries."),
    group("spelling", "spelled differently", "dim", "Airflow reads the same from both endpoints."),
];

impl Shape {
    /// The shape of a document.
    pub(super) fn of(document: &Value) -> Self {
        let is_diff = document["schema"].as_str().is_some_and(|schema| schema.starts_with("airbridge.diff/"));
        if is_diff {
            Self {
                title: "Differences",
                between: "and",
                sides: ["First", "Second"],
                member: "difference",
                label: "Difference",
                names: [("name_a", "Name in the first"), ("name_b", "Name in the second")],
                groups: OF_DIFF,
                contains: "The page contains no values, only the names of fields that differ.",
            }
        } else {
            Self {
                title: "Plan",
                between: "to",
                sides: ["Source", "Target"],
                member: "action",
                label: "Action",
                names: [("source_name", "Name at the source"), ("target_name", "Name at the target")],
                groups: OF_PLAN,
                contains: "The page contains no passwords, logins, values of `extra` or values of variables. Where a \
                           connection differs, it shows the old and the new `conn_type`, `host`, `schema` and `port`, \
                           without the parts that may be secret (`***`).",
            }
        }
    }
}

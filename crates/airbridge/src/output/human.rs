//! The plan, for people.

use std::collections::BTreeSet;

use airbridge_airflow::{Field, Loss, Part};
use airbridge_engine::{Changes, Decision, Endpoint, FieldChange, Flag, Plan, Ruled, Step};
use anstyle::Style;

use super::side::{after_delete, lasting, only_in_target, settings, side};
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint, plain};
use super::table::{Cell, rows};

/// The entries of a group that are listed without `-v`.
const SHOWN: usize = 20;

/// The descriptions and tags of an entry that are listed as not copied, without `-v`.
const NOT_COPIED: usize = 3;

/// How a plan is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// List every entry, also unchanged ones.
    pub(crate) all: bool,
    /// Show the secret names at the target. In files they only repeat the ids.
    pub(crate) names: bool,
}

/// Where the values of a plan come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    /// An endpoint.
    Endpoint(&'a Endpoint),
    /// What the target held before a run, as people call it.
    Run(&'a str),
}

/// One group of a plan: entries of the same decision.
pub(super) struct Group {
    pub(super) word: &'static str,
    pub(super) mark: &'static str,
    pub(super) style: Style,
    title: &'static str,
    explained: &'static str,
}

/// In the order in which they are shown.
pub(super) const GROUPS: [Group; 7] = [
    Group { word: "create", mark: "+", style: GOOD, title: "to create", explained: "" },
    Group {
        word: "replace",
        mark: "~",
        style: CHANGE,
        title: "to replace",
        explained: "the target has different values",
    },
    Group {
        word: "restore",
        mark: "^",
        style: CHANGE,
        title: "to restore",
        explained: "deleted secrets that still hold the name",
    },
    Group { word: "delete", mark: "x", style: BAD, title: "to delete", explained: "" },
    Group { word: "keep", mark: "=", style: DIM, title: "unchanged", explained: "" },
    Group { word: "skip", mark: "-", style: DIM, title: "to skip", explained: "" },
    Group { word: "refuse", mark: "!", style: BAD, title: "refused", explained: "" },
];

/// The whole plan: both sides, the groups, what its flags mean, the counts, what else to know about the target, and what
/// writing will take.
pub(crate) fn plan(
    from: &Origin<'_>,
    to: &Endpoint,
    plan: &Plan,
    view: View,
    estimate: Option<&str>,
) -> String {
    let from = match from {
        Origin::Endpoint(from) => format!("from {}", side(from, BOLD)),
        Origin::Run(run) => format!("undo {}", plain(run)),
    };
    let mut text = format!("{from}\nto   {}\n", side(to, BOLD));
    let mut listed = 0;
    for group in GROUPS.iter().filter(|group| group.word != "keep" || view.all) {
        let steps: Vec<&Step> =
            plan.steps.iter().map(Box::as_ref).filter(|step| step.decision.word() == group.word).collect();
        if !steps.is_empty() {
            text.push('\n');
            text.push_str(&group_text(group, &steps, view));
            listed = steps.len();
        }
    }
    text.push_str(&legend(plan));
    // The title of the only group is the count already.
    let counted = if listed == plan.steps.len() && listed > 0 { None } else { Some(counts(plan)) };
    let idle = (!plan.changes() && plan.summary().refuse == 0).then(|| "Nothing to do.".to_owned());
    let only = (plan.only_in_target > 0).then(|| format!("{}.", only_in_target(plan.only_in_target)));
    let undo = after_delete(plan, to).into_iter().chain(lasting(plan));
    let last = counted.or(idle).into_iter().chain(settings(plan.summary(), to)).chain(undo).chain(only);
    let last: Vec<_> = last.chain(estimate.map(str::to_owned)).collect();
    if !last.is_empty() {
        text.extend(["\n", &last.join("\n"), "\n"]);
    }
    text
}

/// Only the refused entries.
pub(crate) fn refused(plan: &Plan, view: View) -> String {
    let steps: Vec<&Step> = plan
        .steps
        .iter()
        .map(Box::as_ref)
        .filter(|step| matches!(step.decision, Decision::Refuse(_)))
        .collect();
    GROUPS.last().map(|group| group_text(group, &steps, view)).unwrap_or_default()
}

fn group_text(group: &Group, steps: &[&Step], view: View) -> String {
    let title = paint(group.style.bold(), &format!("{} {}", steps.len(), group.title));
    let mut text = match group.explained {
        "" => format!("{title}\n"),
        explained => format!("{title} {}\n", paint(DIM, &format!("({explained})"))),
    };
    let kept = group.word == "keep";
    let limit = if view.all {
        usize::MAX
    } else if kept {
        0
    } else {
        SHOWN
    };
    let table: Vec<Vec<Cell>> = steps.iter().take(limit).map(|step| row(group, step, view)).collect();
    text.push_str(&rows("  ", &table));
    if steps.len() > limit && !kept {
        let more = format!("… and {} more (use -v to show all)", steps.len() - limit);
        text.extend([
            "  ",
            &paint(DIM, &more),
            "
",
        ]);
    }
    text
}

fn row(group: &Group, step: &Step, view: View) -> Vec<Cell> {
    let name = step.target_name.as_ref().filter(|_| view.names && step.decision.is_change());
    let name = name.map(|name| plain(name.as_str())).unwrap_or_default();
    vec![
        (group.style, group.mark.to_owned()),
        (Style::new(), plain(&entry(step))),
        (DIM, name),
        (Style::new(), details(step, view)),
    ]
}

fn entry(step: &Step) -> String {
    match &step.id.team {
        Some(team) => format!("{} (team {team})", step.id),
        None => step.id.to_string(),
    }
}

/// The details of a step, in one line.
fn details(step: &Step, view: View) -> String {
    let mut parts = Vec::new();
    if let Some(reason) = step.decision.reason() {
        parts.push(reason.to_owned());
    }
    parts.extend(step.ruled.as_deref().map(rule));
    if step.decision.write().is_some_and(|write| !write.verbatim) {
        parts.push("re-encoded".to_owned());
    }
    if !step.losses.is_empty() && step.decision.write().is_some() {
        let words: Vec<_> = step.losses.iter().map(|loss| loss.word()).collect();
        parts.push(format!("loses {}", words.join(", ")));
    }
    if matches!(step.decision, Decision::Replace(_)) && !step.fields.is_empty() {
        parts.push(format!("changes {}", changed(step)));
    }
    // A new entry is taken back by deleting it.
    let is_new = matches!(step.decision, Decision::Create(_));
    parts.extend(step.undo.filter(|_| !is_new).map(|undo| format!("undo: {}", undo.word())));
    if !step.not_carried.is_empty() {
        parts.push(format!("not copied: {}", not_copied(step, view)));
    }
    parts.extend(step.flags.iter().filter(|flag| **flag != Flag::Note).map(|flag| flag.word().to_owned()));
    if !step.message.is_empty() {
        parts.push(plain(&step.message));
    }
    parts.join(" · ")
}

/// The fields that change: `host old.test → new.test, password, extra (region, role)`.
fn changed(step: &Step) -> String {
    let changes = step.changes.as_deref().cloned().unwrap_or_default();
    let Changes { fields, extra_keys } = &changes;
    let shown = |value: &Option<String>| value.as_deref().map_or_else(|| "(none)".to_owned(), plain);
    let name = |field: &Field| match fields.iter().find(|change| change.field == *field) {
        // What differs may be in a part that is masked.
        Some(FieldChange { before, after, .. }) if before != after => {
            format!("{} {} → {}", field.name(), shown(before), shown(after))
        }
        _ if *field == Field::Extra && !extra_keys.is_empty() => {
            format!("{} ({})", field.name(), plain(&extra_keys.join(", ")))
        }
        _ => field.name().to_owned(),
    };
    step.fields.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What a rule did: `rule 2: renamed from conn:prod_db, sets host, removes extra.role`.
fn rule(ruled: &Ruled) -> String {
    let names = |parts: &BTreeSet<Part>| {
        let names: Vec<_> = parts.iter().map(|part| plain(&part.to_string())).collect();
        names.join(", ")
    };
    let mut did = Vec::new();
    if let Some(before) = &ruled.renamed_from {
        did.push(format!("renamed from {}", plain(&before.to_string())));
    }
    if !ruled.set.is_empty() {
        did.push(format!("sets {}", names(&ruled.set)));
    }
    if !ruled.unset.is_empty() {
        did.push(format!("removes {}", names(&ruled.unset)));
    }
    let colon = if did.is_empty() { "" } else { ": " };
    format!("rule {}{colon}{}", ruled.rule, did.join(", "))
}

/// What is not copied with the entry.
fn not_copied(step: &Step, view: View) -> String {
    let limit = if view.all { usize::MAX } else { NOT_COPIED };
    let mut sentences: Vec<_> = step.not_carried.iter().take(limit).map(|sentence| plain(sentence)).collect();
    if step.not_carried.len() > limit {
        sentences.push(format!("and {} more (use -v to show all)", step.not_carried.len() - limit));
    }
    sentences.join("; ")
}

/// What the flags and losses in this plan mean.
fn legend(plan: &Plan) -> String {
    // A remark is in the message already.
    let used = |flag: &Flag| *flag != Flag::Note && plan.steps.iter().any(|step| step.flags.contains(flag));
    let mut table: Vec<Vec<Cell>> = Flag::ALL
        .into_iter()
        .filter(used)
        .map(|flag| vec![(DIM, flag.word().to_owned()), (DIM, flag.meaning().to_owned())])
        .collect();
    table.extend(
        plan.losses().into_iter().map(|loss| {
            vec![(CHANGE, format!("loses {}", loss.word())), (DIM, loss_meaning(loss).to_owned())]
        }),
    );
    if table.is_empty() { String::new() } else { format!("\n{}", rows("", &table)) }
}

/// What a loss means, in a few words.
pub(crate) fn loss_meaning(loss: Loss) -> &'static str {
    match loss {
        Loss::Description => "the target cannot hold descriptions, or the source does not show them",
        Loss::ConnTypeSpelling => "Airflow normalises the connection type when it reads the target",
        Loss::AbsentVsEmpty => "the target cannot distinguish an absent field from an empty one",
        Loss::FieldType => "the target holds strings only, so a number or boolean becomes its string form",
    }
}

/// `6 to create, 2 to replace, 41 unchanged`.
pub(crate) fn counts(plan: &Plan) -> String {
    let summary = plan.summary();
    if plan.steps.is_empty() {
        return "Nothing to do: no entries are selected.".to_owned();
    }
    let parts = [
        (summary.create, GOOD, "to create"),
        (summary.replace, CHANGE, "to replace"),
        (summary.restore, CHANGE, "to restore"),
        (summary.delete, BAD, "to delete"),
        (summary.keep, DIM, "unchanged"),
        (summary.skip, DIM, "to skip"),
        (summary.refuse, BAD, "refused"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, style, words)| paint(*style, &format!("{number} {words}")))
        .collect();
    let counts = parts.join(", ");
    if plan.changes() || summary.refuse > 0 {
        return counts;
    }
    format!("Nothing to do: {counts}.")
}

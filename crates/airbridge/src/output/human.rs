//! The plan, for people.

use std::collections::BTreeSet;

use airbridge_airflow::{Loss, Part};
use airbridge_engine::{Decision, Flag, Plan, Ruled, Step};
use anstyle::Style;

use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, count, paint, plain};
use super::table::{Cell, rows};

/// Longer groups are cut to this unless `-v` is given.
const SHOWN: usize = 20;

/// As many things that stay behind are named for one entry, unless `-v` is given.
const NOT_CARRIED: usize = 3;

/// How a plan is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Every entry, also those that stay as they are.
    pub(crate) all: bool,
    /// The names at the target, which for files repeat the ids.
    pub(crate) names: bool,
}

/// One group of a plan: entries of the same decision.
struct Group {
    word: &'static str,
    mark: &'static str,
    style: Style,
    explained: &'static str,
}

const GROUPS: [Group; 5] = [
    Group { word: "create", mark: "+", style: GOOD, explained: "not at the target yet" },
    Group { word: "replace", mark: "~", style: CHANGE, explained: "other at the target" },
    Group { word: "keep", mark: "=", style: DIM, explained: "the same on both sides" },
    Group { word: "skip", mark: "-", style: DIM, explained: "left alone" },
    Group { word: "refuse", mark: "!", style: BAD, explained: "cannot be carried" },
];

/// The whole plan: its groups, what its flags mean, and the counts.
pub(crate) fn plan(from: &str, to: &str, plan: &Plan, view: View) -> String {
    let mut text = format!("{} {}\n", paint(BOLD, &plain(from)), paint(BOLD, &format!("→ {}", plain(to))));
    for group in &GROUPS {
        let steps: Vec<&Step> = plan.steps.iter().filter(|step| step.decision.word() == group.word).collect();
        if !steps.is_empty() {
            text.push('\n');
            text.push_str(&group_text(group, &steps, view));
        }
    }
    text.push_str(&legend(plan));
    text.push('\n');
    text.push_str(&counts(plan));
    text.push('\n');
    text
}

/// The refused entries alone, for when the rest is not wanted.
pub(crate) fn refused(plan: &Plan, view: View) -> String {
    let steps: Vec<&Step> =
        plan.steps.iter().filter(|step| matches!(step.decision, Decision::Refuse(_))).collect();
    GROUPS.last().map(|group| group_text(group, &steps, view)).unwrap_or_default()
}

fn group_text(group: &Group, steps: &[&Step], view: View) -> String {
    let title = format!("{} {}", group.word, steps.len());
    let mut text = format!("{} {}\n", paint(group.style.bold(), &title), paint(DIM, group.explained));
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
        let more = format!("… and {} more (-v shows all)", steps.len() - limit);
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
    let name = step.target_name.as_ref().filter(|_| view.names && step.decision.write().is_some());
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

/// What there is to say beside the id, in one line.
fn details(step: &Step, view: View) -> String {
    let mut parts = Vec::new();
    if let Some(reason) = step.decision.reason() {
        parts.push(reason.to_owned());
    }
    parts.extend(step.ruled.as_ref().map(rule));
    if step.decision.write().is_some_and(|write| !write.verbatim) {
        parts.push("re-encoded".to_owned());
    }
    if !step.losses.is_empty() && step.decision.write().is_some() {
        let words: Vec<_> = step.losses.iter().map(|loss| loss.word()).collect();
        parts.push(format!("loses {}", words.join(", ")));
    }
    if matches!(step.decision, Decision::Replace(_)) && !step.fields.is_empty() {
        let fields: Vec<_> = step.fields.iter().map(|field| field.name()).collect();
        parts.push(format!("changes {}", fields.join(", ")));
    }
    if !step.not_carried.is_empty() {
        parts.push(format!("not carried: {}", not_carried(step, view)));
    }
    parts.extend(step.flags.iter().filter(|flag| **flag != Flag::Note).map(|flag| flag.word().to_owned()));
    if !step.message.is_empty() {
        parts.push(plain(&step.message));
    }
    parts.join(" · ")
}

/// What a rule did: `rule 2: was conn:prod_db, sets host, removes extra.role`.
fn rule(ruled: &Ruled) -> String {
    let names = |parts: &BTreeSet<Part>| {
        let names: Vec<_> = parts.iter().map(|part| plain(&part.to_string())).collect();
        names.join(", ")
    };
    let mut did = Vec::new();
    if let Some(before) = &ruled.renamed_from {
        did.push(format!("was {}", plain(&before.to_string())));
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

/// What stays behind of what is said beside the value.
fn not_carried(step: &Step, view: View) -> String {
    let limit = if view.all { usize::MAX } else { NOT_CARRIED };
    let mut sentences: Vec<_> = step.not_carried.iter().take(limit).map(|sentence| plain(sentence)).collect();
    if step.not_carried.len() > limit {
        sentences.push(format!("and {} more (-v shows all)", step.not_carried.len() - limit));
    }
    sentences.join("; ")
}

/// What the flags and losses in this plan mean.
fn legend(plan: &Plan) -> String {
    let flags = [
        (Flag::CaseFromEnv, "names have no case there, and the id may have had capital letters"),
        (Flag::MultiTeam, "Airflow in multi-team mode could not read an id with `--`"),
        (Flag::ReaderDependent, "Airflow's own readers disagree about this text; it is carried as it is"),
        (Flag::Reformatted, "the target file's spelling of the entry cannot be kept; its meaning is"),
        (Flag::Spelling, "the same meaning in another text"),
    ];
    let used = |flag: &Flag| plan.steps.iter().any(|step| step.flags.contains(flag));
    let mut table: Vec<Vec<Cell>> = flags
        .iter()
        .filter(|(flag, _)| used(flag))
        .map(|(flag, meaning)| vec![(DIM, flag.word().to_owned()), (DIM, (*meaning).to_owned())])
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
        Loss::Description => "the target has no place for descriptions",
        Loss::ConnTypeSpelling => "Airflow normalises the connection type when it reads the target",
        Loss::AbsentVsEmpty => "the target does not tell an absent host, schema or login from an empty one",
    }
}

/// `2 to create, 1 to replace, 20 unchanged`.
pub(crate) fn counts(plan: &Plan) -> String {
    let summary = plan.summary();
    if plan.steps.is_empty() {
        return "Nothing to do: no entries are selected.".to_owned();
    }
    let parts = [
        (summary.create, GOOD, "to create"),
        (summary.replace, CHANGE, "to replace"),
        (summary.keep, DIM, "unchanged"),
        (summary.skip, DIM, "left alone"),
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

/// The question before writing; it names what would be lost.
pub(crate) fn question(plan: &Plan, to: &str) -> String {
    let summary = plan.summary();
    let number = count(summary.create + summary.replace, "entry", "entries");
    let losses: Vec<_> =
        plan.losses().into_iter().map(|loss| format!("{} ({})", loss.word(), loss_meaning(loss))).collect();
    let losing = if losses.is_empty() { String::new() } else { format!(", losing {}", losses.join("; ")) };
    format!("Write {number} to {}{losing}?", plain(to))
}

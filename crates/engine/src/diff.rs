//! The differences between two endpoints, by the same comparison as planning.

use std::collections::BTreeMap;

use airbridge_airflow::{Comparison, EntryId, Field, Kind, Reading, compare};
use airbridge_core::{SecretName, State};

use crate::inventory::AmbiguousName;
use crate::plan::Changes;
use crate::snapshot::{Item, Snapshot};
use crate::view::View;

/// One entry that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffEntry {
    /// The entry.
    pub id: EntryId,
    /// The secret name at each side that has the entry.
    pub names: [Option<SecretName>; 2],
    /// The kind of difference.
    pub difference: Difference,
    /// The fields that differ; empty for variables and config options.
    pub fields: Vec<Field>,
    /// The keys of `extra` that differ.
    pub extra_keys: Vec<String>,
    /// Why the entry cannot be compared, or what is remarkable about one that differs. Never contains a value.
    pub message: Option<String>,
}

/// How an entry differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the first side has it.
    OnlyInA,
    /// Only the second side has it.
    OnlyInB,
    /// Both sides have it, with different values.
    Differs,
    /// Both sides have it, with the same value in different spellings.
    Spelling,
    /// At least one side cannot be read.
    Unreadable,
}

impl Difference {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::OnlyInA => "only-in-a",
            Self::OnlyInB => "only-in-b",
            Self::Differs => "differs",
            Self::Spelling => "spelling",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Every entry that is not equal on both sides, sorted by kind and id. Pure.
pub fn diff(a: &Snapshot, b: &Snapshot) -> Vec<DiffEntry> {
    // The team is not compared, so that the entries of one team can be compared with those of another.
    let mut pairs: BTreeMap<(Kind, &str), [Vec<&Item>; 2]> = BTreeMap::new();
    for (side, snapshot) in [a, b].into_iter().enumerate() {
        for item in snapshot.items.iter().filter(|item| !item.reads_as_missing()) {
            pairs.entry((item.id.kind, &item.id.key)).or_default()[side].push(item);
        }
    }
    let mut entries: Vec<_> = pairs.into_values().filter_map(pair).collect();
    for (side, snapshot) in [a, b].into_iter().enumerate() {
        entries.extend(snapshot.ambiguous.iter().filter_map(|name| ambiguous(name, side)));
    }
    entries.sort_by(|a, b| (&a.id, &a.names).cmp(&(&b.id, &b.names)));
    entries
}

fn pair(items: [Vec<&Item>; 2]) -> Option<DiffEntry> {
    let id = &items.iter().flatten().next()?.id;
    let unreadable = items
        .iter()
        .find_map(|items| collision(items))
        .or_else(|| items.iter().flatten().find_map(|item| trouble(item)));
    let items = items.map(|items| items.first().copied());
    let (difference, fields) = match (items, &unreadable) {
        (_, Some(_)) => (Difference::Unreadable, Vec::new()),
        ([Some(a), Some(b)], None) => match compare(reading(a)?, reading(b)?) {
            Comparison::Same => return None,
            Comparison::Spelling(fields) => (Difference::Spelling, fields),
            Comparison::Differs(fields) => (Difference::Differs, fields),
            Comparison::Unknown => (Difference::Unreadable, Vec::new()),
        },
        ([Some(_), None], None) => (Difference::OnlyInA, Vec::new()),
        ([None, Some(_)], None) => (Difference::OnlyInB, Vec::new()),
        ([None, None], None) => return None,
    };
    let names = items.map(|item| item.map(|item| item.name.clone()));
    let readings = items.map(|item| item.and_then(reading));
    let extra_keys = match readings {
        [Some(a), Some(b)] => Changes::between(a, b, &fields).extra_keys,
        _ => Vec::new(),
    };
    let message = unreadable.or_else(|| (difference == Difference::Differs).then(|| remark(items)).flatten());
    Some(DiffEntry { id: id.clone(), names, difference, fields, extra_keys, message })
}

/// The remarks about both sides of an entry that differs.
fn remark(items: [Option<&Item>; 2]) -> Option<String> {
    let notes = items.into_iter().flatten().filter_map(|item| item.remarks.as_ref()?.note.as_deref());
    let notes = notes.collect::<Vec<_>>().join("; ");
    (!notes.is_empty()).then_some(notes)
}

/// Rules may give several entries the same id.
fn collision(items: &[&Item]) -> Option<String> {
    let sources: Vec<_> = items.iter().map(|item| item.source_id().to_string()).collect();
    (items.len() > 1).then(|| format!("the rules give {} the same id", sources.join(" and ")))
}

fn ambiguous(name: &AmbiguousName, side: usize) -> Option<DiffEntry> {
    let candidates: Vec<_> = name.candidates.iter().map(EntryId::to_string).collect();
    let mut names = [None, None];
    names[side] = Some(name.header.name.clone());
    Some(DiffEntry {
        id: name.candidates.first()?.clone(),
        names,
        difference: Difference::Unreadable,
        fields: Vec::new(),
        extra_keys: Vec::new(),
        message: Some(format!("{} could be {}", name.header.name, candidates.join(" or "))),
    })
}

fn reading(item: &Item) -> Option<&Reading> {
    match &item.view {
        View::Readable { reading, .. } => Some(reading),
        _ => None,
    }
}

fn trouble(item: &Item) -> Option<String> {
    match &item.view {
        View::Readable { reading: Reading::Unreadable(error), .. } => {
            Some(format!("Airflow cannot read {}: {error}", item.name))
        }
        View::Failed(error) => Some(format!("{}: {}", item.name, error.message())),
        View::Rejection(message) => Some(message.clone()),
        View::Hidden(State::Masked { message } | State::Damaged { message }) => {
            Some(format!("{}: {message}", item.name))
        }
        View::Hidden(State::Disabled) => Some(format!("{} is disabled", item.name)),
        _ => None,
    }
}

//! The plan of a copy: a pure function, sorted, with equal results for equal inputs.

mod changes;
mod decide;
mod odd_reading;
mod prune;
mod seen;
mod step;
mod undo_words;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use airbridge_airflow::{EntryId, Loss};
use airbridge_core::SecretName;

use self::decide::{Names, decide};
use crate::endpoint::Source;
use crate::policy::Policy;
use crate::reason::Flag;
use crate::select::Selection;
use crate::snapshot::{Existing, Item, Snapshot};

pub use self::changes::{Changes, FieldChange};
pub use self::prune::NothingAtSource;
pub use self::seen::{Marker, Seen, SideSeen};
pub(crate) use self::step::is_recreated;
pub use self::step::{Decision, Delete, Restore, Step, UndoWith, Write};

/// What a copy would do, entry by entry, sorted by kind and id.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One step for each selected entry of the source, and for each name that could be several entries.
    pub steps: Vec<Box<Step>>,
    /// How many of the selected entries only the target holds and keeps.
    pub only_in_target: usize,
}

/// The number of entries of a plan, by decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// To create.
    pub create: usize,
    /// To replace.
    pub replace: usize,
    /// To take back from deletion.
    pub restore: usize,
    /// To delete.
    pub delete: usize,
    /// Already equal at the target.
    pub keep: usize,
    /// Skipped.
    pub skip: usize,
    /// Refused.
    pub refuse: usize,
}

impl Plan {
    /// A plan of steps in any order.
    #[expect(clippy::vec_box, reason = "as the steps are kept")]
    pub(crate) fn of(steps: Vec<Box<Step>>) -> Self {
        let mut plan = Self { steps, only_in_target: 0 };
        plan.sort();
        plan
    }

    fn sort(&mut self) {
        let order = |a: &Step, b: &Step| (&a.id, &a.source_name).cmp(&(&b.id, &b.source_name));
        // Sorting takes the memory of half the steps, and without renames they are sorted already.
        if !self.steps.is_sorted_by(|a, b| order(a, b).is_le()) {
            self.steps.sort_by(|a, b| order(a, b));
        }
    }

    /// Counts the steps by decision.
    pub fn summary(&self) -> Summary {
        Summary::of(self.steps.iter().map(Box::as_ref))
    }

    /// Whether anything would be written.
    pub fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.decision.is_change())
    }

    /// Counts the selected entries that only the target holds, of all that are `at_target`. `at_source` are all ids at the
    /// source; those that the plan does not copy count as held there under their own id.
    pub fn count_only_in_target(
        &mut self,
        at_source: &[EntryId],
        at_target: &[(EntryId, SecretName)],
        selection: &Selection,
        target: &Source,
    ) {
        let layout = &target.endpoint().layout;
        let planned: BTreeSet<&EntryId> = self.steps.iter().map(|step| step.source_id()).collect();
        let others = at_source.iter().filter(|id| !planned.contains(id));
        let ids = self.steps.iter().map(|step| &step.id).chain(others);
        let names = ids.flat_map(|id| layout.names_of(id).unwrap_or_default());
        // Those that the plan deletes do not stay.
        let held: HashSet<String> = names.map(|name| layout.fold(&name)).collect();
        let found = at_target.iter().filter(|(id, _)| selection.takes(id));
        self.only_in_target = found.filter(|(_, name)| !held.contains(&layout.fold(name))).count();
    }

    /// How many of the entries that would be written have each flag that needs attention.
    pub fn attention(&self) -> BTreeMap<Flag, usize> {
        let written = self.steps.iter().filter(|step| step.decision.is_change());
        let flags = written.flat_map(|step| &step.flags).filter(|flag| flag.needs_attention());
        flags.fold(BTreeMap::new(), |mut counts, flag| {
            *counts.entry(*flag).or_default() += 1;
            counts
        })
    }

    /// The losses of the entries that would be written, sorted.
    pub fn losses(&self) -> BTreeSet<Loss> {
        let written = self.steps.iter().filter(|step| step.decision.write().is_some());
        written.flat_map(|step| step.losses.iter().copied()).collect()
    }
}

impl Summary {
    /// Counts steps by decision.
    pub fn of<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Self {
        let mut summary = Self::default();
        for step in steps {
            *match step.decision {
                Decision::Create(_) => &mut summary.create,
                Decision::Replace(_) => &mut summary.replace,
                Decision::Restore(_) => &mut summary.restore,
                Decision::Delete(_) => &mut summary.delete,
                Decision::Keep => &mut summary.keep,
                Decision::Skip(_) => &mut summary.skip,
                Decision::Refuse(_) => &mut summary.refuse,
            } += 1;
        }
        summary
    }
}

/// Source and target are one place with the same names. The text is the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamePlace(pub String);

/// Decides what happens to each entry. No I/O, no clock, no randomness.
///
/// `target` is the read side of the target: planning needs its names, its limits and its readers. `existing` is what the
/// target holds under the names of the wanted entries.
///
/// # Errors
/// [`SamePlace`] if every wanted entry would be copied onto itself.
pub fn plan(
    source: &Source,
    target: &Source,
    wanted: Snapshot,
    existing: &Existing,
    policy: &Policy,
) -> Result<Plan, SamePlace> {
    let (source, target) = (source.endpoint(), target.endpoint());
    let names = Names::of(source, target, &wanted);
    if source.place() == target.place() {
        let fold = |name: &SecretName| target.layout.fold(name);
        let same =
            |item: &Item| target.layout.name_of(&item.id).is_ok_and(|name| fold(&name) == fold(&item.name));
        if !wanted.items.is_empty() && wanted.items.iter().all(|item| same(item)) {
            return Err(SamePlace(source.place().to_owned()));
        }
    }
    let Snapshot { items, ambiguous, excluded } = wanted;
    // Each item is dropped as soon as its step is there.
    let step = |item: Box<Item>| Box::new(decide(source, target, &item, &names, existing, policy));
    let mut steps: Vec<Box<Step>> = items.into_iter().map(step).collect();
    steps.extend(ambiguous.iter().filter_map(|name| {
        let candidates: Vec<_> = name.candidates.iter().map(EntryId::to_string).collect();
        let message = format!("{} could be {}", name.header.name, candidates.join(" or "));
        let mut step = Step::new(name.candidates.first()?.clone(), name.header.name.clone());
        step.refuse("ambiguous", message);
        Some(Box::new(step))
    }));
    steps.extend(excluded.iter().map(|excluded| Box::new(Step::excluded(excluded))));
    Ok(Plan::of(steps))
}

//! The plan of a copy: a pure function, sorted, with equal results for equal inputs.

mod changes;
mod decide;
mod odd_reading;
mod step;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use airbridge_airflow::{EntryId, Loss};
use airbridge_core::SecretName;

use self::decide::{Names, decide};
use crate::endpoint::Source;
use crate::inventory::Inventory;
use crate::policy::Policy;
use crate::reason::Flag;
use crate::select::Selection;
use crate::snapshot::{Existing, Item, Snapshot};

pub use self::changes::{Changes, FieldChange};
pub use self::step::{Decision, Step, Write};

/// What a copy would do, entry by entry, sorted by kind and id.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One step for each selected entry of the source, and for each name that could be several entries.
    pub steps: Vec<Step>,
    /// How many of the selected entries only the target holds. A copy leaves them as they are.
    pub only_in_target: usize,
}

/// The number of entries of a plan, by decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// To create.
    pub create: usize,
    /// To replace.
    pub replace: usize,
    /// Already equal at the target.
    pub keep: usize,
    /// Skipped.
    pub skip: usize,
    /// Refused.
    pub refuse: usize,
}

impl Plan {
    /// Counts the steps by decision.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.steps)
    }

    /// Whether anything would be written.
    pub fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.decision.write().is_some())
    }

    /// Counts the selected entries that only the target holds. `at_source` are all ids at the source; those that the plan
    /// does not copy count as held there under their own id.
    pub fn count_only_in_target(
        &mut self,
        at_source: &[EntryId],
        at_target: &Inventory,
        selection: &Selection,
        target: &Source,
    ) {
        let layout = &target.endpoint().layout;
        let planned: BTreeSet<&EntryId> = self.steps.iter().map(Step::source_id).collect();
        let others = at_source.iter().filter(|id| !planned.contains(id));
        let ids = self.steps.iter().map(|step| &step.id).chain(others);
        let names = ids.flat_map(|id| layout.names_of(id).unwrap_or_default());
        let held: HashSet<String> = names.map(|name| layout.fold(&name)).collect();
        let found = at_target.found.iter().filter(|found| selection.takes(&found.id));
        self.only_in_target = found.filter(|found| !held.contains(&layout.fold(&found.header.name))).count();
    }

    /// How many of the entries that would be written have each flag that needs attention.
    pub fn attention(&self) -> BTreeMap<Flag, usize> {
        let written = self.steps.iter().filter(|step| step.decision.write().is_some());
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
    wanted: &Snapshot,
    existing: &Existing,
    policy: &Policy,
) -> Result<Plan, SamePlace> {
    let (source, target) = (source.endpoint(), target.endpoint());
    let names = Names::of(source, target, wanted);
    if source.place() == target.place() {
        let fold = |name: &SecretName| target.layout.fold(name);
        let same =
            |item: &Item| target.layout.name_of(&item.id).is_ok_and(|name| fold(&name) == fold(&item.name));
        if !wanted.items.is_empty() && wanted.items.iter().all(same) {
            return Err(SamePlace(source.place().to_owned()));
        }
    }
    let mut steps: Vec<Step> =
        wanted.items.iter().map(|item| decide(source, target, item, &names, existing, policy)).collect();
    steps.extend(wanted.ambiguous.iter().filter_map(|name| {
        let candidates: Vec<_> = name.candidates.iter().map(EntryId::to_string).collect();
        let message = format!("{} could be {}", name.header.name, candidates.join(" or "));
        let mut step = Step::new(name.candidates.first()?.clone(), name.header.name.clone());
        step.refuse("ambiguous", message);
        Some(step)
    }));
    steps.extend(wanted.excluded.iter().map(Step::excluded));
    steps.sort_by(|a, b| (&a.id, &a.source_name).cmp(&(&b.id, &b.source_name)));
    Ok(Plan { steps, only_in_target: 0 })
}

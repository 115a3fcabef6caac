//! The plan of a copy: a pure function, sorted, with equal results for equal inputs.

mod decide;
mod step;

use std::collections::BTreeSet;

use airbridge_airflow::{EntryId, Loss};
use airbridge_core::SecretName;

use self::decide::{Names, decide};
use crate::endpoint::Source;
use crate::policy::Policy;
use crate::snapshot::{Existing, Item, Snapshot};

pub use self::step::{Decision, Step, Write};

/// What a copy would do, entry by entry, sorted by kind and id.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One step for each selected entry of the source, and for each name that could be several entries.
    pub steps: Vec<Step>,
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
        let mut summary = Summary::default();
        for step in &self.steps {
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

    /// Whether anything would be written.
    pub fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.decision.write().is_some())
    }

    /// The losses of the entries that would be written, sorted.
    pub fn losses(&self) -> BTreeSet<Loss> {
        let written = self.steps.iter().filter(|step| step.decision.write().is_some());
        written.flat_map(|step| step.losses.iter().copied()).collect()
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
    Ok(Plan { steps })
}

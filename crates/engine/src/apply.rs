//! Carrying a plan out: creates, then replaces; every step has an outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_airflow::compare;
use airbridge_core::{
    Action, Change, Descriptor, Error, ErrorKind, Read, Receipt, Result, SecretStoreExt, Version,
};
use futures::{FutureExt, StreamExt, stream};

use crate::snapshot::view;
use crate::{Decision, Event, Observer, Phase, Plan, Step, Target, View};

/// Says that the user wants the run to end. What is in flight is settled, nothing more is begun.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks for the end.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the end was asked for.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// Nothing was to be written, or the target meant the same already when it came to writing.
    Unchanged,
    /// Written, and not yet read back.
    Done(Option<Version>),
    /// Written, and read back as meant.
    Verified,
    /// Written, but what is read back is something else.
    Differs,
    /// Not written, or nobody knows; the error says which.
    Failed(Error),
    /// The run ended before its turn.
    NotTried,
}

impl StepResult {
    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Done(_) => "done",
            Self::Verified => "verified",
            Self::Differs => "differs",
            Self::Failed(_) => "failed",
            Self::NotTried => "not-tried",
        }
    }

    /// Whether the target has the entry as the plan wants it, as far as anybody has looked.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Done(_) | Self::Verified)
    }
}

/// A step and what became of it.
#[derive(Clone, Debug)]
pub struct FinishedStep {
    /// The step.
    pub step: Step,
    /// What became of it.
    pub outcome: StepResult,
}

/// Carries out the plan: creates first, then replaces. Refused and skipped steps are left alone. An error that would
/// meet every further write, or an interrupt, leaves the rest `NotTried`.
pub async fn apply(
    plan: Plan,
    target: &Target,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Vec<FinishedStep> {
    let mut outcomes: Vec<Option<StepResult>> = plan.steps.iter().map(untouched).collect();
    let creates = indices(&plan, |decision| matches!(decision, Decision::Create(_)));
    let replaces = indices(&plan, |decision| matches!(decision, Decision::Replace(_)));
    observer.on(Event::Begin(Phase::Write, Some(creates.len() + replaces.len())));
    let stop = AtomicBool::new(false);
    // A store that takes everything at once (a file) is written once.
    let batch = target.store().descriptor().limits.write_batch.max(1);
    let rounds =
        if batch == usize::MAX { vec![[creates, replaces].concat()] } else { vec![creates, replaces] };
    for round in rounds {
        let work: Vec<_> = round
            .chunks(batch)
            .map(|indices| write(&plan.steps, indices, target, interrupt, &stop, observer).boxed())
            .collect();
        let mut done = stream::iter(work).buffer_unordered(in_flight(target.store().descriptor()));
        while let Some(written) = done.next().await {
            for (index, outcome) in written {
                outcomes[index] = Some(outcome);
            }
        }
    }
    observer.on(Event::End(Phase::Write));
    let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or(StepResult::NotTried));
    plan.steps.into_iter().zip(outcomes).map(|(step, outcome)| FinishedStep { step, outcome }).collect()
}

/// How many writes are begun at the same time. Those that wait for their turn count, too, and an interrupt settles them
/// first: so they are no more than the service lets through in a second.
fn in_flight(target: &Descriptor) -> usize {
    let most = target.limits.concurrency.max(1);
    let Some(quota) = target.rates.write else { return most };
    let enough = (1..most).zip(1_u32..).find(|(_, number)| f64::from(*number) >= quota.per_second);
    enough.map_or(most, |(count, _)| count)
}

/// The outcome of a step that writes nothing.
fn untouched(step: &Step) -> Option<StepResult> {
    match step.decision {
        Decision::Create(_) | Decision::Replace(_) => None,
        Decision::Keep => Some(StepResult::Unchanged),
        Decision::Skip(_) | Decision::Refuse(_) => Some(StepResult::NotTried),
    }
}

fn indices(plan: &Plan, wanted: impl Fn(&Decision) -> bool) -> Vec<usize> {
    (0..plan.steps.len()).filter(|index| wanted(&plan.steps[*index].decision)).collect()
}

async fn write(
    steps: &[Step],
    indices: &[usize],
    target: &Target,
    interrupt: &Interrupt,
    stop: &AtomicBool,
    observer: &dyn Observer,
) -> Vec<(usize, StepResult)> {
    if interrupt.is_set() || stop.load(Ordering::SeqCst) {
        return indices.iter().map(|index| (*index, StepResult::NotTried)).collect();
    }
    let work: Vec<(usize, Change)> =
        indices.iter().filter_map(|index| Some((*index, change(&steps[*index])?))).collect();
    let changes: Vec<Change> = work.iter().map(|(_, change)| change.clone()).collect();
    let results = target.store().write_each(&changes).await;
    let mut outcomes = Vec::with_capacity(work.len());
    for ((index, _), result) in work.into_iter().zip(results) {
        let outcome = outcome(&steps[index], result, target).await;
        if let StepResult::Failed(error) = &outcome
            && (error.kind().ends_run() || error.kind() == ErrorKind::QuotaExceeded)
        {
            stop.store(true, Ordering::SeqCst);
        }
        outcomes.push((index, outcome));
    }
    observer.on(Event::Advance(Phase::Write, outcomes.len()));
    outcomes
}

fn change(step: &Step) -> Option<Change> {
    let (action, write) = match &step.decision {
        Decision::Create(write) => (Action::Create(write.payload.clone()), write),
        Decision::Replace(write) => {
            (Action::Replace { payload: write.payload.clone(), expect: write.expect.clone() }, write)
        }
        _ => return None,
    };
    // A name does not always say which entry it is.
    let change = Change::new(step.target_name.clone()?, action).with_label(step.id.to_string());
    Some(change.with_metadata(write.metadata.clone()))
}

/// A name that is taken although the plan saw it free may be an earlier run's work that the listing did not show yet:
/// one read decides.
async fn outcome(step: &Step, result: Result<Receipt>, target: &Target) -> StepResult {
    match result {
        Ok(receipt) => StepResult::Done(receipt.version),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && means_the_same(step, target).await => {
            StepResult::Unchanged
        }
        Err(error) => StepResult::Failed(error),
    }
}

async fn means_the_same(step: &Step, target: &Target) -> bool {
    let (Some(name), Some(write)) = (&step.target_name, step.decision.write()) else { return false };
    let found = target.store().read_all(&[Read::current(name.clone())], &|_| ()).await;
    let Ok(Some(Ok(Some(stored)))) = found.map(|mut outcomes| outcomes.pop()) else { return false };
    match view(&target.source().endpoint().read_rules, &step.id, stored.content) {
        View::Readable { reading, .. } => compare(&write.reading, &reading).has_arrived(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use airbridge_core::{Descriptor, MemoryStore, Quota, SecretStore};

    use super::in_flight;

    #[test]
    fn no_more_writes_wait_than_a_second_lets_through() {
        let store = MemoryStore::new("memory", NonZeroUsize::MIN);
        let with = |quota| {
            let mut descriptor: Descriptor = store.descriptor().clone();
            descriptor.limits.concurrency = 16;
            descriptor.rates.write = quota;
            in_flight(&descriptor)
        };
        assert_eq!(with(None), 16);
        for (rate, count) in [(0.5, 1), (3.0, 3), (9.5, 10), (50.0, 16)] {
            assert_eq!(with(Some(Quota::exactly(rate))), count, "{rate} a second");
        }
    }
}

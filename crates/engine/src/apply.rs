//! Executes a plan: creates first, then replaces. Every step gets an outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_airflow::{compare, masked_part};
use airbridge_core::{
    Action, Change, Descriptor, Error, ErrorKind, Operation, Read, Receipt, Result, SecretStoreExt, Version,
};
use futures::{FutureExt, StreamExt, stream};

use crate::endpoint::Target;
use crate::event::{Event, Observer, Phase};
use crate::plan::{Decision, Plan, Step};
use crate::snapshot::{View, view};

/// Asks a run to end: requests in flight are completed, and no new ones are sent.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks for the end of the run.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the end was asked for.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// Nothing to write: the target already had the same value, when planning or when writing.
    Unchanged,
    /// Written, but not yet read back. Holds the version that the write returned.
    Done(Option<Version>),
    /// Written, and read back with the planned value.
    Verified,
    /// Written, but reading it back returned a different value, or failed.
    Differs,
    /// The write failed. The error says whether the secret may have been written all the same.
    Failed(Error),
    /// Not written, because the run ended before or because the plan skips or refuses the entry.
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

    /// Whether the target has the planned value, as far as airbridge has checked.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Done(_) | Self::Verified)
    }
}

/// A step and its outcome.
#[derive(Clone, Debug)]
pub struct FinishedStep {
    /// The step.
    pub step: Step,
    /// The outcome.
    pub outcome: StepResult,
}

/// Executes the plan: creates first, then replaces. Skipped and refused steps are not written. After an error that every
/// further write would meet, or after an interrupt, the remaining steps are `NotTried`.
pub async fn apply(
    plan: Plan,
    target: &Target,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Vec<FinishedStep> {
    let mut execution = Execution::new(plan);
    execution.run(target, interrupt, observer).await;
    execution.finish()
}

/// The execution of a plan, which keeps what is known when its caller stops waiting for it.
#[derive(Debug)]
pub struct Execution {
    steps: Vec<Step>,
    outcomes: Vec<Option<StepResult>>,
    /// Whether a write was begun.
    begun: Vec<AtomicBool>,
}

impl Execution {
    /// Nothing is written yet.
    pub fn new(plan: Plan) -> Self {
        let outcomes = plan.steps.iter().map(untouched).collect();
        let begun = plan.steps.iter().map(|_| AtomicBool::new(false)).collect();
        Self { steps: plan.steps, outcomes, begun }
    }

    /// Writes, as [`apply`] does. The future may be dropped at any moment.
    pub async fn run(&mut self, target: &Target, interrupt: &Interrupt, observer: &dyn Observer) {
        let Self { steps, outcomes, begun } = self;
        let creates = indices(steps, |decision| matches!(decision, Decision::Create(_)));
        let replaces = indices(steps, |decision| matches!(decision, Decision::Replace(_)));
        observer.on(Event::Begin(Phase::Write, Some(creates.len() + replaces.len())));
        let stop = AtomicBool::new(false);
        // A store without a batch limit (a file) is written once.
        let limits = target.store().descriptor().limits;
        let batch = limits.write_batch.max(1);
        let rounds = if batch == usize::MAX {
            vec![([creates, replaces].concat(), 0)]
        } else {
            vec![(creates, 0), (replaces, limits.look_batch)]
        };
        for (round, looks) in rounds {
            let ends = || interrupt.is_set() || stop.load(Ordering::SeqCst);
            let changes = stream::iter(round.chunks(looks.max(batch))).then(|indices| {
                let changes = changes(steps, indices);
                async move { if looks > 1 && !ends() { looked_at(changes, target).await } else { changes } }
                    .boxed()
            });
            let writes = changes.flat_map(|changes| {
                stream::iter(batches(changes, batch))
                    .map(|work| write(steps, work, begun, target, interrupt, &stop, observer).boxed())
            });
            let mut done = Box::pin(writes.buffer_unordered(in_flight(target.store().descriptor())));
            while let Some(written) = done.next().await {
                for (index, outcome) in written {
                    outcomes[index] = Some(outcome);
                }
            }
        }
        observer.on(Event::End(Phase::Write));
    }

    /// The steps with their outcomes. A write that was begun and whose reply was not awaited is `Failed` with
    /// [`AnswerLost`](ErrorKind::AnswerLost): it may have happened.
    pub fn finish(self) -> Vec<FinishedStep> {
        let outcomes = self.outcomes.into_iter().zip(self.begun);
        let finish = |(step, (outcome, begun)): (Step, (Option<StepResult>, AtomicBool))| {
            let outcome = outcome.unwrap_or_else(|| {
                if begun.into_inner() { StepResult::Failed(not_awaited(&step)) } else { StepResult::NotTried }
            });
            FinishedStep { step, outcome }
        };
        self.steps.into_iter().zip(outcomes).map(finish).collect()
    }
}

/// The error of a write whose reply was not awaited.
fn not_awaited(step: &Step) -> Error {
    let message = "the run was stopped before the reply came; the write may have happened";
    let error = Error::new(ErrorKind::AnswerLost, Operation::Write, message);
    let error = error.with_hint("run the same command again: it writes only what is missing");
    match &step.target_name {
        Some(name) => error.with_name(name),
        None => error,
    }
}

/// The number of writes that are started at the same time. An interrupt waits for all of them, also for those that the
/// rate limit delays. So they are never more than the service allows in one second.
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

fn indices(steps: &[Step], wanted: impl Fn(&Decision) -> bool) -> Vec<usize> {
    (0..steps.len()).filter(|index| wanted(&steps[*index].decision)).collect()
}

/// The items in batches of `size`. A single batch, such as that of a file, is not copied.
fn batches<T>(mut items: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut batches = Vec::new();
    while items.len() > size {
        let rest = items.split_off(size);
        batches.push(std::mem::replace(&mut items, rest));
    }
    batches.push(items);
    batches
}

fn changes(steps: &[Step], indices: &[usize]) -> Vec<(usize, Change)> {
    indices.iter().filter_map(|index| Some((*index, change(&steps[*index])?))).collect()
}

/// The changes, with what the store sees now of the secrets that they replace. Without an answer the store looks at each
/// secret before it writes.
async fn looked_at(mut work: Vec<(usize, Change)>, target: &Target) -> Vec<(usize, Change)> {
    let changes: Vec<Change> = work.iter().map(|(_, change)| change.clone()).collect();
    if let Ok(looks) = target.store().look_batch(&changes).await {
        for ((_, change), look) in work.iter_mut().zip(looks) {
            change.look = look;
        }
    }
    work
}

async fn write(
    steps: &[Step],
    work: Vec<(usize, Change)>,
    begun: &[AtomicBool],
    target: &Target,
    interrupt: &Interrupt,
    stop: &AtomicBool,
    observer: &dyn Observer,
) -> Vec<(usize, StepResult)> {
    if interrupt.is_set() || stop.load(Ordering::SeqCst) {
        return work.into_iter().map(|(index, _)| (index, StepResult::NotTried)).collect();
    }
    for (index, _) in &work {
        begun[*index].store(true, Ordering::SeqCst);
    }
    let mut outcomes = Vec::with_capacity(work.len());
    let (mut indices, mut changes) = (Vec::with_capacity(work.len()), Vec::with_capacity(work.len()));
    for (index, change) in work {
        if let Some(error) = masked(&steps[index]) {
            outcomes.push((index, StepResult::Failed(error)));
        } else {
            indices.push(index);
            changes.push(change);
        }
    }
    let results = target.store().write_each(&changes).await;
    for (index, result) in indices.into_iter().zip(results) {
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

/// The error for a write that would store a mask. The plan refuses such entries; a plan of other code may not.
fn masked(step: &Step) -> Option<Error> {
    let (name, write) = (step.target_name.as_ref()?, step.decision.write()?);
    let part = masked_part(Some(&write.payload), &write.reading)?;
    let message = format!("{part} is a mask such as `***`, not the secret itself");
    Some(Error::write(ErrorKind::InvalidPayload, message, name))
}

fn change(step: &Step) -> Option<Change> {
    let (action, write) = match &step.decision {
        Decision::Create(write) => (Action::Create(write.payload.clone()), write),
        Decision::Replace(write) => {
            (Action::Replace { payload: write.payload.clone(), expect: write.expect.clone() }, write)
        }
        _ => return None,
    };
    // Some names could be several entries; the label says which one this is.
    let change = Change::new(step.target_name.clone()?, action).with_label(step.id.to_string());
    Some(change.with_metadata(write.metadata.clone()))
}

/// A create may find a name that the plan did not see: an earlier run wrote it and the listing did not show it yet. One
/// read decides whether it has the planned value.
async fn outcome(step: &Step, result: Result<Receipt>, target: &Target) -> StepResult {
    match result {
        Ok(receipt) => StepResult::Done(receipt.version),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && has_planned_value(step, target).await => {
            StepResult::Unchanged
        }
        Err(error) => StepResult::Failed(error),
    }
}

async fn has_planned_value(step: &Step, target: &Target) -> bool {
    let (Some(name), Some(write)) = (&step.target_name, step.decision.write()) else { return false };
    let found = target.store().read_all(&[Read::current(name.clone())], &|_| ()).await;
    let Ok(Some(Ok(Some(stored)))) = found.map(|mut outcomes| outcomes.pop()) else { return false };
    match view(&target.source().endpoint().read_rules, &step.id, stored.content) {
        View::Readable { reading, .. } => compare(&write.reading, &reading).reads_the_same(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use airbridge_core::{Descriptor, MemoryStore, Quota, SecretStore};

    use super::{batches, in_flight};

    #[test]
    fn items_are_divided_in_order() {
        assert_eq!(batches(vec![1, 2, 3, 4, 5], 2), [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(batches(vec![1, 2], 2), [vec![1, 2]]);
        assert_eq!(batches(vec![1], usize::MAX), [vec![1]]);
    }

    #[test]
    fn writes_in_flight_are_limited_to_one_second_of_the_quota() {
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

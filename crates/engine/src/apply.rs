//! Executes a plan: creates first, then replaces. Every step gets an outcome.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_airflow::masked_part;
use airbridge_core::{
    Action, Change, Descriptor, Error, ErrorKind, Operation, Payload, Read, Receipt, Result, SecretStoreExt,
    Version,
};
use futures::{FutureExt, StreamExt, stream};

use crate::endpoint::Target;
use crate::event::{Event, Observer, Phase};
use crate::plan::{Decision, Plan, Step};
use crate::read_back::{ReadBack, ReadingBack, has_planned_value};

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
    pub step: Box<Step>,
    /// The outcome.
    pub outcome: StepResult,
}

/// Executes the plan: creates first, then replaces. Skipped and refused steps are not written. After an error that every
/// further write would meet, or after an interrupt, the remaining steps are `NotTried`.
pub async fn apply(
    plan: Plan,
    target: &Target,
    read_back: ReadBack,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Vec<FinishedStep> {
    let mut execution = Execution::new(plan);
    execution.run(target, read_back, interrupt, observer).await;
    execution.finish()
}

/// The execution of a plan, which keeps what is known when its caller stops waiting for it.
#[derive(Debug)]
pub struct Execution {
    #[expect(clippy::vec_box, reason = "as the plan has them: moving them would take their memory twice")]
    steps: Vec<Box<Step>>,
    /// What each step writes, until it is written.
    payloads: Vec<Option<Payload>>,
    outcomes: Vec<Option<StepResult>>,
    /// Whether a write was begun.
    begun: Vec<AtomicBool>,
}

impl Execution {
    /// Nothing is written yet.
    pub fn new(plan: Plan) -> Self {
        let outcomes = plan.steps.iter().map(|step| untouched(step)).collect();
        let begun = plan.steps.iter().map(|_| AtomicBool::new(false)).collect();
        let mut steps = plan.steps;
        let payloads = steps.iter_mut().map(|step| step.decision.write_mut()?.payload.take()).collect();
        Self { steps, payloads, outcomes, begun }
    }

    /// Writes, as [`apply`] does. The future may be dropped at any moment.
    pub async fn run(
        &mut self,
        target: &Target,
        read_back: ReadBack,
        interrupt: &Interrupt,
        observer: &dyn Observer,
    ) {
        let Self { steps, payloads, outcomes, begun } = self;
        let creates = indices(steps, |decision| matches!(decision, Decision::Create(_)));
        let replaces = indices(steps, |decision| matches!(decision, Decision::Replace(_)));
        let writes = creates.len() + replaces.len();
        observer.on(Event::Begin(Phase::Write, Some(writes)));
        let stop = AtomicBool::new(false);
        // A store without a batch limit (a file) is written once.
        let Descriptor { limits, capabilities, .. } = target.store().descriptor();
        let batch = limits.write_batch.max(1);
        let rounds = if batch == usize::MAX {
            vec![([creates, replaces].concat(), 0)]
        } else {
            vec![(creates, 0), (replaces, limits.look_batch)]
        };
        let mut reading_back = ReadingBack::new(steps, target);
        let is_read_now = read_back == ReadBack::WhileWriting && capabilities.versions;
        if is_read_now {
            observer.on(Event::Begin(Phase::Verify, Some(writes)));
        }
        for (round, looks) in rounds {
            let ends = || interrupt.is_set() || stop.load(Ordering::SeqCst);
            let work = stream::iter(round.chunks(looks.max(batch))).then(|indices| {
                let mut work = Work::new(steps, payloads, indices);
                async move {
                    if looks > 1 && !ends() {
                        work.look(target).await;
                    }
                    work
                }
                .boxed()
            });
            let writes = work.flat_map(|work| {
                stream::iter(work.batches(batch))
                    .map(|work| write(steps, work, begun, target, interrupt, &stop, observer).boxed())
            });
            let mut writes = Box::pin(writes.buffer_unordered(in_flight(target.store().descriptor())));
            loop {
                let written = tokio::select! {
                    written = writes.next() => match written {
                        Some(written) => written,
                        None => break,
                    },
                    Some(verified) = reading_back.next() => {
                        note_verified(outcomes, verified, observer);
                        continue;
                    }
                };
                for (index, outcome) in written {
                    if let StepResult::Done(version) = &outcome
                        && is_read_now
                    {
                        reading_back.add(index, version.clone());
                    }
                    outcomes[index] = Some(outcome);
                }
            }
        }
        observer.on(Event::End(Phase::Write));
        reading_back.send();
        while let Some(verified) = reading_back.next().await {
            note_verified(outcomes, verified, observer);
        }
        if is_read_now {
            observer.on(Event::End(Phase::Verify));
        }
    }

    /// The steps with their outcomes. A write that was begun and whose reply was not awaited is `Failed` with
    /// [`AnswerLost`](ErrorKind::AnswerLost): it may have happened.
    pub fn finish(self) -> Vec<FinishedStep> {
        let outcomes = self.outcomes.into_iter().zip(self.begun);
        let finish = |(step, (outcome, begun)): (Box<Step>, (Option<StepResult>, AtomicBool))| {
            let outcome = outcome.unwrap_or_else(|| {
                if begun.into_inner() { StepResult::Failed(not_awaited(&step)) } else { StepResult::NotTried }
            });
            FinishedStep { step, outcome }
        };
        self.steps.into_iter().zip(outcomes).map(finish).collect()
    }
}

fn note_verified(outcomes: &mut [Option<StepResult>], verified: Vec<usize>, observer: &dyn Observer) {
    observer.on(Event::Advance(Phase::Verify, verified.len()));
    for index in verified {
        outcomes[index] = Some(StepResult::Verified);
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

fn indices(steps: &[Box<Step>], wanted: impl Fn(&Decision) -> bool) -> Vec<usize> {
    (0..steps.len()).filter(|index| wanted(&steps[*index].decision)).collect()
}

/// Changes, and the steps that they belong to.
struct Work {
    indices: Vec<usize>,
    changes: Vec<Change>,
}

impl Work {
    fn new(steps: &[Box<Step>], payloads: &mut [Option<Payload>], indices: &[usize]) -> Self {
        let (mut kept, mut changes) = (Vec::with_capacity(indices.len()), Vec::with_capacity(indices.len()));
        for index in indices {
            let payload = payloads[*index].take();
            if let Some(change) = payload.and_then(|payload| change(&steps[*index], payload)) {
                kept.push(*index);
                changes.push(change);
            }
        }
        Self { indices: kept, changes }
    }

    /// Adds what the store sees now of the secrets that the changes replace. Without an answer the store looks at each secret
    /// before it writes.
    async fn look(&mut self, target: &Target) {
        if let Ok(looks) = target.store().look_batch(&self.changes).await {
            for (change, look) in self.changes.iter_mut().zip(looks) {
                change.look = look.map(Box::new);
            }
        }
    }

    /// In batches of `size`. A single batch, such as that of a file, is not copied.
    fn batches(mut self, size: usize) -> Vec<Self> {
        let mut batches = Vec::new();
        while self.changes.len() > size {
            let rest = Self { indices: self.indices.split_off(size), changes: self.changes.split_off(size) };
            batches.push(std::mem::replace(&mut self, rest));
        }
        batches.push(self);
        batches
    }

    /// Takes out the changes that would store a mask, and returns their outcomes.
    fn take_masked(&mut self, steps: &[Box<Step>]) -> Vec<(usize, StepResult)> {
        let error = |(index, change): (&usize, &Change)| {
            Some((*index, StepResult::Failed(masked(&steps[*index], change)?)))
        };
        let masked: Vec<_> = self.indices.iter().zip(&self.changes).filter_map(error).collect();
        if !masked.is_empty() {
            let indices: HashSet<usize> = masked.iter().map(|(index, _)| *index).collect();
            let is_masked = |index: &usize| indices.contains(index);
            let mut kept = self.indices.iter().map(|index| !is_masked(index));
            self.changes.retain(|_| kept.next().unwrap_or_default());
            self.indices.retain(|index| !is_masked(index));
        }
        masked
    }
}

async fn write(
    steps: &[Box<Step>],
    mut work: Work,
    begun: &[AtomicBool],
    target: &Target,
    interrupt: &Interrupt,
    stop: &AtomicBool,
    observer: &dyn Observer,
) -> Vec<(usize, StepResult)> {
    if interrupt.is_set() || stop.load(Ordering::SeqCst) {
        return work.indices.into_iter().map(|index| (index, StepResult::NotTried)).collect();
    }
    for index in &work.indices {
        begun[*index].store(true, Ordering::SeqCst);
    }
    let mut outcomes = work.take_masked(steps);
    let Work { indices, changes } = work;
    let results = target.store().write_each(&changes).await;
    drop(changes);
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
fn masked(step: &Step, change: &Change) -> Option<Error> {
    let (Action::Create(payload) | Action::Replace { payload, .. }) = &change.action else { return None };
    let part = masked_part(Some(payload), &step.decision.write()?.reading)?;
    let message = format!("{part} is a mask such as `***`, not the secret itself");
    Some(Error::write(ErrorKind::InvalidPayload, message, &change.name))
}

fn change(step: &Step, payload: Payload) -> Option<Change> {
    let (action, write) = match &step.decision {
        Decision::Create(write) => (Action::Create(payload), write),
        Decision::Replace(write) => (Action::Replace { payload, expect: write.expect.clone() }, write),
        _ => return None,
    };
    // Some names could be several entries; the label says which one this is.
    let change = Change::new(step.target_name.clone()?, action).with_label(step.id.to_string());
    Some(Change { metadata: write.metadata.clone(), ..change })
}

/// A create may find a name that the plan did not see: an earlier run wrote it and the listing did not show it yet. One
/// read decides whether it has the planned value.
async fn outcome(step: &Step, result: Result<Receipt>, target: &Target) -> StepResult {
    match result {
        Ok(receipt) => StepResult::Done(receipt.version),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && found_planned_value(step, target).await => {
            StepResult::Unchanged
        }
        Err(error) => StepResult::Failed(error),
    }
}

async fn found_planned_value(step: &Step, target: &Target) -> bool {
    let Some(name) = &step.target_name else { return false };
    let found = target.store().read_all(&[Read::current(name.clone())], &|_| ()).await;
    let Ok(Some(Ok(Some(stored)))) = found.map(|mut outcomes| outcomes.pop()) else { return false };
    has_planned_value(step, &target.source().endpoint().read_rules, stored)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use airbridge_core::{Action, Change, Descriptor, MemoryStore, Quota, SecretName, SecretStore};

    use super::{Work, in_flight};

    #[test]
    fn work_is_divided_in_order() {
        let numbers = |count: usize, size: usize| -> Vec<Vec<usize>> {
            let change = || Change::new(SecretName::new("name"), Action::Delete { expect: None });
            let work =
                Work { indices: (1..=count).collect(), changes: (0..count).map(|_| change()).collect() };
            let batches = work.batches(size);
            assert!(batches.iter().all(|work| work.changes.len() == work.indices.len()));
            batches.into_iter().map(|work| work.indices).collect()
        };
        assert_eq!(numbers(5, 2), [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(numbers(2, 2), [vec![1, 2]]);
        assert_eq!(numbers(1, usize::MAX), [vec![1]]);
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

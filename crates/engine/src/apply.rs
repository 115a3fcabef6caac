//! Executes a plan: creates first, then replaces, then deletes. Every step gets an outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_core::{
    Descriptor, Error, ErrorKind, Operation, Payload, Read, Receipt, Result, SecretStoreExt, Version,
};
use futures::{FutureExt, StreamExt, stream};

use crate::endpoint::Target;
use crate::event::{Event, Observer, Phase};
use crate::outcome::{FinishedStep, StepResult};
use crate::plan::{Decision, Plan, Step};
use crate::read_back::{ReadAs, ReadBack, ReadingBack, read_as_planned};
use crate::work::Work;

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

/// Executes the plan: creates first, then replaces, and deletes only if all of these succeeded. Skipped and refused steps are
/// not written. After an error that every further write would meet, or after an interrupt, the remaining steps are `NotTried`.
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
    /// The version that each write made.
    versions: Vec<Option<Version>>,
    /// Whether a write was begun.
    begun: Vec<AtomicBool>,
}

impl Execution {
    /// Nothing is written yet.
    pub fn new(plan: Plan) -> Self {
        let outcomes = plan.steps.iter().map(|step| untouched(step)).collect();
        let begun = plan.steps.iter().map(|_| AtomicBool::new(false)).collect();
        let versions = vec![None; plan.steps.len()];
        let mut steps = plan.steps;
        let payloads = steps.iter_mut().map(|step| step.decision.write_mut()?.payload.take()).collect();
        Self { steps, payloads, outcomes, versions, begun }
    }

    /// Writes, as [`apply`] does. The future may be dropped at any moment.
    pub async fn run(
        &mut self,
        target: &Target,
        read_back: ReadBack,
        interrupt: &Interrupt,
        observer: &dyn Observer,
    ) {
        let Self { steps, payloads, outcomes, versions, begun } = self;
        let creates = indices(steps, |decision| matches!(decision, Decision::Create(_)));
        let replaces =
            indices(steps, |decision| matches!(decision, Decision::Replace(_) | Decision::Restore(_)));
        let deletes = indices(steps, |decision| matches!(decision, Decision::Delete(_)));
        let writes = creates.len() + replaces.len() + deletes.len();
        observer.on(Event::Begin(Phase::Write, Some(writes)));
        let stop = AtomicBool::new(false);
        // A store without a batch limit (a file) is written once.
        let Descriptor { limits, capabilities, .. } = target.store().descriptor();
        let batch = limits.write_batch.max(1);
        let rounds = if batch == usize::MAX {
            vec![([creates, replaces, deletes].concat(), 0)]
        } else {
            vec![(creates, 0), (replaces, limits.look_batch), (deletes, 0)]
        };
        let mut reading_back = ReadingBack::new(steps, target);
        let is_read_now = read_back == ReadBack::WhileWriting && capabilities.versions;
        if is_read_now {
            observer.on(Event::Begin(Phase::Verify, Some(writes)));
        }
        let mut has_failed = false;
        for (round, looks) in rounds {
            if has_failed && round.iter().all(|index| matches!(steps[*index].decision, Decision::Delete(_))) {
                break;
            }
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
                    if let StepResult::Done(version) = &outcome {
                        versions[index].clone_from(version);
                        if is_read_now {
                            reading_back.add(index, version.clone());
                        }
                    }
                    outcomes[index] = Some(outcome);
                }
            }
            // What the target lacks must be there before anything else is deleted.
            if outcomes.iter().flatten().any(|outcome| matches!(outcome, StepResult::Failed(_))) {
                has_failed = true;
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
        let outcomes = self.outcomes.into_iter().zip(self.begun).zip(self.versions);
        let finish =
            |(step, ((outcome, begun), version)): (Box<Step>, ((Option<StepResult>, AtomicBool), _))| {
                let outcome = outcome.unwrap_or_else(|| {
                    if begun.into_inner() {
                        StepResult::Failed(not_awaited(&step))
                    } else {
                        StepResult::NotTried
                    }
                });
                FinishedStep { step, outcome, version }
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
        Decision::Create(_) | Decision::Replace(_) | Decision::Restore(_) | Decision::Delete(_) => None,
        Decision::Keep => Some(StepResult::Unchanged),
        Decision::Skip(_) | Decision::Refuse(_) => Some(StepResult::NotTried),
    }
}

fn indices(steps: &[Box<Step>], wanted: impl Fn(&Decision) -> bool) -> Vec<usize> {
    (0..steps.len()).filter(|index| wanted(&steps[*index].decision)).collect()
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

/// A create may find a name that the plan did not see: an earlier run wrote it and the listing did not show it yet. One
/// read decides whether it has the planned value.
async fn outcome(step: &Step, result: Result<Receipt>, target: &Target) -> StepResult {
    match result {
        Ok(receipt) => StepResult::Done(receipt.version),
        Err(error)
            if error.kind() == ErrorKind::AlreadyExists && found(step, target).await == ReadAs::Planned =>
        {
            StepResult::Unchanged
        }
        Err(error) => StepResult::Failed(error),
    }
}

async fn found(step: &Step, target: &Target) -> ReadAs {
    let Some(name) = &step.target_name else { return ReadAs::Other };
    let found = target.store().read_all(&[Read::current(name.clone())], &|_| ()).await;
    let Ok(Some(Ok(Some(stored)))) = found.map(|mut outcomes| outcomes.pop()) else { return ReadAs::Other };
    read_as_planned(step, &target.source().endpoint().read_rules, Some(stored))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use airbridge_core::{Descriptor, MemoryStore, Quota, SecretStore};

    use super::in_flight;

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

//! Reads back what was written and compares it as planning does.

use std::time::Duration;

use airbridge_airflow::compare;
use airbridge_core::{Read, Result, SecretStoreExt};
use tokio::time::{Instant, sleep};

use crate::apply::{FinishedStep, Interrupt, StepResult};
use crate::endpoint::Target;
use crate::event::{Event, Observer, Phase};
use crate::snapshot::{View, view};

/// Upper limit of the wait for a service that shows writes late.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Reads every written entry at the version that its write returned, and turns `Done` into `Verified` or `Differs`. An
/// entry that does not match yet is read again for as long as the service may lag, 30 seconds at most.
///
/// # Errors
/// An error that would meet every other entry, too. An error of one entry makes that entry `Differs`.
pub async fn verify(
    finished: &mut [FinishedStep],
    target: &Target,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<()> {
    let mut open: Vec<usize> =
        (0..finished.len()).filter(|index| matches!(finished[*index].outcome, StepResult::Done(_))).collect();
    observer.on(Event::Begin(Phase::Verify, Some(open.len())));
    let deadline = Instant::now() + target.store().descriptor().read_lag.min(LONGEST_WAIT);
    let mut pause = FIRST_PAUSE;
    while !open.is_empty() {
        let wanted: Vec<Read> = open.iter().filter_map(|index| read_back(&finished[*index])).collect();
        let outcomes = target.store().read_all(&wanted, &|_| ()).await?;
        let mut differing = Vec::new();
        for (index, outcome) in open.iter().zip(outcomes) {
            let entry = &mut finished[*index];
            // An error of one entry does not end the verification of the others.
            let found = match outcome {
                Ok(Some(stored)) => {
                    Some(view(&target.source().endpoint().read_rules, &entry.step.id, stored.content))
                }
                Ok(None) => None,
                Err(error) if error.kind().ends_run() => return Err(error),
                Err(error) => Some(View::Failed(error)),
            };
            if matches(entry, found.as_ref()) {
                entry.outcome = StepResult::Verified;
                observer.on(Event::Advance(Phase::Verify, 1));
            } else {
                differing.push(*index);
            }
        }
        open = differing;
        if open.is_empty() || Instant::now() + pause > deadline || interrupt.is_set() {
            break;
        }
        sleep(pause).await;
        pause *= 2;
    }
    for index in open {
        finished[index].outcome = StepResult::Differs;
    }
    observer.on(Event::End(Phase::Verify));
    Ok(())
}

fn read_back(finished: &FinishedStep) -> Option<Read> {
    let StepResult::Done(version) = &finished.outcome else { return None };
    Some(Read { name: finished.step.target_name.clone()?, version: version.clone() })
}

fn matches(finished: &FinishedStep, found: Option<&View>) -> bool {
    match (finished.step.decision.write(), found) {
        (Some(write), Some(View::Readable { reading, .. })) => {
            compare(&write.reading, reading).reads_the_same()
        }
        _ => false,
    }
}

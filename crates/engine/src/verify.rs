//! Reading back what was written, and comparing as planning does.

use std::time::Duration;

use airbridge_airflow::compare;
use airbridge_core::{Read, Result, SecretStoreExt};
use tokio::time::{Instant, sleep};

use crate::snapshot::view;
use crate::{Event, FinishedStep, Interrupt, Observer, Phase, StepResult, Target, View};

/// However long a service may lag, nobody waits longer.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Reads every written entry anew, at the version that its write answered with, and turns `Done` into `Verified` or
/// `Differs`. What does not match yet is read again for as long as the service may lag.
pub async fn verify(
    settled: &mut [FinishedStep],
    target: &Target,
    interrupt: &Interrupt,
    observer: &dyn Observer,
) -> Result<()> {
    let mut open: Vec<usize> =
        (0..settled.len()).filter(|index| matches!(settled[*index].outcome, StepResult::Done(_))).collect();
    observer.on(Event::Begin(Phase::Verify, Some(open.len())));
    let deadline = Instant::now() + target.store().descriptor().read_lag.min(LONGEST_WAIT);
    let mut pause = FIRST_PAUSE;
    while !open.is_empty() {
        let wanted: Vec<Read> = open.iter().filter_map(|index| read_back(&settled[*index])).collect();
        let outcomes = target.store().read_all(&wanted, &|_| ()).await?;
        let mut differing = Vec::new();
        for (index, outcome) in open.iter().zip(outcomes) {
            let entry = &mut settled[*index];
            // An entry that cannot be read back is one error, not the end of the verification.
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
        settled[index].outcome = StepResult::Differs;
    }
    observer.on(Event::End(Phase::Verify));
    Ok(())
}

fn read_back(settled: &FinishedStep) -> Option<Read> {
    let StepResult::Done(version) = &settled.outcome else { return None };
    Some(Read { name: settled.step.target_name.clone()?, version: version.clone() })
}

fn matches(settled: &FinishedStep, found: Option<&View>) -> bool {
    match (settled.step.decision.write(), found) {
        (Some(write), Some(View::Readable { reading, .. })) => compare(&write.reading, reading).has_arrived(),
        _ => false,
    }
}

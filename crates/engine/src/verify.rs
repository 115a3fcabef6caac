//! Reads back what was written and compares it as planning does.

use std::time::Duration;

use airbridge_core::{Result, Version};
use tokio::time::{Instant, sleep};

use crate::apply::Interrupt;
use crate::endpoint::Target;
use crate::event::{Event, Observer, Phase};
use crate::outcome::{FinishedStep, StepResult};
use crate::plan::Step;
use crate::read_back::{ReadAs, read_back};

/// Upper limit of the wait for a service that shows writes late.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Reads every written entry at the version that its write returned, and turns `Done` into `Verified`, `Unverifiable` or `Differs`. An
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
    if open.is_empty() {
        return Ok(());
    }
    observer.on(Event::Begin(Phase::Verify, Some(open.len())));
    let deadline = Instant::now() + target.store().descriptor().read_lag.min(LONGEST_WAIT);
    let mut pause = FIRST_PAUSE;
    while !open.is_empty() {
        let wanted: Vec<_> = open.iter().map(|index| written(&finished[*index])).collect();
        let matching = read_back(&wanted, target).await?;
        let mut differing = Vec::new();
        for (index, found) in open.iter().zip(matching) {
            finished[*index].outcome = match found {
                ReadAs::Planned => StepResult::Verified,
                ReadAs::Hidden(parts) => StepResult::Unverifiable(parts),
                ReadAs::Other => {
                    differing.push(*index);
                    continue;
                }
            };
            observer.on(Event::Advance(Phase::Verify, 1));
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

/// A step, and the version that its write returned.
fn written(finished: &FinishedStep) -> (&Step, Option<&Version>) {
    let version = match &finished.outcome {
        StepResult::Done(version) => version.as_ref(),
        _ => None,
    };
    (&finished.step, version)
}

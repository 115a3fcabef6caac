//! Reads entries back after they were written, and compares them as planning does.

use airbridge_airflow::{Part, ReadRules, Visible, compare};
use airbridge_core::{Content, Read, Result, SecretStoreExt, State, Stored, Version};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use crate::endpoint::Target;
use crate::plan::{Decision, Step};
use crate::shown::ShownReading;
use crate::view::{View, view};

/// Whether written entries are read back while others are still being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// As soon as enough for one request are written, if the store has versions. [`verify`](crate::verify()) reads the rest.
    WhileWriting,
    /// Nothing is read back.
    Never,
}

/// What was read back of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadAs {
    /// The planned value.
    Planned,
    /// The planned value, as far as it is shown. These parts are hidden.
    Hidden(Vec<Part>),
    /// Another value, or none.
    Other,
}

/// The entries that are read back while others are written. One that does not match yet is left to
/// [`verify`](crate::verify()).
pub(crate) struct ReadingBack<'a> {
    steps: &'a [Box<Step>],
    target: &'a Target,
    /// How many entries one request reads.
    batch: usize,
    written: Vec<(usize, Option<Version>)>,
    /// Each ends with the entries that have the planned value.
    requests: FuturesUnordered<BoxFuture<'a, Vec<usize>>>,
}

impl<'a> ReadingBack<'a> {
    pub(crate) fn new(steps: &'a [Box<Step>], target: &'a Target) -> Self {
        let batch = target.store().descriptor().limits.read_batch.max(1);
        Self { steps, target, batch, written: Vec::new(), requests: FuturesUnordered::new() }
    }

    /// An entry that was written. It is read as soon as there are enough for one request.
    pub(crate) fn add(&mut self, index: usize, version: Option<Version>) {
        self.written.push((index, version));
        if self.written.len() == self.batch {
            self.send();
        }
    }

    /// Reads those that were added, even if they are not enough for one request.
    pub(crate) fn send(&mut self) {
        if self.written.is_empty() {
            return;
        }
        let (steps, target, written) = (self.steps, self.target, std::mem::take(&mut self.written));
        let request = async move {
            let wanted: Vec<_> =
                written.iter().map(|(index, version)| (steps[*index].as_ref(), version.as_ref())).collect();
            // An error is met again, and reported, when these entries are verified.
            let matching = read_back(&wanted, target).await.unwrap_or_default();
            let matching = written.iter().zip(matching).filter(|(_, found)| *found == ReadAs::Planned);
            matching.map(|((index, _), _)| *index).collect()
        };
        self.requests.push(request.boxed());
    }

    /// The entries that a request verified; `None` if no request is under way.
    pub(crate) async fn next(&mut self) -> Option<Vec<usize>> {
        self.requests.next().await
    }
}

/// Reads written entries back, each at the version that its write returned.
///
/// # Errors
/// An error that would meet every other entry, too. An entry whose read fails otherwise is `Other`.
pub(crate) async fn read_back(written: &[(&Step, Option<&Version>)], target: &Target) -> Result<Vec<ReadAs>> {
    let wanted: Vec<Read> = written
        .iter()
        .filter_map(|(step, version)| {
            Some(Read { name: step.target_name.clone()?, version: version.cloned() })
        })
        .collect();
    let read_rules = &target.source().endpoint().read_rules;
    let outcomes = target.store().read_all(&wanted, &|_| ()).await?;
    let matches = |((step, _), outcome): (&(&Step, _), Result<Option<Stored>>)| match outcome {
        Ok(stored) => Ok(read_as_planned(step, read_rules, stored)),
        Err(error) if error.kind().ends_run() => Err(error),
        Err(_) => Ok(ReadAs::Other),
    };
    written.iter().zip(outcomes).map(matches).collect()
}

/// Whether tasks read the planned value from what is stored, or nothing where an entry is deleted.
pub(crate) fn read_as_planned(step: &Step, read_rules: &ReadRules, stored: Option<Stored>) -> ReadAs {
    let planned = |is_planned| if is_planned { ReadAs::Planned } else { ReadAs::Other };
    let stored = stored.filter(|stored| !matches!(stored.content, Content::Hidden(State::Deleted { .. })));
    let stored = match (stored, &step.decision) {
        (stored, Decision::Delete(_)) => return planned(stored.is_none()),
        (None, _) => return ReadAs::Other,
        (Some(stored), Decision::Restore(restore)) if restore.write.is_none() => {
            return planned(restore.version.is_none() || restore.version == stored.version);
        }
        (Some(stored), _) => stored,
    };
    let Some(write) = step.decision.write() else { return ReadAs::Other };
    if let Some(shown) = &stored.shown {
        return match ShownReading::new(read_rules, &step.id, shown).compare(&write.reading) {
            Visible::Same(hidden) if hidden.is_empty() => ReadAs::Planned,
            Visible::Same(hidden) => ReadAs::Hidden(hidden),
            Visible::Differs(_) | Visible::Unknown => ReadAs::Other,
        };
    }
    match view(read_rules, &step.id, stored.content) {
        View::Readable { reading, .. } if compare(&write.reading, &reading).reads_the_same() => {
            ReadAs::Planned
        }
        _ => ReadAs::Other,
    }
}

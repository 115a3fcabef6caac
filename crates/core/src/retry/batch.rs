//! A batch while it is retried: which items have their outcome, and which are sent again.

use std::borrow::Cow;
use std::time::Duration;

use super::retry_policy::Passing;
use crate::{Error, ErrorKind, Result};

/// A batch while it is retried. Each item is open, failed in the last round, or done.
#[derive(Debug)]
pub(super) struct Batch<'a, I, T> {
    items: &'a [I],
    /// The outcomes, if the first round returned all of them.
    complete: Option<Vec<Result<T>>>,
    /// Empty until a round fails.
    slots: Vec<Slot<T>>,
    /// Whether every round so far failed as a whole.
    whole: bool,
    rounds: u32,
}

#[derive(Debug)]
enum Slot<T> {
    Open,
    Failed(Error),
    Done(Result<T>),
}

/// A retry that is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Again {
    /// The number of items to retry.
    pub(super) items: usize,
    /// The delay before the retry.
    pub(super) delay: Duration,
    /// The kind of error that determined the delay.
    pub(super) kind: ErrorKind,
}

impl<'a, I: Clone, T> Batch<'a, I, T> {
    /// A batch of which nothing has been sent.
    pub(super) fn new(items: &'a [I]) -> Self {
        Self { items, complete: None, slots: Vec::new(), whole: true, rounds: 0 }
    }

    /// The items to send now, in order; `None` when all are done. Only a part of the items is copied.
    pub(super) fn open(&self) -> Option<Cow<'a, [I]>> {
        if self.slots.is_empty() {
            let is_open = self.complete.is_none() && !self.items.is_empty();
            return is_open.then_some(Cow::Borrowed(self.items));
        }
        let open: Vec<_> = (self.items.iter().zip(&self.slots))
            .filter(|(_, slot)| matches!(slot, Slot::Open))
            .map(|(item, _)| item.clone())
            .collect();
        (!open.is_empty()).then_some(Cow::Owned(open))
    }

    /// The number of rounds so far.
    pub(super) fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Takes the answer to the open items: one outcome for each.
    pub(super) fn take(&mut self, answer: Result<Vec<Result<T>>>) {
        self.rounds += 1;
        let answer = match answer {
            Ok(outcomes) if self.slots.is_empty() && outcomes.iter().all(Result::is_ok) => {
                self.complete = Some(outcomes);
                return;
            }
            answer => answer,
        };
        if self.slots.is_empty() {
            self.slots = self.items.iter().map(|_| Slot::Open).collect();
        }
        let open = self.slots.iter_mut().filter(|slot| matches!(slot, Slot::Open));
        match answer {
            Ok(outcomes) => {
                self.whole = false;
                for (slot, outcome) in open.zip(outcomes) {
                    *slot = outcome.map_or_else(Slot::Failed, |value| Slot::Done(Ok(value)));
                }
            }
            Err(error) => open.for_each(|slot| *slot = Slot::Failed(error.clone())),
        }
    }

    /// The items that failed in the last round, with their positions.
    pub(super) fn failed(&self) -> impl Iterator<Item = (usize, &'a I, &Error)> {
        self.items.iter().zip(&self.slots).enumerate().filter_map(|(index, (item, slot))| match slot {
            Slot::Failed(error) => Some((index, item, error)),
            Slot::Open | Slot::Done(_) => None,
        })
    }

    /// Gives an item its final outcome.
    pub(super) fn finish_item(&mut self, index: usize, outcome: Result<T>) {
        self.whole = false;
        self.slots[index] = Slot::Done(outcome);
    }

    /// Replaces the error of an item that failed.
    pub(super) fn fail_with(&mut self, index: usize, error: Error) {
        self.whole = false;
        self.slots[index] = Slot::Failed(error);
    }

    /// Reopens the items with a temporary fault if `grant` returns a delay for them. It gets the longest delay that the
    /// server asked for. For all other items the error is final.
    pub(super) fn judge(
        &mut self,
        mut grant: impl FnMut(Passing, Option<Duration>) -> Option<Duration>,
    ) -> Option<Again> {
        let mut again: Option<Again> = None;
        for passing in Passing::ALL {
            let failed: Vec<_> = (self.failed())
                .filter(|(.., error)| Passing::of(error.kind()) == Some(passing))
                .map(|(index, _, error)| (index, error.kind(), error.retry_after()))
                .collect();
            let Some((_, kind, _)) = failed.first().copied() else { continue };
            let asked = failed.iter().filter_map(|(.., asked)| *asked).max();
            if let Some(delay) = grant(passing, asked) {
                for (index, ..) in &failed {
                    self.slots[*index] = Slot::Open;
                }
                let before = again.take().unwrap_or(Again { items: 0, delay: Duration::ZERO, kind });
                again = Some(Again {
                    items: before.items + failed.len(),
                    delay: before.delay.max(delay),
                    kind: if delay > before.delay { kind } else { before.kind },
                });
            }
        }
        for slot in &mut self.slots {
            if let Slot::Failed(error) = slot {
                *slot = Slot::Done(Err(error.clone()));
            }
        }
        again
    }

    /// The outcomes in order, or one error if every round failed as a whole.
    pub(super) fn finish(self) -> Result<Vec<Result<T>>> {
        if let Some(complete) = self.complete {
            return Ok(complete);
        }
        let whole = self.whole;
        let outcomes = self.slots.into_iter().filter_map(|slot| match slot {
            Slot::Done(outcome) => Some(outcome),
            Slot::Open | Slot::Failed(_) => None,
        });
        if whole { outcomes.map(|outcome| outcome.map(Ok)).collect() } else { Ok(outcomes.collect()) }
    }
}

//! The changes that a plan asks for, in batches.

use std::collections::HashSet;

use airbridge_airflow::masked_part;
use airbridge_core::{Action, Change, Error, ErrorKind, Payload};

use crate::endpoint::Target;
use crate::outcome::StepResult;
use crate::plan::{Decision, Step};

/// Changes, and the steps that they belong to.
pub(crate) struct Work {
    pub(crate) indices: Vec<usize>,
    pub(crate) changes: Vec<Change>,
}

impl Work {
    pub(crate) fn new(steps: &[Box<Step>], payloads: &mut [Option<Payload>], indices: &[usize]) -> Self {
        let (mut kept, mut changes) = (Vec::with_capacity(indices.len()), Vec::with_capacity(indices.len()));
        for index in indices {
            let payload = payloads[*index].take();
            if let Some(change) = change(&steps[*index], payload) {
                kept.push(*index);
                changes.push(change);
            }
        }
        Self { indices: kept, changes }
    }

    /// Adds what the store sees now of the secrets that the changes replace. Without an answer the store looks at each secret
    /// before it writes.
    pub(crate) async fn look(&mut self, target: &Target) {
        if let Ok(looks) = target.store().look_batch(&self.changes).await {
            for (change, look) in self.changes.iter_mut().zip(looks) {
                change.look = look.map(Box::new);
            }
        }
    }

    /// In batches of `size`. A single batch, such as that of a file, is not copied.
    pub(crate) fn batches(mut self, size: usize) -> Vec<Self> {
        let mut batches = Vec::new();
        while self.changes.len() > size {
            let rest = Self { indices: self.indices.split_off(size), changes: self.changes.split_off(size) };
            batches.push(std::mem::replace(&mut self, rest));
        }
        batches.push(self);
        batches
    }

    /// Takes out the changes that would store a mask, and returns their outcomes.
    pub(crate) fn take_masked(&mut self, steps: &[Box<Step>]) -> Vec<(usize, StepResult)> {
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

/// The error for a write that would store a mask. The plan refuses such entries; a plan of other code may not.
fn masked(step: &Step, change: &Change) -> Option<Error> {
    let payload = change.action.payload()?;
    let part = masked_part(Some(payload), &step.decision.write()?.reading)?;
    let message = format!("{part} is a mask such as `***`, not the secret itself");
    Some(Error::write(ErrorKind::InvalidPayload, message, &change.name))
}

/// The change for a step; `None` if its payload was taken already.
fn change(step: &Step, payload: Option<Payload>) -> Option<Change> {
    let action = match &step.decision {
        Decision::Create(_) => Action::Create(payload?),
        Decision::Replace(write) => Action::Replace { payload: payload?, expect: write.expect.clone() },
        Decision::Restore(restore) => {
            Action::Restore { payload: if restore.write.is_some() { Some(payload?) } else { None } }
        }
        Decision::Delete(delete) => Action::Delete { expect: delete.expect.clone() },
        Decision::Keep | Decision::Skip(_) | Decision::Refuse(_) => return None,
    };
    // Some names could be several entries; the label says which one this is.
    let change = Change::new(step.target_name.clone()?, action).with_label(step.id.to_string());
    Some(Change { metadata: step.decision.write().and_then(|write| write.metadata.clone()), ..change })
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Action, Change, SecretName};

    use super::Work;

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
}

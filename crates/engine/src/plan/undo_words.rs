//! What each change of a plan can be undone with.

use super::step::{Decision, UndoWith};
use super::{Existing, Plan};
use crate::endpoint::Source;
use crate::undo::Backup;

impl Plan {
    /// Says for each change what it can be undone with. With a backup, the former payloads move from `existing`, which must
    /// have [kept](crate::Keep::Payloads) them, into the steps.
    pub fn mark_undo(&mut self, target: &Source, existing: &mut Existing, has_backup: bool) {
        let endpoint = target.endpoint();
        let undo = endpoint.store.descriptor().undo;
        for step in self.steps.iter_mut().filter(|step| step.decision.is_change()) {
            let kept = match &step.decision {
                Decision::Replace(write) => undo.former_versions && write.expect.is_some(),
                Decision::Delete(_) => undo.restores,
                _ => true,
            };
            let is_former_lost = matches!(step.decision, Decision::Replace(_) | Decision::Delete(_));
            if has_backup && is_former_lost {
                let name = step.target_name.as_ref();
                step.former = name.and_then(|name| existing.take_payload(&endpoint.layout, name));
            }
            step.undo = Some(match (kept, &step.former) {
                (true, _) => UndoWith::Version,
                (false, Some(_)) => UndoWith::Backup,
                (false, None) => UndoWith::None,
            });
        }
    }

    /// What a backup saves: the former payloads, which leave the plan, and what is written.
    pub fn take_backup(&mut self) -> Backup {
        let mut backup = Backup::default();
        for step in self.steps.iter_mut().filter(|step| step.decision.is_change()) {
            if let Some(former) = step.former.take() {
                backup.former.insert(step.id.clone(), former);
            }
            let written = step.decision.write().and_then(|write| write.payload.clone());
            backup.written.extend(written.map(|payload| (step.id.clone(), payload)));
        }
        backup
    }

    /// How many changes cannot be undone.
    pub fn lasting(&self) -> usize {
        self.steps.iter().filter(|step| step.undo == Some(UndoWith::None)).count()
    }
}

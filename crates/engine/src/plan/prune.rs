//! Deletes what only the target holds.

use std::collections::HashSet;

use airbridge_airflow::{EntryId, Kind};
use airbridge_core::State;

use super::seen::Seen;
use super::step::{Decision, Delete, Step};
use super::{Existing, Plan};
use crate::endpoint::Source;
use crate::inventory::{Found, Inventory};
use crate::policy::{OnConflict, Policy};
use crate::reason::Reason;
use crate::select::Selection;
use crate::snapshot::Item;
use crate::view::View;

/// The source lists nothing of this kind, and the target has entries of it. A wrong region, prefix or permission looks the
/// same, so nothing is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NothingAtSource(pub Kind);

impl Inventory {
    /// The entries of this inventory of a target that `source` lacks, as far as they are certain and selected. An entry that
    /// the source has under any name counts as held, whether or not it can be copied: hidden, excluded or ambiguous. `renamed`
    /// are the ids that rules give.
    ///
    /// # Errors
    /// [`NothingAtSource`] if the source lists nothing of a kind of which there are such entries.
    pub fn lacking(
        &self,
        source: &Inventory,
        renamed: &[EntryId],
        selection: &Selection,
        target: &Source,
    ) -> Result<Vec<Found>, NothingAtSource> {
        let layout = &target.endpoint().layout;
        let ids = source.ids().chain(renamed);
        let held: HashSet<String> = ids
            .flat_map(|id| layout.names_of(id).unwrap_or_default())
            .map(|name| layout.fold(&name))
            .collect();
        let is_lacking = |found: &&Found| {
            // What a glob says of an id that is a guess is a guess, too.
            (!found.guessed || !selection.has_globs())
                && selection.takes(&found.id)
                && !held.contains(&layout.fold(&found.header.name))
        };
        let lacking: Vec<Found> = self.found.iter().filter(is_lacking).cloned().collect();
        let nothing = |found: &&Found| !source.ids().any(|id| id.kind == found.id.kind);
        match lacking.iter().find(nothing) {
            Some(found) => Err(NothingAtSource(found.id.kind)),
            None => Ok(lacking),
        }
    }
}

impl Plan {
    /// Adds a step for each entry that only the target holds: it is deleted, or refused if another service owns it or it is
    /// disabled. With [`OnConflict::Ours`] only what an earlier run wrote is deleted. `existing` is what was read of them.
    pub fn delete(&mut self, lacking: &[Found], existing: &Existing, target: &Source, policy: &Policy) {
        let layout = &target.endpoint().layout;
        for Found { id, header, .. } in lacking {
            let Some(there) = existing.get(layout, &header.name) else { continue };
            let mut step = Step::new(id.clone(), there.name.clone());
            step.target_name = Some(there.name.clone());
            step.seen = policy.marker.as_ref().map(|marker| Box::new(Seen::of(marker, None, Some(there))));
            match judge(there, policy) {
                Verdict::Delete => {
                    step.decision = Decision::Delete(Box::new(Delete { expect: there.version.clone() }));
                }
                Verdict::Leave => continue,
                Verdict::Refuse(reason, message) => step.refuse(reason, message),
            }
            self.steps.push(Box::new(step));
        }
        let deleted = self.summary().delete;
        self.only_in_target = self.only_in_target.saturating_sub(deleted);
        self.sort();
    }
}

/// What happens to an entry that only the target has.
enum Verdict {
    Delete,
    Leave,
    Refuse(Reason, String),
}

fn judge(there: &Item, policy: &Policy) -> Verdict {
    match (&there.view, &there.owner) {
        (View::Gone | View::Hidden(State::Deleted { .. }), _) => return Verdict::Leave,
        (View::Hidden(State::Disabled), _) => {
            return Verdict::Refuse("disabled", format!("{} is disabled at the target", there.name));
        }
        (View::Failed(error), _) => {
            return Verdict::Refuse("unreadable", format!("at the target: {}", error.message()));
        }
        (_, Some(owner)) => return Verdict::Refuse("owned", format!("{} belongs to {owner}", there.name)),
        (_, None) => {}
    }
    let OnConflict::Ours(written) = &policy.on_conflict else { return Verdict::Delete };
    match written.get(&there.name) {
        None => Verdict::Leave,
        Some(version) if there.version.as_ref() == Some(version) => Verdict::Delete,
        Some(_) => {
            let message = "only the target has it, and it was changed after airbridge wrote it";
            Verdict::Refuse("conflict", message.to_owned())
        }
    }
}

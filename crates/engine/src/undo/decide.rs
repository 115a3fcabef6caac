//! The decision for each change of an earlier run.

use airbridge_airflow::{Comparison, Reading, Visible, compare};
use airbridge_core::{Content, Payload, State, Version};

use super::{Backup, Past, PastAction, PastChange};
use crate::endpoint::{Endpoint, Source};
use crate::plan::{Changes, Decision, Delete, Plan, Restore, Step, Write, is_recreated};
use crate::reason::Flag;
use crate::snapshot::Item;
use crate::view::{View, view};

/// Plans the way back. `past` is what was [read](super::read_past) for these changes, and `backup` what the backup of the run
/// holds, if there is one. Pure.
pub fn undo(target: &Source, changes: &[PastChange], past: &Past, backup: &Backup) -> Plan {
    let endpoint = target.endpoint();
    let steps = changes.iter().zip(past.now.iter().zip(&past.former)).map(|(change, (now, former))| {
        let mut step = Step::new(change.id.clone(), change.name.clone());
        step.target_name = Some(change.name.clone());
        decide(endpoint, &mut step, change, now, former.as_ref(), backup);
        Box::new(step)
    });
    Plan::of(steps.collect())
}

fn decide(
    endpoint: &Endpoint,
    step: &mut Step,
    change: &PastChange,
    now: &Item,
    former: Option<&Item>,
    backup: &Backup,
) {
    let is_absent = matches!(now.view, View::Gone | View::Hidden(State::Deleted { .. }));
    // Numbers start again after a deletion, so one that came back shows a new secret.
    let is_number = |version: &Version| version.as_str().bytes().all(|byte| byte.is_ascii_digit());
    let may_be_new = change.is_certain && change.before.as_ref().is_some_and(is_number);
    let is_as_before = change.before.is_some() && now.version == change.before && !may_be_new;
    if let View::Failed(error) = &now.view {
        step.refuse("unreadable", format!("at the target: {}", error.message()));
        return;
    }
    let former = Former::of(endpoint, change, former, backup);
    match change.action {
        PastAction::Create | PastAction::Restore if is_absent => {}
        PastAction::Create | PastAction::Restore => {
            if is_unchanged(endpoint, step, change, now, backup) {
                step.decision = Decision::Delete(Box::new(Delete { expect: now.version.clone() }));
            }
        }
        PastAction::Replace if is_absent => {
            step.refuse("changed-since", format!("{} was deleted after the run", change.name));
        }
        PastAction::Replace if is_as_before => {}
        PastAction::Replace => {
            if former.as_ref().is_ok_and(|former| former.is_held_by(now)) {
                return;
            }
            if is_unchanged(endpoint, step, change, now, backup) {
                match former {
                    Ok(former) => replace(endpoint, step, now, former),
                    Err(message) => {
                        step.flags.remove(&Flag::Unchecked);
                        step.refuse("no-former-value", message);
                    }
                }
            }
        }
        PastAction::Delete if is_absent && endpoint.store.descriptor().undo.restores => {
            let restore = Restore { write: None, version: change.before.clone() };
            step.decision = Decision::Restore(Box::new(restore));
        }
        PastAction::Delete if is_absent => match former {
            Ok(former) => step.decision = Decision::Create(Box::new(former.into_write(None))),
            Err(message) => step.refuse("no-former-value", message),
        },
        PastAction::Delete => {
            if !is_as_before && !former.is_ok_and(|former| former.is_held_by(now)) {
                step.refuse("changed-since", format!("{} was created again after the run", change.name));
            }
        }
    }
}

fn replace(endpoint: &Endpoint, step: &mut Step, now: &Item, former: Former) {
    if let View::Readable { reading, .. } = &now.view
        && let Comparison::Differs(fields) = compare(&former.reading, reading)
    {
        step.changes = Some(Box::new(Changes::between(reading, &former.reading, &fields)));
        step.fields = fields;
    }
    if is_recreated(endpoint, now, &former.payload) {
        step.flags.insert(Flag::Recreated);
    }
    step.decision = Decision::Replace(Box::new(former.into_write(now.version.clone())));
}

/// What a secret held before the run.
struct Former {
    payload: Payload,
    reading: Reading,
}

impl Former {
    /// The former value from the service's own version, else from the backup; else why there is none.
    fn of(
        endpoint: &Endpoint,
        change: &PastChange,
        kept: Option<&Item>,
        backup: &Backup,
    ) -> Result<Self, String> {
        if let Some(View::Readable { payload: Some(payload), reading, .. }) = kept.map(|item| &item.view) {
            return Ok(Self { payload: payload.clone(), reading: reading.clone() });
        }
        if let Some(payload) = backup.former.get(&change.id) {
            let reading = reading(endpoint, change, payload);
            let reading = reading.ok_or("the value in the backup cannot be read".to_owned())?;
            return Ok(Self { payload: payload.clone(), reading });
        }
        Err(match (kept.map(|item| &item.view), &change.before) {
            (Some(View::Failed(error)), _) => format!("its former version: {}", error.message()),
            (Some(_), Some(version)) => format!("the target no longer keeps version {}", version.as_str()),
            _ if change.action == PastAction::Delete => {
                "the target does not keep what is deleted, and no backup has it".to_owned()
            }
            _ => "the target keeps no former values, and no backup has it".to_owned(),
        })
    }

    fn is_held_by(&self, now: &Item) -> bool {
        is_read_from(&self.reading, now)
    }

    fn into_write(self, expect: Option<Version>) -> Write {
        Write { payload: Some(self.payload), verbatim: true, expect, reading: self.reading, metadata: None }
    }
}

fn reading(endpoint: &Endpoint, change: &PastChange, payload: &Payload) -> Option<Reading> {
    match view(&endpoint.read_rules, &change.id, Content::Payload(payload.clone())) {
        View::Readable { reading, .. } => Some(reading),
        _ => None,
    }
}

/// Whether tasks read `wanted` from the secret as it is, as far as it is shown.
fn is_read_from(wanted: &Reading, now: &Item) -> bool {
    match (&now.view, &now.shown) {
        (View::Readable { reading, .. }, _) => compare(wanted, reading).reads_the_same(),
        (_, Some(shown)) => matches!(shown.compare(wanted), Visible::Same(_)),
        _ => false,
    }
}

/// Whether the target still has what the run wrote. If not, the step is refused. If nothing shows it, the step says so.
fn is_unchanged(
    endpoint: &Endpoint,
    step: &mut Step,
    change: &PastChange,
    now: &Item,
    backup: &Backup,
) -> bool {
    let since = match (&now.version, &change.after) {
        (Some(now), Some(after)) if now == after => Since::Same,
        // Another version, or none: a secret that was disabled after the run, say, has no value.
        (_, Some(_)) => Since::Changed,
        (Some(now), None) => after_lost_answer(change, now),
        (None, None) => {
            match backup.written.get(&change.id).map(|written| reading(endpoint, change, written)) {
                Some(Some(written)) if is_read_from(&written, now) => Since::Same,
                Some(_) => Since::Changed,
                None => Since::Unknown,
            }
        }
    };
    match since {
        Since::Same => true,
        Since::Unknown => {
            step.flags.insert(Flag::Unchecked);
            true
        }
        Since::Changed => {
            step.refuse("changed-since", format!("{} was changed after the run", change.name));
            false
        }
    }
}

enum Since {
    /// The target has what the run wrote.
    Same,
    /// Someone changed it.
    Changed,
    /// Nothing shows that.
    Unknown,
}

/// What the version shows if no answer to the change came: the token of the change, or the next number.
fn after_lost_answer(change: &PastChange, now: &Version) -> Since {
    let number = |version: &Version| version.as_str().parse::<u64>().ok();
    let is_token = |version: &Version| {
        change.token.as_ref().is_some_and(|token| token.as_str().len() == version.as_str().len())
    };
    match (number(now), change.before.as_ref().map(number)) {
        _ if change.token.as_ref() == Some(now) => Since::Same,
        (Some(now), Some(Some(before))) if before.checked_add(1) == Some(now) => Since::Unknown,
        (Some(1), None) => Since::Unknown,
        (Some(_), _) => Since::Changed,
        // Where versions look like tokens, they are tokens.
        (None, _) if is_token(now) => Since::Changed,
        (None, _) => Since::Unknown,
    }
}

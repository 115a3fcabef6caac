//! The decision for one entry.

use std::collections::BTreeSet;

use airbridge_airflow::{
    CannotEncode, Comparison, EntryId, Field, Parsed, Part, Reading, Request, Visible, compare, encode_for,
    masked_part,
};
use airbridge_core::{Payload, SecretName, State};

use super::changes::Changes;
use super::seen::Seen;
use super::step::{Decision, Step};
use crate::endpoint::Endpoint;
use crate::policy::{OnConflict, Policy};
use crate::reason::{Flag, Reason};
use crate::snapshot::{Existing, Item, Snapshot};
use crate::view::View;

/// The names that the wanted entries would have at the target.
pub(super) struct Names {
    /// The folded name and the source of each, sorted.
    taken: Vec<(String, EntryId)>,
    /// If source and target are one place: the names of entries that keep theirs.
    kept: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(source: &Endpoint, target: &Endpoint, wanted: &Snapshot) -> Self {
        let mut names = Self { taken: Vec::with_capacity(wanted.items.len()), kept: BTreeSet::new() };
        let one_place = source.place() == target.place();
        for item in wanted.items.iter().filter(|item| !item.reads_as_missing()) {
            if let Ok(name) = target.layout.name_of(&item.id) {
                let name = target.layout.fold(&name);
                if one_place && name == target.layout.fold(&item.name) {
                    names.kept.insert(name);
                } else {
                    names.taken.push((name, item.source_id().clone()));
                }
            }
        }
        names.taken.sort_unstable();
        names
    }

    /// The other entries of the source that would have the name of `item`.
    fn others(&self, target: &Endpoint, item: &Item, name: &SecretName) -> Vec<String> {
        let name = target.layout.fold(name);
        if self.kept.contains(&name) && name == target.layout.fold(&item.name) {
            return Vec::new();
        }
        let start = self.taken.partition_point(|(taken, _)| *taken < name);
        let same = self.taken[start..].iter().take_while(|(taken, _)| *taken == name);
        same.filter(|(_, other)| other != item.source_id()).map(|(_, other)| other.to_string()).collect()
    }
}

pub(super) fn decide(
    source: &Endpoint,
    target: &Endpoint,
    item: &Item,
    names: &Names,
    existing: &Existing,
    policy: &Policy,
) -> Step {
    let mut step = Step::new(item.id.clone(), item.name.clone());
    let see = |there| policy.marker.as_ref().map(|marker| Box::new(Seen::of(marker, Some(item), there)));
    step.seen = see(None);
    step.ruled.clone_from(&item.ruled);
    step.note(target, item);
    let names_tried = match target.layout.names_of(&item.id) {
        Ok(names) => names,
        Err(error) => {
            step.refuse(error.reason, error.message);
            return step;
        }
    };
    // The secret that Airflow finds is replaced. A new entry gets the name that Airflow asks for first.
    let there = names_tried.iter().find_map(|name| existing.get(&target.layout, name));
    step.seen = see(there);
    // A listing may show a secret that no longer exists, or one without any version yet.
    let there = there.filter(|there| !matches!(there.view, View::Gone));
    let Some(name) = there.map(|there| &there.name).or(names_tried.first()).cloned() else {
        step.refuse("id-not-reachable", format!("Airflow would not ask the target for {}", item.id));
        return step;
    };
    step.target_name = Some(name.clone());
    let (payload, reading) = match readable(item) {
        Ok(found) => found,
        Err(NotCopied { skip, reason, message }) => {
            step.decision = if skip { Decision::Skip(reason) } else { Decision::Refuse(reason) };
            step.message = message;
            return step;
        }
    };
    if let Some(part) = masked_part(payload, reading) {
        step.refuse("masked", format!("{part} is a mask such as `***`, not the secret itself"));
        return step;
    }
    step.note_reading(payload, reading);
    let others = names.others(target, item, &name);
    if !others.is_empty() {
        step.refuse("collision", format!("{} would get the same name, {name}", others.join(", ")));
        return step;
    }
    let restores = policy.restore_deleted && target.store.descriptor().undo.restores;
    match there.map(|there| against(there, reading)) {
        Some(AtTarget::Same { spelling }) => {
            step.decision = Decision::Keep;
            step.fields.clone_from(&spelling);
            if !spelling.is_empty() {
                step.flags.insert(Flag::Spelling);
            }
            return step;
        }
        Some(AtTarget::Refused("name-reserved", _)) if restores => {}
        Some(AtTarget::Refused(reason, message)) => {
            step.refuse(reason, message);
            return step;
        }
        Some(AtTarget::Other { fields, message }) => {
            if let Some(View::Readable { reading: before, .. }) = there.map(|there| &there.view) {
                step.changes = Some(Box::new(Changes::between(before, reading, &fields)));
            }
            step.fields = fields;
            let of_the_source = names.kept.contains(&target.layout.fold(&name))
                || item.ruled.is_some() && is_of_the_source(source, target, &name);
            if !is_replaced(&mut step, &name, there, message, of_the_source, policy) {
                return step;
            }
        }
        None => {}
    }
    let fits = |payload: &Payload| target.store.check(&name, payload);
    let request = Request {
        kind: item.id.kind,
        payload,
        reading,
        to: &target.read_rules,
        spelling: policy.spelling,
        fits: &fits,
    };
    match encode_for(&request) {
        Ok(encoded) => {
            let kept = target.store.supported_metadata(&name, item.metadata(), there.map(Item::metadata));
            step.write(target, encoded, reading.clone(), kept, there, policy);
        }
        Err(CannotEncode { reason, message }) => step.refuse(reason, message),
    }
    step
}

/// Whether an entry with a different value at the target is replaced; if not, the step says why.
fn is_replaced(
    step: &mut Step,
    name: &SecretName,
    there: Option<&Item>,
    message: String,
    of_the_source: bool,
    policy: &Policy,
) -> bool {
    match &policy.on_conflict {
        OnConflict::Skip => {
            step.decision = Decision::Skip("exists");
            step.message = message;
            return false;
        }
        _ if of_the_source => {
            let message =
                format!("{name} belongs to an entry of the source, and the source is never written");
            step.refuse("source-entry", message);
            return false;
        }
        OnConflict::Fail => {
            step.refuse("conflict", message);
            return false;
        }
        OnConflict::Ours(written) => {
            let now = there.and_then(|there| there.version.as_ref());
            if now.is_none() || now != written.get(name) {
                let why = if written.contains_key(name) {
                    "it was changed after airbridge wrote it"
                } else {
                    "no recorded run of airbridge wrote it"
                };
                step.refuse("conflict", format!("{message}, and {why}"));
                return false;
            }
        }
        // Nothing that shows differs: the plan says why it is written all the same.
        OnConflict::Overwrite
            if there.is_some_and(|there| there.shown.is_some()) && step.fields.is_empty() =>
        {
            step.flags.insert(Flag::Note);
            step.remark(&message);
        }
        OnConflict::Overwrite => {}
    }
    true
}

/// Whether source and target are one place and the source uses this name, too.
fn is_of_the_source(source: &Endpoint, target: &Endpoint, name: &SecretName) -> bool {
    source.place() == target.place() && source.layout.parse(name) != Parsed::Foreign
}

/// The payload and what tasks read from it, or why the entry is not copied.
fn readable(item: &Item) -> Result<(Option<&Payload>, &Reading), NotCopied> {
    let refuse = |reason, message: String| Err(NotCopied { skip: false, reason, message });
    let skip = |reason, message: String| Err(NotCopied { skip: true, reason, message });
    match &item.view {
        View::Readable { reading: Reading::Missing, .. } => {
            skip("missing", "Airflow reads it as missing".to_owned())
        }
        View::Readable { reading: Reading::Unreadable(error), .. } => {
            refuse("unreadable", format!("Airflow cannot read it: {error}"))
        }
        View::Readable { payload, reading, .. } => Ok((payload.as_ref(), reading)),
        View::Rejection(message) => refuse("rule-unfit", message.clone()),
        View::Gone => skip("missing", "it was listed, but no longer exists".to_owned()),
        View::Failed(error) => {
            let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            refuse("unreadable", format!("{}{hint}", error.message()))
        }
        View::Hidden(state) => match state {
            State::NoValue => skip("no-value", "the secret has no value".to_owned()),
            State::Binary => skip("binary", "the secret holds bytes, not text".to_owned()),
            State::Deleted { until } => {
                let when = until
                    .as_deref()
                    .map(|until| format!("; it is removed for good {until}"))
                    .unwrap_or_default();
                skip("deleted", format!("the secret is deleted{when}"))
            }
            State::Disabled => refuse("disabled", "the secret is disabled at the source".to_owned()),
            State::Masked { message } => refuse("masked", message.clone()),
            State::Damaged { message } => refuse("unreadable", message.clone()),
            State::Live => refuse("unreadable", "the source returned no value".to_owned()),
        },
    }
}

/// Why an entry of the source is not copied.
struct NotCopied {
    /// Whether Airflow itself reads it as missing; otherwise it is refused.
    skip: bool,
    reason: Reason,
    message: String,
}

/// What the target has under the name of an entry.
enum AtTarget {
    /// The same value; these fields are spelled differently.
    Same { spelling: Vec<Field> },
    /// A different value.
    Other { fields: Vec<Field>, message: String },
    /// A secret that cannot be overwritten.
    Refused(Reason, String),
}

fn against(there: &Item, wanted: &Reading) -> AtTarget {
    if let Some(owner) = &there.owner {
        return AtTarget::Refused("owned", format!("{} belongs to {owner}", there.name));
    }
    let differs = |fields: Vec<Field>| {
        let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
        let part = if names.is_empty() { "value".to_owned() } else { names.join(", ") };
        AtTarget::Other { fields, message: format!("different {part} at the target") }
    };
    let other = |message: &str| AtTarget::Other { fields: Vec::new(), message: message.to_owned() };
    match &there.view {
        View::Readable { reading, .. } => match compare(wanted, reading) {
            Comparison::Same => AtTarget::Same { spelling: Vec::new() },
            Comparison::Spelling(spelling) => AtTarget::Same { spelling },
            Comparison::Differs(fields) => differs(fields),
            Comparison::Unknown => other("the target has a value that Airflow cannot read"),
        },
        View::Hidden(State::Deleted { until }) => {
            let when = until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
            AtTarget::Refused(
                "name-reserved",
                format!("a deleted secret still uses the name {}{when}", there.name),
            )
        }
        View::Hidden(State::Disabled) => {
            AtTarget::Refused("disabled", format!("{} is disabled at the target", there.name))
        }
        View::Hidden(State::Masked { .. }) => match there.shown.as_ref().map(|shown| shown.compare(wanted)) {
            Some(Visible::Differs(fields)) => differs(fields),
            Some(Visible::Same(hidden)) if !hidden.is_empty() => {
                let hidden: Vec<_> = hidden.iter().map(Part::to_string).collect();
                other(&format!(
                    "what the target shows of it is the same, but it hides its {}",
                    hidden.join(" and its ")
                ))
            }
            _ => other("the target shows a mask instead of its value"),
        },
        View::Hidden(_) | View::Gone => other("the target has a secret of this name without a value"),
        View::Failed(error) => AtTarget::Refused("unreadable", format!("at the target: {}", error.message())),
        View::Rejection(message) => AtTarget::Refused("rule-unfit", message.clone()),
    }
}

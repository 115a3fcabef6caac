//! What happens to one entry.

use std::collections::BTreeMap;

use airbridge_airflow::{CannotCarry, Comparison, EntryId, Field, Reading, Request, carry, compare};
use airbridge_core::{Payload, SecretName, State};

use super::{Decision, Step};
use crate::{Endpoint, Existing, Flag, Item, OnConflict, Policy, Reason, Snapshot, View};

/// Which entries would have which name at the target.
pub(super) struct Names(BTreeMap<String, Vec<EntryId>>);

impl Names {
    pub(super) fn of(target: &Endpoint, wanted: &Snapshot) -> Self {
        let mut names: BTreeMap<String, Vec<EntryId>> = BTreeMap::new();
        for item in &wanted.items {
            if let Ok(name) = target.layout.name_of(&item.id) {
                names.entry(target.layout.fold(&name)).or_default().push(item.id.clone());
            }
        }
        Self(names)
    }

    /// The other entries that would have the name of `id`.
    fn others(&self, target: &Endpoint, id: &EntryId, name: &SecretName) -> Vec<String> {
        let ids = self.0.get(&target.layout.fold(name));
        ids.into_iter().flatten().filter(|other| *other != id).map(EntryId::to_string).collect()
    }
}

pub(super) fn decide(
    target: &Endpoint,
    item: &Item,
    names: &Names,
    existing: &Existing,
    policy: &Policy,
) -> Step {
    let mut step = Step::new(item.id.clone(), item.name.clone());
    step.note(target, item);
    let names_tried = match target.layout.names_of(&item.id) {
        Ok(names) => names,
        Err(error) => {
            step.refuse(error.reason, error.message);
            return step;
        }
    };
    // What Airflow would find is what is replaced; a new entry goes where Airflow looks first.
    let there = names_tried.iter().find_map(|name| existing.get(&target.layout, name));
    // A listing may still show what is gone already, or a container that nothing was put into yet.
    let there = there.filter(|there| !matches!(there.view, View::Gone));
    let Some(name) = there.map(|there| &there.name).or(names_tried.first()).cloned() else {
        step.refuse(
            "id-not-reachable",
            format!("Airflow asks for no name there that {} could have", item.id),
        );
        return step;
    };
    step.target_name = Some(name.clone());
    let (payload, reading) = match readable(item) {
        Ok(found) => found,
        Err(LeftAlone { skip, reason, message }) => {
            step.decision = if skip { Decision::Skip(reason) } else { Decision::Refuse(reason) };
            step.message = message;
            return step;
        }
    };
    let others = names.others(target, &item.id, &name);
    if !others.is_empty() {
        step.refuse("collision", format!("{} would have the name {name} as well", others.join(", ")));
        return step;
    }
    match there.map(|there| against(there, reading)) {
        Some(Standing::Same { spelling }) => {
            step.decision = Decision::Keep;
            step.fields.clone_from(&spelling);
            if !spelling.is_empty() {
                step.flags.insert(Flag::Spelling);
            }
            return step;
        }
        Some(Standing::Refused(reason, message)) => {
            step.refuse(reason, message);
            return step;
        }
        Some(Standing::Other { fields, message }) => {
            step.fields = fields;
            match policy.on_conflict {
                OnConflict::Fail => {
                    step.refuse("conflict", message);
                    return step;
                }
                OnConflict::Skip => {
                    step.decision = Decision::Skip("exists");
                    step.message = message;
                    return step;
                }
                OnConflict::Overwrite => {}
            }
        }
        None => {}
    }
    let fits = |payload: &Payload| target.store.check(&name, payload);
    let request = Request {
        kind: item.id.kind,
        payload,
        reading,
        to: &target.side,
        spelling: policy.spelling,
        fits: &fits,
    };
    match carry(&request) {
        Ok(carried) => {
            let kept = target.store.keep(&name, &item.metadata, there.map(|there| &there.metadata));
            step.write(carried, reading.clone(), kept, there, policy);
        }
        Err(CannotCarry { reason, message }) => step.refuse(reason, message),
    }
    step
}

/// The payload and what tasks read from it; or why the entry is left alone.
fn readable(item: &Item) -> Result<(&Payload, &Reading), LeftAlone> {
    let refuse = |reason, message: String| Err(LeftAlone { skip: false, reason, message });
    let skip = |reason, message: String| Err(LeftAlone { skip: true, reason, message });
    match &item.view {
        View::Readable { reading: Reading::Missing, .. } => {
            skip("missing", "Airflow reads it as missing".to_owned())
        }
        View::Readable { reading: Reading::Unreadable(error), .. } => {
            refuse("unreadable", format!("Airflow cannot read it: {error}"))
        }
        View::Readable { payload, reading, .. } => Ok((payload, reading)),
        View::Gone => skip("missing", "it was listed, but is gone".to_owned()),
        View::Failed(error) => {
            let way_out = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            refuse("unreadable", format!("{}{way_out}", error.message()))
        }
        View::Hidden(state) => match state {
            State::NoValue => skip("no-value", "the secret has no value".to_owned()),
            State::Binary => skip("binary", "the secret holds bytes, not text".to_owned()),
            State::Deleted { until } => {
                let when =
                    until.as_deref().map(|until| format!(" and goes for good {until}")).unwrap_or_default();
                skip("deleted", format!("the secret is deleted{when}"))
            }
            State::Disabled => refuse("disabled", "the secret is switched off at the source".to_owned()),
            State::Masked { message } => refuse("masked", message.clone()),
            State::Damaged { message } => refuse("unreadable", message.clone()),
            State::Live => refuse("unreadable", "the source showed no value".to_owned()),
        },
    }
}

/// Why an entry of the source is not carried.
struct LeftAlone {
    /// Whether Airflow itself reads it as missing; otherwise it is refused.
    skip: bool,
    reason: Reason,
    message: String,
}

/// What stands at the target under an entry's name.
enum Standing {
    /// The same meaning; these fields in another spelling.
    Same { spelling: Vec<Field> },
    /// Another meaning.
    Other { fields: Vec<Field>, message: String },
    /// Something that cannot be written over.
    Refused(Reason, String),
}

fn against(there: &Item, wanted: &Reading) -> Standing {
    if let Some(owner) = &there.owner {
        return Standing::Refused("owned", format!("{} belongs to {owner}", there.name));
    }
    let other = |message: &str| Standing::Other { fields: Vec::new(), message: message.to_owned() };
    match &there.view {
        View::Readable { reading, .. } => match compare(wanted, reading) {
            Comparison::Same => Standing::Same { spelling: Vec::new() },
            Comparison::Spelling(spelling) => Standing::Same { spelling },
            Comparison::Differs(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
                let part = if names.is_empty() { "value".to_owned() } else { names.join(", ") };
                Standing::Other { fields, message: format!("the target's has another {part}") }
            }
            Comparison::Unknown => other("the target has one that Airflow cannot read"),
        },
        View::Hidden(State::Deleted { until }) => {
            let when = until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
            Standing::Refused(
                "name-reserved",
                format!("a deleted secret holds the name {}{when}", there.name),
            )
        }
        View::Hidden(State::Disabled) => {
            Standing::Refused("disabled", format!("{} is switched off at the target", there.name))
        }
        View::Hidden(_) | View::Gone => other("the target has a secret of this name without a text"),
        View::Failed(error) => Standing::Refused("unreadable", format!("at the target: {}", error.message())),
    }
}

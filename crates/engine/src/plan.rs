//! The decision: pure, sorted, the same for the same inputs.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{
    CannotCarry, Carried, Comparison, EntryId, Field, Loss, Reading, Request, carry, compare,
};
use airbridge_core::{Payload, SecretName, State, Version};

use crate::{Endpoint, Flag, Item, Losses, OnConflict, Policy, Reason, Snapshot, View};

/// What a copy would do, entry by entry, in the order of kind and id.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each entry of the source that was selected, and for each name nobody can settle.
    pub steps: Vec<Step>,
}

/// What happens to one entry, and why.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which.
    pub id: EntryId,
    /// Its name at the source.
    pub source_name: SecretName,
    /// Its name at the target, if it can have one.
    pub target_name: Option<SecretName>,
    /// What happens.
    pub decision: Decision,
    /// One sentence for the user; empty where the decision says it all. Never a value.
    pub message: String,
    /// What the target cannot express.
    pub losses: Vec<Loss>,
    /// What is worth knowing.
    pub flags: BTreeSet<Flag>,
    /// The fields in which source and target differ, where both were read.
    pub fields: Vec<Field>,
}

/// What happens to one entry.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It is made.
    Create(Write),
    /// The target's is replaced.
    Replace(Write),
    /// The target means the same already.
    Keep,
    /// It is left alone, as Airflow's reading or the user's word has it.
    Skip(Reason),
    /// It cannot be carried.
    Refuse(Reason),
}

/// What will be written, and what must be read back.
#[derive(Clone, Debug)]
pub struct Write {
    /// What to write.
    pub payload: Payload,
    /// Whether it is the source's payload byte for byte.
    pub verbatim: bool,
    /// The version that the target's secret has now.
    pub expect: Option<Version>,
    /// What tasks must read from it.
    pub reading: Reading,
}

impl Decision {
    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Replace(_) => "replace",
            Self::Keep => "keep",
            Self::Skip(_) => "skip",
            Self::Refuse(_) => "refuse",
        }
    }

    /// What is written, if anything is.
    pub fn write(&self) -> Option<&Write> {
        match self {
            Self::Create(write) | Self::Replace(write) => Some(write),
            _ => None,
        }
    }

    /// Why nothing is written, if it is a matter of reason.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Skip(reason) | Self::Refuse(reason) => Some(reason),
            _ => None,
        }
    }
}

/// How many entries a plan has of each decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Made.
    pub create: usize,
    /// Replaced.
    pub replace: usize,
    /// The same already.
    pub keep: usize,
    /// Left alone.
    pub skip: usize,
    /// Refused.
    pub refuse: usize,
}

impl Plan {
    /// How many of each.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for step in &self.steps {
            *match step.decision {
                Decision::Create(_) => &mut summary.create,
                Decision::Replace(_) => &mut summary.replace,
                Decision::Keep => &mut summary.keep,
                Decision::Skip(_) => &mut summary.skip,
                Decision::Refuse(_) => &mut summary.refuse,
            } += 1;
        }
        summary
    }

    /// Whether anything would be written.
    pub fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.decision.write().is_some())
    }

    /// The losses of the entries that would be written, sorted.
    pub fn losses(&self) -> BTreeSet<Loss> {
        let written = self.steps.iter().filter(|step| step.decision.write().is_some());
        written.flat_map(|step| step.losses.iter().copied()).collect()
    }
}

/// Both endpoints are one place with one set of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamePlace(pub String);

/// Decides. No I/O, no clock, no chance.
///
/// `existing` is what the target holds under the names of the source's entries.
pub fn plan(
    source: &Endpoint,
    target: &Endpoint,
    wanted: &Snapshot,
    existing: &BTreeMap<SecretName, Item>,
    policy: &Policy,
) -> Result<Plan, SamePlace> {
    let names = Names::of(target, wanted);
    if source.place() == target.place() {
        let same = |item: &Item| target.layout.name_of(&item.id).is_ok_and(|name| name == item.name);
        if !wanted.items.is_empty() && wanted.items.iter().all(same) {
            return Err(SamePlace(source.place().to_owned()));
        }
    }
    let mut steps: Vec<Step> =
        wanted.items.iter().map(|item| decide(target, item, &names, existing, policy)).collect();
    steps.extend(wanted.ambiguous.iter().filter_map(|name| {
        let candidates: Vec<_> = name.candidates.iter().map(EntryId::to_string).collect();
        let message = format!("{} could be {}", name.header.name, candidates.join(" or "));
        let mut step = Step::new(name.candidates.first()?.clone(), name.header.name.clone());
        step.refuse("ambiguous", message);
        Some(step)
    }));
    steps.sort_by(|a, b| (&a.id, &a.source_name).cmp(&(&b.id, &b.source_name)));
    Ok(Plan { steps })
}

/// Which entries would have which name at the target.
struct Names(BTreeMap<String, Vec<EntryId>>);

impl Names {
    fn of(target: &Endpoint, wanted: &Snapshot) -> Self {
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

fn decide(
    target: &Endpoint,
    item: &Item,
    names: &Names,
    existing: &BTreeMap<SecretName, Item>,
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
    let there = names_tried.iter().find_map(|name| existing.get(name));
    let Some(name) = there.map(|there| &there.name).or(names_tried.first()).cloned() else {
        step.refuse("id-not-reachable", format!("Airflow asks for no name there that {} could have", item.id));
        return step;
    };
    step.target_name = Some(name.clone());
    let (payload, reading) = match readable(item) {
        Ok(found) => found,
        Err((decision, message)) => {
            step.decision = decision;
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
        Some(Existing::Same { spelling }) => {
            step.decision = Decision::Keep;
            step.fields.clone_from(&spelling);
            if !spelling.is_empty() {
                step.flags.insert(Flag::Spelling);
            }
            return step;
        }
        Some(Existing::Refused(reason, message)) => {
            step.refuse(reason, message);
            return step;
        }
        Some(Existing::Other { fields, message }) => {
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
    let request =
        Request { kind: item.id.kind, payload, reading, to: &target.side, spelling: policy.spelling, fits: &fits };
    match carry(&request) {
        Ok(carried) => step.write(carried, reading.clone(), there, policy),
        Err(CannotCarry { reason, message }) => step.refuse(reason, message),
    }
    step
}

/// The payload and what tasks read from it; or what to do with an entry that has neither.
fn readable(item: &Item) -> Result<(&Payload, &Reading), (Decision, String)> {
    let refuse = |reason, message: String| Err((Decision::Refuse(reason), message));
    let skip = |reason, message: &str| Err((Decision::Skip(reason), message.to_owned()));
    match &item.view {
        View::Readable { reading: Reading::Missing, .. } => skip("missing", "Airflow reads it as missing"),
        View::Readable { reading: Reading::Unreadable(error), .. } => {
            refuse("unreadable", format!("Airflow cannot read it: {error}"))
        }
        View::Readable { payload, reading, .. } => Ok((payload, reading)),
        View::Gone => skip("missing", "it was listed, but is gone"),
        View::Failed(error) => {
            let way_out = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            refuse("unreadable", format!("{}{way_out}", error.message()))
        }
        View::Hidden(state) => match state {
            State::NoValue => skip("no-value", "the secret has no value"),
            State::Binary => skip("binary", "the secret holds bytes, not text"),
            State::Deleted { until } => {
                let when = until.as_deref().map(|until| format!(" and goes for good {until}")).unwrap_or_default();
                Err((Decision::Skip("deleted"), format!("the secret is deleted{when}")))
            }
            State::Disabled => refuse("disabled", "the secret is switched off at the source".to_owned()),
            State::Masked { message } => refuse("masked", message.clone()),
            State::Damaged { message } => refuse("unreadable", message.clone()),
            State::Live => refuse("unreadable", "the source showed no value".to_owned()),
        },
    }
}

/// What stands at the target under an entry's name.
enum Existing {
    /// The same meaning; these fields in another spelling.
    Same { spelling: Vec<Field> },
    /// Another meaning.
    Other { fields: Vec<Field>, message: String },
    /// Something that cannot be written over.
    Refused(Reason, String),
}

fn against(there: &Item, wanted: &Reading) -> Existing {
    if let Some(owner) = &there.owner {
        return Existing::Refused("owned", format!("{} belongs to {owner}", there.name));
    }
    let other = |message: &str| Existing::Other { fields: Vec::new(), message: message.to_owned() };
    match &there.view {
        View::Readable { reading, .. } => match compare(wanted, reading) {
            Comparison::Same => Existing::Same { spelling: Vec::new() },
            Comparison::Spelling(spelling) => Existing::Same { spelling },
            Comparison::Differs(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
                let part = if names.is_empty() { "value".to_owned() } else { names.join(", ") };
                Existing::Other { fields, message: format!("the target's has another {part}") }
            }
            Comparison::Unknown => other("the target has one that Airflow cannot read"),
        },
        View::Hidden(State::Deleted { until }) => {
            let when = until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
            Existing::Refused("name-reserved", format!("a deleted secret holds the name {}{when}", there.name))
        }
        View::Hidden(State::Disabled) => {
            Existing::Refused("disabled", format!("{} is switched off at the target", there.name))
        }
        View::Hidden(_) => other("the target has a secret of this name without a text"),
        View::Failed(error) => Existing::Refused("unreadable", format!("at the target: {}", error.message())),
        View::Gone => other("the target's listing shows a secret of this name that cannot be read"),
    }
}

impl Step {
    fn new(id: EntryId, source_name: SecretName) -> Self {
        Self {
            id,
            source_name,
            target_name: None,
            decision: Decision::Keep,
            message: String::new(),
            losses: Vec::new(),
            flags: BTreeSet::new(),
            fields: Vec::new(),
        }
    }

    fn refuse(&mut self, reason: Reason, message: String) {
        self.decision = Decision::Refuse(reason);
        self.message = message;
    }

    fn note(&mut self, target: &Endpoint, item: &Item) {
        if item.guessed {
            self.flags.insert(Flag::CaseFromEnv);
        }
        if matches!(item.view, View::Readable { reader_dependent: true, .. }) {
            self.flags.insert(Flag::ReaderDependent);
        }
        if let Some(warning) = target.layout.warning(&item.id) {
            self.flags.insert(Flag::MultiTeam);
            self.message = warning;
        }
        if let Some(note) = &item.note {
            self.flags.insert(Flag::Note);
            self.message.clone_from(note);
        }
    }

    fn write(&mut self, carried: Carried, reading: Reading, there: Option<&Item>, policy: &Policy) {
        let Carried { payload, verbatim, losses } = carried;
        let unallowed: Vec<_> =
            losses.iter().filter(|loss| !policy.allowed.contains(loss)).map(|loss| loss.word()).collect();
        self.losses = losses;
        if policy.losses == Losses::Refuse && !unallowed.is_empty() {
            self.refuse("loss", format!("the target cannot hold its {}", unallowed.join(", ")));
            return;
        }
        let expect = there.and_then(|there| there.version.clone());
        let write = Write { payload, verbatim, expect, reading };
        self.decision = if there.is_some() { Decision::Replace(write) } else { Decision::Create(write) };
    }
}


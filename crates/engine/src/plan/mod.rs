//! The decision: pure, sorted, the same for the same inputs.

mod decide;

use std::collections::BTreeSet;

use airbridge_airflow::{Encoded, EntryId, Field, Loss, Reading};
use airbridge_core::{Metadata, Payload, SecretName, SupportedMetadata, Version};

use self::decide::{Names, decide};
use crate::{
    Endpoint, Excluded, Existing, Flag, Item, Losses, Policy, Reason, Ruled, Snapshot, Source, View,
};

/// What a copy would do, entry by entry, in the order of kind and id.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each entry of the source that was selected, and for each name nobody can settle.
    pub steps: Vec<Step>,
}

/// What happens to one entry, and why.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which, as the target will know it.
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
    /// What a rule did to it.
    pub ruled: Option<Ruled>,
    /// What the source says of it beside its value and the target cannot keep, a sentence each. Never a value.
    pub not_carried: Vec<String>,
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
    /// What is said of it beside the value, as far as the target can keep it.
    pub metadata: Metadata,
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
    source: &Source,
    target: &Source,
    wanted: &Snapshot,
    existing: &Existing,
    policy: &Policy,
) -> Result<Plan, SamePlace> {
    let (source, target) = (source.endpoint(), target.endpoint());
    let names = Names::of(source, target, wanted);
    if source.place() == target.place() {
        let fold = |name: &SecretName| target.layout.fold(name);
        let same =
            |item: &Item| target.layout.name_of(&item.id).is_ok_and(|name| fold(&name) == fold(&item.name));
        if !wanted.items.is_empty() && wanted.items.iter().all(same) {
            return Err(SamePlace(source.place().to_owned()));
        }
    }
    let mut steps: Vec<Step> =
        wanted.items.iter().map(|item| decide(source, target, item, &names, existing, policy)).collect();
    steps.extend(wanted.ambiguous.iter().filter_map(|name| {
        let candidates: Vec<_> = name.candidates.iter().map(EntryId::to_string).collect();
        let message = format!("{} could be {}", name.header.name, candidates.join(" or "));
        let mut step = Step::new(name.candidates.first()?.clone(), name.header.name.clone());
        step.refuse("ambiguous", message);
        Some(step)
    }));
    steps.extend(wanted.excluded.iter().map(Step::excluded));
    steps.sort_by(|a, b| (&a.id, &a.source_name).cmp(&(&b.id, &b.source_name)));
    Ok(Plan { steps })
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
            ruled: None,
            not_carried: Vec::new(),
        }
    }

    fn excluded(excluded: &Excluded) -> Self {
        let ruled = Ruled { rule: excluded.rule, ..Ruled::default() };
        Self {
            decision: Decision::Skip("excluded"),
            ruled: Some(ruled),
            ..Self::new(excluded.id.clone(), excluded.name.clone())
        }
    }

    /// What the entry is at the source.
    pub fn source_id(&self) -> &EntryId {
        self.ruled.as_ref().and_then(|ruled| ruled.renamed_from.as_ref()).unwrap_or(&self.id)
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

    fn write(
        &mut self,
        carried: Encoded,
        reading: Reading,
        kept: SupportedMetadata,
        there: Option<&Item>,
        policy: &Policy,
    ) {
        let Encoded { payload, verbatim, losses } = carried;
        let unallowed: Vec<_> =
            losses.iter().filter(|loss| !policy.allowed.contains(loss)).map(|loss| loss.word()).collect();
        self.losses = losses;
        if policy.losses == Losses::Refuse && !unallowed.is_empty() {
            self.refuse("loss", format!("the target cannot hold its {}", unallowed.join(", ")));
            return;
        }
        let expect = there.and_then(|there| there.version.clone());
        let write = Write { payload, verbatim, expect, reading, metadata: kept.metadata };
        self.not_carried = kept.left_out;
        self.decision = if there.is_some() { Decision::Replace(write) } else { Decision::Create(write) };
    }
}

//! The steps of a plan.

use std::collections::BTreeSet;

use airbridge_airflow::{Encoded, EntryId, Field, Kind, Loss, Reading};
use airbridge_core::{Json, Metadata, Payload, SecretName, State, SupportedMetadata, Version};

use super::changes::Changes;
use super::odd_reading::odd_reading;
use super::seen::Seen;
use crate::endpoint::Endpoint;
use crate::policy::{Losses, Policy};
use crate::reason::{Flag, Reason};
use crate::ruled::{Excluded, Ruled};
use crate::snapshot::Item;
use crate::view::View;

/// What happens to one entry, and why.
#[derive(Clone, Debug)]
pub struct Step {
    /// The id at the target.
    pub id: EntryId,
    /// The secret name at the source.
    pub source_name: SecretName,
    /// The secret name at the target, if the entry can have one there.
    pub target_name: Option<SecretName>,
    /// What happens.
    pub decision: Decision,
    /// A sentence for the user; empty if the decision needs no explanation. Never contains a value.
    pub message: String,
    /// What the target cannot express.
    pub losses: Vec<Loss>,
    /// Remarks that do not change the decision.
    pub flags: BTreeSet<Flag>,
    /// The fields in which source and target differ, where both were read.
    pub fields: Vec<Field>,
    /// What differs in these fields, as far as it may be shown.
    pub changes: Option<Box<Changes>>,
    /// What a rule did to the entry.
    pub ruled: Option<Box<Ruled>>,
    /// What the source has and the target does not get: keys that the reader of the source ignores, descriptions and tags
    /// that the target cannot keep. One sentence each, never with a value.
    pub not_carried: Vec<String>,
    /// What the change can be undone with; `None` before [`mark_undo`](crate::Plan::mark_undo), and if nothing is changed.
    pub undo: Option<UndoWith>,
    /// What was seen of the entry at both sides, if the plan will be saved.
    pub seen: Option<Box<Seen>>,
    /// What the target held before, for the backup.
    pub(crate) former: Option<Payload>,
    /// Fields of the payload that its reader ignores; they are copied only with the payload.
    ignored: Vec<String>,
}

/// What happens to one entry.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It is created.
    Create(Box<Write>),
    /// It replaces a different value at the target.
    Replace(Box<Write>),
    /// A deleted secret that still holds the name is taken back.
    Restore(Box<Restore>),
    /// The target's entry is deleted.
    Delete(Box<Delete>),
    /// The target already has the same value.
    Keep,
    /// It is skipped, because Airflow reads it as missing or because the user said so.
    Skip(Reason),
    /// It cannot be copied.
    Refuse(Reason),
}

/// What is written, and what must be read back.
#[derive(Clone, Debug)]
pub struct Write {
    /// The payload to write; `None` once an [`Execution`](crate::Execution) has taken it.
    pub payload: Option<Payload>,
    /// Whether this is the source's payload, byte for byte.
    pub verbatim: bool,
    /// The version of the target's secret when it was read. The write fails if it has changed.
    pub expect: Option<Version>,
    /// What tasks must read from it.
    pub reading: Reading,
    /// Description and tags, as far as the target can keep them.
    pub metadata: Option<Box<Metadata>>,
}

/// How a deleted secret is taken back.
#[derive(Clone, Debug)]
pub struct Restore {
    /// What is written then; `None` to leave what the secret had.
    pub write: Option<Write>,
    /// The version that the secret had, if it is known and nothing is written.
    pub version: Option<Version>,
}

/// What is deleted.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The version of the secret when it was read. The delete fails if it has changed.
    pub expect: Option<Version>,
}

/// What the change of a step can be undone with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UndoWith {
    /// What the target itself keeps: a former version, or nothing at all for a new entry.
    Version,
    /// The backup of this run.
    Backup,
    /// Nothing: it cannot be undone.
    None,
}

impl UndoWith {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Backup => "backup",
            Self::None => "none",
        }
    }
}

impl Decision {
    /// Whether the target is changed.
    pub fn is_change(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Replace(_) | Self::Restore(_) | Self::Delete(_))
    }

    /// The word in machine output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Replace(_) => "replace",
            Self::Restore(_) => "restore",
            Self::Delete(_) => "delete",
            Self::Keep => "keep",
            Self::Skip(_) => "skip",
            Self::Refuse(_) => "refuse",
        }
    }

    /// What is written, if anything.
    pub fn write(&self) -> Option<&Write> {
        match self {
            Self::Create(write) | Self::Replace(write) => Some(write),
            Self::Restore(restore) => restore.write.as_ref(),
            _ => None,
        }
    }

    /// The same, to take its payload.
    pub(crate) fn write_mut(&mut self) -> Option<&mut Write> {
        match self {
            Self::Create(write) | Self::Replace(write) => Some(write),
            Self::Restore(restore) => restore.write.as_mut(),
            _ => None,
        }
    }

    /// The version that the target's secret must have for the change.
    pub fn expect(&self) -> Option<&Version> {
        match self {
            Self::Create(write) | Self::Replace(write) => write.expect.as_ref(),
            Self::Delete(delete) => delete.expect.as_ref(),
            _ => None,
        }
    }

    /// Why the entry is skipped or refused.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Skip(reason) | Self::Refuse(reason) => Some(reason),
            _ => None,
        }
    }
}

impl Step {
    pub(crate) fn new(id: EntryId, source_name: SecretName) -> Self {
        Self {
            id,
            source_name,
            target_name: None,
            decision: Decision::Keep,
            message: String::new(),
            losses: Vec::new(),
            flags: BTreeSet::new(),
            fields: Vec::new(),
            changes: None,
            ruled: None,
            not_carried: Vec::new(),
            undo: None,
            seen: None,
            former: None,
            ignored: Vec::new(),
        }
    }

    pub(super) fn excluded(excluded: &Excluded) -> Self {
        let ruled = Ruled { rule: excluded.rule, ..Ruled::default() };
        Self {
            decision: Decision::Skip("excluded"),
            ruled: Some(Box::new(ruled)),
            ..Self::new(excluded.id.clone(), excluded.name.clone())
        }
    }

    /// The id at the source, before any rename.
    pub fn source_id(&self) -> &EntryId {
        self.ruled.as_ref().and_then(|ruled| ruled.renamed_from.as_ref()).unwrap_or(&self.id)
    }

    pub(crate) fn refuse(&mut self, reason: Reason, message: String) {
        self.decision = Decision::Refuse(reason);
        self.message = message;
    }

    pub(super) fn note(&mut self, target: &Endpoint, item: &Item) {
        if item.guessed {
            self.flags.insert(Flag::CaseFromEnv);
        }
        if matches!(item.view, View::Readable { reader_dependent: true, .. }) {
            self.flags.insert(Flag::ReaderDependent);
        }
        if let Some(warning) = target.layout.warning(&item.id) {
            self.flags.insert(Flag::MultiTeam);
            self.remark(&warning);
        }
        let Some(remarks) = &item.remarks else { return };
        self.not_carried.clone_from(&remarks.left_out);
        self.ignored.clone_from(&remarks.ignored);
        if let Some(note) = &remarks.note {
            self.flags.insert(Flag::Note);
            self.remark(note);
        }
    }

    /// Marks a connection of which Airflow reads less than was probably meant.
    pub(super) fn note_reading(&mut self, payload: Option<&Payload>, reading: &Reading) {
        if let Some((flag, message)) = odd_reading(payload, reading) {
            self.flags.insert(flag);
            self.remark(&message);
        }
    }

    /// Adds a sentence to the message.
    pub(crate) fn remark(&mut self, sentence: &str) {
        if !self.message.is_empty() {
            self.message.push_str("; ");
        }
        self.message.push_str(sentence);
    }

    pub(super) fn write(
        &mut self,
        target: &Endpoint,
        encoded: Encoded,
        reading: Reading,
        kept: SupportedMetadata,
        there: Option<&Item>,
        policy: &Policy,
    ) {
        let Encoded { payload, verbatim, losses } = encoded;
        let is_allowed = |loss: &Loss| policy.allowed.contains(loss) || target.usual_losses.contains(loss);
        let unallowed: Vec<_> = losses.iter().copied().filter(|loss| !is_allowed(loss)).collect();
        self.losses = losses;
        if policy.losses == Losses::Refuse && !unallowed.is_empty() {
            self.refuse("loss", lost(&unallowed, reading.has_unseen_description()));
            return;
        }
        if there.is_some_and(|there| is_recreated(target, there, &payload)) {
            self.flags.insert(Flag::Recreated);
        }
        let expect = there.and_then(|there| there.version.clone());
        let write = Box::new(Write {
            payload: Some(payload),
            verbatim,
            expect,
            reading,
            metadata: kept.metadata.boxed(),
        });
        self.not_carried.extend(kept.left_out);
        if !verbatim {
            self.not_carried.append(&mut self.ignored);
        }
        self.decision = match there.map(|there| &there.view) {
            Some(View::Hidden(State::Deleted { .. })) => {
                Decision::Restore(Box::new(Restore { write: Some(*write), version: None }))
            }
            Some(_) => Decision::Replace(write),
            None => Decision::Create(write),
        };
    }
}

/// Why an entry with these losses is refused.
fn lost(losses: &[Loss], is_description_unseen: bool) -> String {
    const UNSEEN: &str = "the source does not show whether it has a description";
    let is_unseen = |loss: &Loss| is_description_unseen && *loss == Loss::Description;
    let words: Vec<_> = losses.iter().filter(|loss| !is_unseen(loss)).map(|loss| loss.word()).collect();
    let held = (!words.is_empty()).then(|| format!("the target cannot hold its {}", words.join(", ")));
    let unseen = losses.iter().any(is_unseen).then(|| UNSEEN.to_owned());
    unseen.into_iter().chain(held).collect::<Vec<_>>().join(", and ")
}

/// Whether the target must delete the entry and create it again, because `payload` lacks a field that a replace cannot remove.
pub(crate) fn is_recreated(target: &Endpoint, there: &Item, payload: &Payload) -> bool {
    let Payload::Fields(fields) = payload else { return false };
    let unremovable = target.store.descriptor().unremovable.iter().filter_map(|name| Field::named(name));
    let mut lacking = unremovable.filter(|field| fields.get(field.name()).is_none_or(Json::is_null));
    there.id.kind == Kind::Connection && lacking.any(|field| there.may_have(field))
}

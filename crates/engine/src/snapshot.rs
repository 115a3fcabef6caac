//! The values of entries at one time, as Airflow reads them.

use std::sync::Arc;

use airbridge_airflow::{
    EntryId, Field, IgnoredField, Layout, ReadRules, Reading, Unrepresentable, check_exporter_uri,
    ignored_fields,
};
use airbridge_core::{
    Header, Metadata, Payload, Read, Result, SecretName, SecretStoreExt, State, Stored, Version,
};

use crate::endpoint::Source;
use crate::event::{Event, Observer, Phase, Side};
use crate::inventory::{AmbiguousName, Found, Inventory, Listing};
use crate::ruled::{Excluded, Ruled};
use crate::select::Selection;
use crate::shown::{ShownReading, has};
use crate::view::{View, view};

/// The selected entries of an endpoint, with their values.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// One item for each entry, sorted by id.
    pub items: Vec<Box<Item>>,
    /// Names that could be several entries. Their values were not read.
    pub ambiguous: Vec<AmbiguousName>,
    /// Entries that rules exclude. Their values were not read.
    pub excluded: Vec<Excluded>,
}

/// The secrets of a target that have the names of wanted entries.
#[derive(Clone, Debug, Default)]
pub struct Existing(Vec<(String, Box<Item>)>);

impl Existing {
    /// By folded name.
    pub(crate) fn new(mut items: Vec<(String, Box<Item>)>) -> Self {
        items.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Self(items)
    }

    /// The secret called `name`, in any spelling that `layout` considers the same name.
    pub(crate) fn get(&self, layout: &Layout, name: &SecretName) -> Option<&Item> {
        let name = layout.fold(name);
        let at = self.0.binary_search_by(|(known, _)| known.cmp(&name)).ok()?;
        self.0.get(at).map(|(_, item)| item.as_ref())
    }

    /// Takes the payload of the secret called `name`, if [`Keep::Payloads`] kept it.
    pub(crate) fn take_payload(&mut self, layout: &Layout, name: &SecretName) -> Option<Payload> {
        let name = layout.fold(name);
        let at = self.0.binary_search_by(|(known, _)| known.cmp(&name)).ok()?;
        match &mut self.0.get_mut(at)?.1.view {
            View::Readable { payload, .. } => payload.take(),
            _ => None,
        }
    }
}

/// What a snapshot keeps of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The payloads and what Airflow reads from them: for a copy.
    Payloads,
    /// Only what Airflow reads: for a comparison.
    Readings,
}

/// One entry at one time.
#[derive(Clone, Debug)]
pub struct Item {
    /// The entry. If a rule renames it, this is the new id.
    pub id: EntryId,
    /// The secret name.
    pub name: SecretName,
    /// The value, after rules.
    pub view: View,
    /// The version that was read, where the store has versions.
    pub version: Option<Version>,
    /// What the user should know about this secret, if anything.
    pub remarks: Option<Box<Remarks>>,
    /// Whether the id is a guess, because the store does not keep the case of names.
    pub guessed: bool,
    /// The service or tool that owns the secret and refuses changes by others.
    pub owner: Option<String>,
    /// What a rule did to the entry.
    pub ruled: Option<Box<Ruled>>,
    /// Description and tags. At a source there are none unless they are to be copied.
    pub metadata: Option<Box<Metadata>>,
    /// What is shown of a masked value.
    pub shown: Option<Box<ShownReading>>,
}

/// What the user should know about a secret. Sentences without values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// About the secret, one sentence.
    pub note: Option<String>,
    /// What is stored there and its reader ignores, one sentence each. No copy keeps it.
    pub left_out: Vec<String>,
    /// Fields of the payload that its reader ignores, one sentence each. A copy of the payload keeps them.
    pub ignored: Vec<String>,
}

impl Snapshot {
    /// Hides the values of which a part is still a mask, once rules have been applied.
    pub(crate) fn without_masks(mut self, keep: Keep) -> Self {
        self.items = self.items.into_iter().map(|item| Box::new(item.without_mask(keep))).collect();
        self
    }
}

/// Reads every selected entry of an inventory. An error of one entry is kept in its item.
///
/// # Errors
/// An error that would meet every other entry, too (see `ErrorKind::ends_run`).
pub async fn snapshot(
    source: &Source,
    role: Side,
    inventory: Inventory,
    selection: &Selection,
    keep: Keep,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    read_selected(source, role, inventory, selection, |item| item.without_mask(keep), observer).await
}

/// As [`snapshot`], with the values of which a part is a mask, which rules may replace.
pub(crate) async fn snapshot_with_masks(
    source: &Source,
    role: Side,
    inventory: Inventory,
    selection: &Selection,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    read_selected(source, role, inventory, selection, |item| item, observer).await
}

async fn read_selected(
    source: &Source,
    role: Side,
    inventory: Inventory,
    selection: &Selection,
    finish: impl Fn(Item) -> Item,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    let Inventory { mut found, mut ambiguous, .. } = inventory;
    found.retain(|found| selection.takes(&found.id));
    ambiguous.retain(|name| name.candidates.iter().any(|id| selection.takes(id)));
    let metadata = source.endpoint().metadata;
    let finish = |item: Item| finish(if metadata { item } else { item.without_metadata() });
    let items = read_items(source, role, found, finish, observer).await?;
    Ok(Snapshot { items, ambiguous, excluded: Vec::new() })
}

/// Reads the secrets of a target that have the names of `ids`. A backup needs [`Keep::Payloads`]. Where an id has several names, it is the one that Airflow
/// would find.
///
/// # Errors
/// An error that would meet every other entry, too (see `ErrorKind::ends_run`).
pub async fn read_existing(
    target: &Source,
    listing: Listing,
    ids: impl Iterator<Item = &EntryId>,
    keep: Keep,
    observer: &dyn Observer,
) -> Result<Existing> {
    let endpoint = target.endpoint();
    let mut entries = Vec::new();
    for id in ids {
        let names = endpoint.layout.names_of(id).unwrap_or_default();
        if let Some(header) = names.iter().find_map(|name| listing.get(&endpoint.layout, name)) {
            entries.push(Found { id: id.clone(), header: Arc::clone(header), guessed: false });
        }
    }
    // The values in it can be dropped one by one.
    drop(listing);
    entries.sort_by(|a, b| a.header.name.cmp(&b.header.name));
    entries.dedup_by(|next, kept| next.header.name == kept.header.name);
    let finish = |item: Item| item.without_mask(keep);
    let items = read_items(target, Side::Target, entries, finish, observer).await?;
    Ok(Existing::new(items.into_iter().map(|item| (endpoint.layout.fold(&item.name), item)).collect()))
}

async fn read_items(
    source: &Source,
    role: Side,
    entries: Vec<Found>,
    finish: impl Fn(Item) -> Item,
    observer: &dyn Observer,
) -> Result<Vec<Box<Item>>> {
    let endpoint = source.endpoint();
    // A listing may contain the value, or show that there is none: then nothing is read.
    let unread: Vec<_> = entries
        .iter()
        .map(|found| &found.header)
        .filter(|header| header.stored.is_none() && header.state == State::Live)
        .map(|header| Read::current(header.name.clone()))
        .collect();
    let phase = Phase::Read(role);
    observer.on(Event::Begin(phase, Some(unread.len())));
    let progress = |read| observer.on(Event::Advance(phase, read));
    let outcomes = endpoint.store.read_all(&unread, &progress).await?;
    observer.on(Event::End(phase));
    let mut outcomes = outcomes.into_iter();
    let mut items = Vec::with_capacity(entries.len());
    for Found { id, header, guessed } in entries {
        let mut header = Arc::unwrap_or_clone(header);
        let outcome = match header.stored.take() {
            Some(stored) => Ok(Some(Arc::unwrap_or_clone(stored))),
            None if header.state == State::Live => outcomes.next().unwrap_or(Ok(None)),
            None => Ok(Some(Stored::hidden(header.state.clone(), None))),
        };
        items.push(Box::new(finish(Item { guessed, ..item(&endpoint.read_rules, id, header, outcome)? })));
    }
    Ok(items)
}

pub(crate) fn item(
    read_rules: &ReadRules,
    id: EntryId,
    header: Header,
    outcome: Result<Option<Stored>>,
) -> Result<Item> {
    let Header { name, owner, mut metadata, .. } = header;
    let mut visible = None;
    let (view, version, note, left_out) = match outcome {
        Ok(Some(Stored { content, version, note, left_out, metadata: read, shown })) => {
            visible = shown.map(|shown| Box::new(ShownReading::new(read_rules, &id, &shown)));
            metadata = match (metadata, read) {
                (Some(listed), Some(read)) => listed.over(&read).boxed(),
                (listed, read) => listed.or(read),
            };
            (view(read_rules, &id, content), version, note, left_out)
        }
        Ok(None) => (View::Gone, None, None, Vec::new()),
        Err(error) if error.kind().ends_run() => return Err(error),
        Err(error) => (View::Failed(error), None, None, Vec::new()),
    };
    let mut notes: Vec<_> = note.into_iter().collect();
    let mut ignored = Vec::new();
    if let View::Readable { payload, reading, .. } = &view {
        notes.extend(typed_field_note(reading));
        for IgnoredField { name, meant } in
            payload.iter().flat_map(|payload| ignored_fields(&read_rules.dialect, id.kind, payload))
        {
            ignored.push(format!("field {name}: ignored by Airflow"));
            notes.extend(
                meant.map(|meant| format!("field {name} is ignored by Airflow, did you mean `{meant}`?")),
            );
        }
    }
    let note = Some(notes.join("; ")).filter(|note| !note.is_empty());
    let remarks = Remarks { note, left_out, ignored };
    let remarks = (remarks != Remarks::default()).then(|| Box::new(remarks));
    Ok(Item {
        id,
        name,
        view,
        version,
        remarks,
        guessed: false,
        owner,
        ruled: None,
        metadata,
        shown: visible,
    })
}

/// The remark about a connection whose field is a number or a boolean. The class of the backend returns it, and then the
/// lookup fails, because Airflow builds a URI from it (`quote_from_bytes() expected bytes`; Airflow 2.11.2 and 3.3.2).
fn typed_field_note(reading: &Reading) -> Option<String> {
    let Reading::Connection { connection, .. } = reading else { return None };
    let field = connection.first_typed_field()?.name();
    check_exporter_uri(connection).err()?;
    Some(format!("field `{field}` is not a string, so Airflow's lookup fails; write it as a string"))
}

impl Item {
    fn without_mask(self, keep: Keep) -> Self {
        let mut view = self.view.without_mask();
        if let View::Readable { payload, .. } = &mut view
            && keep == Keep::Readings
        {
            *payload = None;
        }
        Self { view, ..self }
    }

    fn without_metadata(self) -> Self {
        Self { metadata: None, ..self }
    }

    /// What its reader ignores and no copy keeps, one sentence each.
    pub fn left_out(&self) -> &[String] {
        self.remarks.as_ref().map_or(&[], |remarks| &remarks.left_out)
    }

    /// The description and the tags.
    pub(crate) fn metadata(&self) -> &Metadata {
        self.metadata.as_deref().unwrap_or(Metadata::NONE)
    }

    /// Whether the connection has a field, or may have it where that is not shown.
    pub(crate) fn may_have(&self, field: Field) -> bool {
        match (&self.shown, &self.view) {
            (Some(shown), _) => shown.may_have(field),
            (None, View::Readable { reading, .. }) => has(reading, field),
            (None, _) => true,
        }
    }

    /// The id at the source, before any rename.
    pub fn source_id(&self) -> &EntryId {
        self.ruled.as_ref().and_then(|ruled| ruled.renamed_from.as_ref()).unwrap_or(&self.id)
    }

    /// Whether Airflow finds no value. Then the entry does not exist for Airflow.
    pub(crate) fn reads_as_missing(&self) -> bool {
        match &self.view {
            View::Readable { reading, .. } => *reading == Reading::Missing,
            View::Hidden(state) => matches!(state, State::NoValue | State::Binary | State::Deleted { .. }),
            View::Gone => true,
            View::Failed(_) | View::Rejection(_) => false,
        }
    }

    /// What the stored spelling cannot express.
    pub fn loses(&self) -> Unrepresentable {
        match &self.view {
            View::Readable {
                reading: Reading::Connection { loses, .. } | Reading::Value { loses, .. },
                ..
            } => *loses,
            _ => Unrepresentable::default(),
        }
    }
}

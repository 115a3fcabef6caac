//! The values of entries at one time, as Airflow reads them.

use std::collections::BTreeMap;

use airbridge_airflow::{
    Comparison, EntryId, IgnoredField, Layout, ReadRules, Reading, Unrepresentable, check_exporter_uri,
    compare, ignored_fields, is_whole_mask, masked_part, read,
};
use airbridge_core::{
    Content, Error, Header, Metadata, Payload, Read, Result, SecretName, SecretStoreExt, State, Stored,
    Version,
};

use crate::endpoint::Source;
use crate::event::{Event, Observer, Phase, Side};
use crate::inventory::{AmbiguousName, Found, Inventory, Listing};
use crate::ruled::{Excluded, Ruled};
use crate::select::Selection;

/// The selected entries of an endpoint, with their values.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// One item for each entry, sorted by id.
    pub items: Vec<Item>,
    /// Names that could be several entries. Their values were not read.
    pub ambiguous: Vec<AmbiguousName>,
    /// Entries that rules exclude. Their values were not read.
    pub excluded: Vec<Excluded>,
}

/// The secrets of a target that have the names of wanted entries.
#[derive(Clone, Debug, Default)]
pub struct Existing(BTreeMap<String, Item>);

impl Existing {
    /// The secret called `name`, in any spelling that `layout` considers the same name.
    pub(crate) fn get(&self, layout: &Layout, name: &SecretName) -> Option<&Item> {
        self.0.get(&layout.fold(name))
    }
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
    /// Remarks about this secret, one sentence.
    pub note: Option<String>,
    /// What is stored there and its reader ignores, one sentence each. No copy keeps it.
    pub left_out: Vec<String>,
    /// Fields of the payload that its reader ignores, one sentence each. A copy of the payload keeps them.
    pub ignored: Vec<String>,
    /// Whether the id is a guess, because the store does not keep the case of names.
    pub guessed: bool,
    /// The service or tool that owns the secret and refuses changes by others.
    pub owner: Option<String>,
    /// What a rule did to the entry.
    pub ruled: Option<Box<Ruled>>,
    /// Description and tags. At a source they are empty unless they are to be copied.
    pub metadata: Metadata,
}

/// What was read of an entry.
#[derive(Clone, Debug)]
pub enum View {
    /// A payload that the store returned.
    Readable {
        /// The payload as stored; `None` if a rule changed the reading.
        payload: Option<Payload>,
        /// What tasks read from it.
        reading: Reading,
        /// Whether the readers of one Airflow version read different values from it.
        reader_dependent: bool,
    },
    /// A secret without a readable value.
    Hidden(State),
    /// The secret was listed, but no longer exists.
    Gone,
    /// The store failed to read it.
    Failed(Error),
    /// A rule cannot be applied to the entry. The message never contains a value.
    Rejection(String),
}

impl View {
    /// Hides a value of which a part is a mask.
    pub(crate) fn without_mask(self) -> Self {
        let masked = match &self {
            Self::Readable { payload, reading, .. } => masked_part(payload.as_ref(), reading),
            _ => None,
        };
        let message = |part| format!("{part} is a mask such as `***`, not the secret itself");
        masked.map_or(self, |part| Self::Hidden(State::Masked { message: message(part) }))
    }
}

impl Snapshot {
    /// Hides the values of which a part is still a mask, once rules have been applied.
    pub(crate) fn without_masks(mut self) -> Self {
        self.items = self.items.into_iter().map(Item::without_mask).collect();
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
    inventory: &Inventory,
    selection: &Selection,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    Ok(snapshot_with_masks(source, role, inventory, selection, observer).await?.without_masks())
}

/// As [`snapshot`], with the values of which a part is a mask, which rules may replace.
pub(crate) async fn snapshot_with_masks(
    source: &Source,
    role: Side,
    inventory: &Inventory,
    selection: &Selection,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    let wanted: Vec<&Found> = inventory.found.iter().filter(|found| selection.takes(&found.id)).collect();
    let entries: Vec<_> = wanted.iter().map(|found| (found.id.clone(), &found.header)).collect();
    let mut items = read_items(source, role, &entries, observer).await?;
    for (item, found) in items.iter_mut().zip(&wanted) {
        item.guessed = found.guessed;
        if !source.endpoint().metadata {
            item.metadata = Metadata::default();
        }
    }
    let selected = |name: &&AmbiguousName| name.candidates.iter().any(|id| selection.takes(id));
    let ambiguous = inventory.ambiguous.iter().filter(selected).cloned().collect();
    Ok(Snapshot { items, ambiguous, excluded: Vec::new() })
}

/// Reads the secrets of a target that have the names of `ids`. Where an id has several names, it is the one that Airflow
/// would find.
///
/// # Errors
/// An error that would meet every other entry, too (see `ErrorKind::ends_run`).
pub async fn read_existing(
    target: &Source,
    listing: &Listing,
    ids: impl Iterator<Item = &EntryId>,
    observer: &dyn Observer,
) -> Result<Existing> {
    let endpoint = target.endpoint();
    let mut entries = BTreeMap::new();
    for id in ids {
        let names = endpoint.layout.names_of(id).unwrap_or_default();
        if let Some(header) = names.iter().find_map(|name| listing.get(&endpoint.layout, name)) {
            entries.insert(header.name.clone(), (id.clone(), header));
        }
    }
    let entries: Vec<_> = entries.into_values().collect();
    let items = read_items(target, Side::Target, &entries, observer).await?;
    let items = items.into_iter().map(Item::without_mask);
    Ok(Existing(items.map(|item| (endpoint.layout.fold(&item.name), item)).collect()))
}

async fn read_items(
    source: &Source,
    role: Side,
    entries: &[(EntryId, &Header)],
    observer: &dyn Observer,
) -> Result<Vec<Item>> {
    let endpoint = source.endpoint();
    // A listing may contain the value, or show that there is none: then nothing is read.
    let unread: Vec<_> = entries
        .iter()
        .filter(|(_, header)| header.stored.is_none() && header.state == State::Live)
        .map(|(_, header)| Read::current(header.name.clone()))
        .collect();
    let phase = Phase::Read(role);
    observer.on(Event::Begin(phase, Some(unread.len())));
    let progress = |read| observer.on(Event::Advance(phase, read));
    let outcomes = endpoint.store.read_all(&unread, &progress).await?;
    observer.on(Event::End(phase));
    let mut outcomes = outcomes.into_iter();
    let mut items = Vec::with_capacity(entries.len());
    for (id, header) in entries {
        let outcome = match &header.stored {
            Some(stored) => Ok(Some(Stored::clone(stored))),
            None if header.state == State::Live => outcomes.next().unwrap_or(Ok(None)),
            None => Ok(Some(Stored::hidden(header.state.clone(), None))),
        };
        items.push(item(&endpoint.read_rules, id, header, outcome)?);
    }
    Ok(items)
}

fn item(
    read_rules: &ReadRules,
    id: &EntryId,
    header: &Header,
    outcome: Result<Option<Stored>>,
) -> Result<Item> {
    let mut metadata = header.metadata.clone();
    let (view, version, note, left_out) = match outcome {
        Ok(Some(Stored { content, version, note, left_out, metadata: read })) => {
            metadata = metadata.over(&read);
            (view(read_rules, id, content), version, note, left_out)
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
    let (id, name, owner) = (id.clone(), header.name.clone(), header.owner.clone());
    Ok(Item {
        id,
        name,
        view,
        version,
        note,
        left_out,
        ignored,
        guessed: false,
        owner,
        ruled: None,
        metadata,
    })
}

/// What the readers of an endpoint read from a content.
pub(crate) fn view(read_rules: &ReadRules, id: &EntryId, content: Content) -> View {
    let payload = match content {
        Content::Payload(payload) => payload,
        Content::Hidden(state) => return View::Hidden(state),
    };
    let by = |reader| handed_over(read(&read_rules.dialect, reader, id.kind, &payload));
    let reading = by(read_rules.version.task_reader());
    let core = by(read_rules.version.core_reader());
    let reader_dependent = match (&reading, &core) {
        (Reading::Unreadable(_), Reading::Unreadable(_)) => false,
        (a, b) => a != b && !same(a, b),
    };
    let is_whole_mask = is_whole_mask(&payload);
    let view = View::Readable { payload: Some(payload), reading, reader_dependent };
    // No rule can repair an entry of which nothing but a mask is known.
    if is_whole_mask { view.without_mask() } else { view }
}

/// Every reader of Airflow builds the URI of a connection before it returns it. If that raises an exception, Airflow has no
/// such connection. A number or boolean in a field raises, too, but its text is copied as it is, with a remark
/// ([`typed_field_note`]).
fn handed_over(reading: Reading) -> Reading {
    match &reading {
        Reading::Connection { connection, .. } => match check_exporter_uri(&connection.as_strings()) {
            Ok(()) => reading,
            Err(error) => Reading::Unreadable(error),
        },
        _ => reading,
    }
}

/// The remark about a connection whose field is a number or a boolean. The class of the backend returns it, and then the
/// lookup fails, because Airflow builds a URI from it (`quote_from_bytes() expected bytes`; Airflow 2.11.2 and 3.3.2).
fn typed_field_note(reading: &Reading) -> Option<String> {
    let Reading::Connection { connection, .. } = reading else { return None };
    let field = connection.first_typed_field()?.name();
    check_exporter_uri(connection).err()?;
    Some(format!("field `{field}` is not a string, so Airflow's lookup fails; write it as a string"))
}

/// Whether two readings are equal in every field that both spellings can express.
fn same(a: &Reading, b: &Reading) -> bool {
    // Of one text, an empty password that only one reader keeps is a difference between the readers.
    let passwords_count = |reading: &Reading| match reading.clone() {
        Reading::Connection { connection, loses } => {
            Reading::Connection { connection, loses: Unrepresentable { empty_password: false, ..loses } }
        }
        other => other,
    };
    matches!(compare(&passwords_count(a), &passwords_count(b)), Comparison::Same)
}

impl Item {
    fn without_mask(self) -> Self {
        Self { view: self.view.without_mask(), ..self }
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

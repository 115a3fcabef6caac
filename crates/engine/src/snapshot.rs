//! What entries hold at one time, as Airflow reads it.

use std::collections::BTreeMap;

use airbridge_airflow::{
    Comparison, EntryId, Layout, ReadRules, Reader, Reading, Unrepresentable, compare, exporter_uri, read,
};
use airbridge_core::{
    Content, Error, Header, Metadata, Payload, Read, Result, SecretName, SecretStoreExt, State, Stored,
    Version,
};

use crate::{
    AmbiguousName, Event, Excluded, Found, Inventory, Listing, Observer, Phase, Ruled, Selection, Side,
    Source,
};

/// What the selected entries of an endpoint hold.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// One for each entry, in their order.
    pub items: Vec<Item>,
    /// Names that could be several entries, and were not read.
    pub ambiguous: Vec<AmbiguousName>,
    /// Entries that rules leave out, and that were not read.
    pub excluded: Vec<Excluded>,
}

/// What a target holds under the names of wanted entries.
#[derive(Clone, Debug, Default)]
pub struct Existing(BTreeMap<String, Item>);

impl Existing {
    /// What is there under `name`, in whatever spelling that `layout` takes for the same.
    pub(crate) fn get(&self, layout: &Layout, name: &SecretName) -> Option<&Item> {
        self.0.get(&layout.fold(name))
    }
}

/// One entry at one time.
#[derive(Clone, Debug)]
pub struct Item {
    /// Which; where a rule renames it, as the target will know it.
    pub id: EntryId,
    /// Under which name.
    pub name: SecretName,
    /// What is there, or what a rule made of it.
    pub view: View,
    /// In which version.
    pub version: Option<Version>,
    /// What a reader should know.
    pub note: Option<String>,
    /// Whether the id is a convention's guess.
    pub guessed: bool,
    /// Who owns the secret and refuses changes.
    pub owner: Option<String>,
    /// What a rule did to it.
    pub ruled: Option<Ruled>,
    /// What is said of it beside its value; at a source only where that is to be carried.
    pub metadata: Metadata,
}

/// What is there.
#[derive(Clone, Debug)]
pub enum View {
    /// A payload.
    Readable {
        /// As the store holds it; `None` where a rule changed what is read from it.
        payload: Option<Payload>,
        /// As tasks read it.
        reading: Reading,
        /// Whether the readers of this Airflow disagree about it.
        reader_dependent: bool,
    },
    /// A secret without readable text.
    Hidden(State),
    /// It was listed, but is gone.
    Gone,
    /// It may not or could not be read.
    Failed(Error),
    /// The rule that takes it cannot do with it what it says; one sentence, never a value.
    Rejection(String),
}

/// Reads every selected entry of an inventory. An error that ends the run is the error; one entry's is its item's.
pub async fn snapshot(
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

/// Reads what a listing shows under the names of `ids`: for each the item that Airflow would find, if there is one.
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
    Ok(Existing(items.into_iter().map(|item| (endpoint.layout.fold(&item.name), item)).collect()))
}

async fn read_items(
    source: &Source,
    role: Side,
    entries: &[(EntryId, &Header)],
    observer: &dyn Observer,
) -> Result<Vec<Item>> {
    let endpoint = source.endpoint();
    // What a listing carried, or what it already shows to be unreadable, is not read again.
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
    entries
        .iter()
        .map(|(id, header)| {
            let outcome = match &header.stored {
                Some(stored) => Ok(Some(stored.clone())),
                None if header.state == State::Live => outcomes.next().unwrap_or(Ok(None)),
                None => Ok(Some(Stored::hidden(header.state.clone(), None))),
            };
            item(&endpoint.read_rules, id, header, outcome)
        })
        .collect()
}

fn item(
    read_rules: &ReadRules,
    id: &EntryId,
    header: &Header,
    outcome: Result<Option<Stored>>,
) -> Result<Item> {
    let mut metadata = header.metadata.clone();
    let (view, version, note) = match outcome {
        Ok(Some(Stored { content, version, note, metadata: read })) => {
            metadata = metadata.over(&read);
            (view(read_rules, id, content), version, note)
        }
        Ok(None) => (View::Gone, None, None),
        Err(error) if error.kind().ends_run() => return Err(error),
        Err(error) => (View::Failed(error), None, None),
    };
    let (id, name, owner) = (id.clone(), header.name.clone(), header.owner.clone());
    Ok(Item { id, name, view, version, note, guessed: false, owner, ruled: None, metadata })
}

/// What the readers of an endpoint make of a content.
pub(crate) fn view(read_rules: &ReadRules, id: &EntryId, content: Content) -> View {
    let payload = match content {
        Content::Payload(payload) => payload,
        Content::Hidden(state) => return View::Hidden(state),
    };
    let by = |reader| handed_over(read(&read_rules.dialect, reader, id.kind, &payload), reader);
    let reading = by(read_rules.version.task_reader());
    let core = by(read_rules.version.core_reader());
    let reader_dependent = match (&reading, &core) {
        (Reading::Unreadable(_), Reading::Unreadable(_)) => false,
        (a, b) => a != b && !same(a, b),
    };
    View::Readable { payload: Some(payload), reading, reader_dependent }
}

/// Every reader builds the URI of a connection before it hands it over. Where that raises (a number for a host), Airflow
/// has no such connection.
fn handed_over(reading: Reading, reader: Reader) -> Reading {
    match &reading {
        Reading::Connection { connection, .. } => match exporter_uri(connection, reader) {
            Ok(_) => reading,
            Err(error) => Reading::Unreadable(error),
        },
        _ => reading,
    }
}

/// Equal in every field, whatever the spelling cannot express counting as equal.
fn same(a: &Reading, b: &Reading) -> bool {
    matches!(compare(a, b), Comparison::Same)
}

impl Item {
    /// What it is at the source.
    pub fn source_id(&self) -> &EntryId {
        self.ruled.as_ref().and_then(|ruled| ruled.renamed_from.as_ref()).unwrap_or(&self.id)
    }

    /// Whether Airflow finds nothing in it: then it does not exist for it.
    pub(crate) fn reads_as_missing(&self) -> bool {
        match &self.view {
            View::Readable { reading, .. } => *reading == Reading::Missing,
            View::Hidden(state) => matches!(state, State::NoValue | State::Binary | State::Deleted { .. }),
            View::Gone => true,
            View::Failed(_) | View::Rejection(_) => false,
        }
    }

    /// What a reading of it cannot express.
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

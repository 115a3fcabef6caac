//! The names at an endpoint, and the entries that they stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use airbridge_airflow::{EntryId, Kind, Layout, Parsed};
use airbridge_core::{Header, NamePrefix, Result, SecretName, SecretStoreExt};

use crate::endpoint::Source;
use crate::event::{Event, Observer, Phase, Side};

/// Every name that the listing of an endpoint shows.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// By folded name: in lower case where the store ignores case.
    headers: BTreeMap<String, Arc<Header>>,
    /// Names outside the prefixes of the endpoint.
    outside: Vec<SecretName>,
}

/// Which names of a place are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that start like entries.
    Entries,
    /// Every name.
    Everything,
}

impl Listing {
    /// The secret called `name`, in any spelling that `layout` considers the same name.
    pub(crate) fn get(&self, layout: &Layout, name: &SecretName) -> Option<&Arc<Header>> {
        self.headers.get(&layout.fold(name))
    }

    /// The names inside the prefixes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.headers.values().map(|header| &header.name)
    }

    /// Adds what another listing of the same place shows.
    pub(crate) fn extend(&mut self, other: Self) {
        self.headers.extend(other.headers);
        self.outside.extend(other.outside);
    }
}

/// The names of a listing, sorted by what they stand for.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Entries, sorted by id.
    pub found: Vec<Found>,
    /// Names that could be several entries.
    pub ambiguous: Vec<AmbiguousName>,
    /// Names that Airflow would never ask for.
    pub foreign: Vec<Arc<Header>>,
    /// Names outside the prefixes of the endpoint that its service listed all the same.
    pub outside: Vec<SecretName>,
}

/// An entry at an endpoint.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entry.
    pub id: EntryId,
    /// Its secret, by name and state. It may carry the value, so its memory is shared.
    pub header: Arc<Header>,
    /// Whether the id is a guess, because the store does not keep the case of names.
    pub guessed: bool,
}

/// A name that could be several entries.
#[derive(Clone, Debug)]
pub struct AmbiguousName {
    /// The secret.
    pub header: Arc<Header>,
    /// The entries that could have this name.
    pub candidates: Vec<EntryId>,
}

/// Ids that are known to exist. They resolve names that could be several ids.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Ids that the user gave.
    pub given: BTreeSet<EntryId>,
    /// Ids that rules name without wildcards.
    pub named: BTreeSet<EntryId>,
    /// Ids at the other endpoint; [`survey`](crate::survey()) finds them.
    pub elsewhere: BTreeSet<EntryId>,
}

/// Lists the names of `kinds` at an endpoint. Values are read only where the listing already contains them.
///
/// # Errors
/// The first error of the store: the listing is complete or an error.
pub async fn list(
    source: &Source,
    role: Side,
    kinds: &[Kind],
    extent: Extent,
    observer: &dyn Observer,
) -> Result<Listing> {
    let endpoint = source.endpoint();
    let phase = Phase::List(role);
    observer.on(Event::Begin(phase, None));
    let mut headers = BTreeMap::new();
    let wanted = endpoint.layout.prefixes(&endpoint.held(kinds));
    let everything = extent == Extent::Everything;
    let whole = everything || !endpoint.store.descriptor().capabilities.lists_by_prefix && !wanted.is_empty();
    let asked = if whole { &[NamePrefix::new("")][..] } else { &wanted };
    let progress = |found| observer.on(Event::Advance(phase, found));
    // At the same time: the pages of one prefix come one after the other.
    let listings = asked.iter().map(|prefix| endpoint.store.list_all(prefix, &progress));
    for listing in futures::future::try_join_all(listings).await? {
        for header in listing {
            headers.insert(endpoint.layout.fold(&header.name), Arc::new(header));
        }
    }
    let mut outside = Vec::new();
    if whole && !everything {
        let starts: Vec<_> =
            wanted.iter().map(|prefix| endpoint.layout.fold(&prefix.as_str().into())).collect();
        headers.retain(|name, header| {
            let inside = starts.iter().any(|start| name.starts_with(start));
            if !inside {
                outside.push(header.name.clone());
            }
            inside
        });
    }
    observer.on(Event::End(phase));
    Ok(Listing { headers, outside })
}

/// Finds the entry that each name stands for. A name that could be several ids is resolved by the first of these that
/// knows it: the ids that the user gave, the only id that a rule names, the label of the secret, the ids at the other
/// endpoint.
pub fn resolve_names(source: &Source, listing: &Listing, kinds: &[Kind], evidence: &Evidence) -> Inventory {
    let endpoint = source.endpoint();
    let known = |ids| endpoint.layout.known(ids);
    let (given, ruled) = (known(&evidence.given), known(&evidence.named));
    let elsewhere = known(&evidence.elsewhere);
    let found = Vec::with_capacity(listing.headers.len());
    let mut inventory = Inventory { outside: listing.outside.clone(), found, ..Inventory::default() };
    for header in listing.headers.values() {
        let found = |id: EntryId, guessed| Found { id, header: Arc::clone(header), guessed };
        let parsed = match endpoint.layout.parse(&header.name) {
            sure @ (Parsed::Exact(_) | Parsed::Foreign) => sure,
            open => given
                .lookup(&header.name)
                .or_else(|| ruled.lookup(&header.name).filter(|said| matches!(said, Parsed::Exact(_))))
                .or_else(|| labelled(&endpoint.layout, header).map(Parsed::Exact))
                .or_else(|| elsewhere.lookup(&header.name))
                .unwrap_or(open),
        };
        match parsed {
            Parsed::Foreign => inventory.foreign.push(Arc::clone(header)),
            Parsed::Exact(id) => inventory.found.push(found(id, false)),
            Parsed::Guess(id) => inventory.found.push(found(id, true)),
            Parsed::Ambiguous(candidates) => {
                inventory.ambiguous.push(AmbiguousName { header: Arc::clone(header), candidates });
            }
        }
    }
    inventory.found.retain(|found| kinds.contains(&found.id.kind));
    inventory.ambiguous.retain(|name| name.candidates.iter().any(|id| kinds.contains(&id.kind)));
    // Where Airflow tries several names in order, it uses the first that exists.
    let place = |found: &Found| {
        let names = endpoint.layout.names_of(&found.id).unwrap_or_default();
        let there = endpoint.layout.fold(&found.header.name);
        names.iter().position(|name| endpoint.layout.fold(name) == there).unwrap_or(names.len())
    };
    inventory.found.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| place(a).cmp(&place(b))));
    inventory.found.dedup_by(|next, kept| next.id == kept.id);
    inventory
}

/// The id in the label of a secret. It counts only if it belongs to the name: the label may have been copied from another
/// secret.
fn labelled(layout: &Layout, header: &Header) -> Option<EntryId> {
    let id = EntryId::parse(header.label.as_deref()?)?.with_team(layout.team().map(Into::into));
    let there = layout.fold(&header.name);
    let its_name =
        layout.names_of(&id).is_ok_and(|names| names.iter().any(|name| layout.fold(name) == there));
    its_name.then_some(id)
}

impl Inventory {
    /// The id and the name of each entry, without what the listing shows of it.
    pub fn into_names(self) -> Vec<(EntryId, SecretName)> {
        self.found.into_iter().map(|Found { id, header, .. }| (id, header.name.clone())).collect()
    }

    /// The ids that are not guesses. They may resolve names at the other endpoint.
    pub fn certain(&self) -> impl Iterator<Item = &EntryId> {
        self.found.iter().filter(|found| !found.guessed).map(|found| &found.id)
    }

    /// The ids of all entries, and all ids that ambiguous names could be.
    pub fn ids(&self) -> impl Iterator<Item = &EntryId> {
        let open = self.ambiguous.iter().flat_map(|name| &name.candidates);
        self.found.iter().map(|found| &found.id).chain(open)
    }

    /// Those of `kinds` of which nothing was found.
    pub fn missing(&self, kinds: &[Kind]) -> Vec<Kind> {
        kinds.iter().copied().filter(|kind| !self.ids().any(|id| id.kind == *kind)).collect()
    }

    /// Whether there are no entries, and no names that could be entries.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.ambiguous.is_empty()
    }

    /// Whether more evidence could change what a name stands for.
    pub(crate) fn has_open_names(&self) -> bool {
        !self.ambiguous.is_empty() || self.found.iter().any(|found| found.guessed)
    }
}

//! What is there: names, and the ids they stand for.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{EntryId, Kind, Parsed};
use airbridge_core::{Header, Result, SecretName, SecretStoreExt};

use crate::{Endpoint, Event, Observer, Phase, Role};

/// Every name that an endpoint's listing shows.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// In the order of their names.
    pub headers: BTreeMap<SecretName, Header>,
}

/// What the names of a listing stand for.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Entries, in their order.
    pub found: Vec<Found>,
    /// Names that could be several entries.
    pub ambiguous: Vec<Unsettled>,
    /// Names that are none of ours.
    pub foreign: Vec<Header>,
}

/// An entry that is there.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which.
    pub id: EntryId,
    /// Under which name, in which state.
    pub header: Header,
    /// Whether the id is a convention's guess.
    pub guessed: bool,
}

/// A name that could be several entries.
#[derive(Clone, Debug)]
pub struct Unsettled {
    /// The name.
    pub header: Header,
    /// What it could be.
    pub candidates: Vec<EntryId>,
}

/// Lists what an endpoint holds of `kinds`; values are read only where the listing carries them for free.
pub async fn list(
    endpoint: &Endpoint,
    role: Role,
    kinds: &[Kind],
    observer: &dyn Observer,
) -> Result<Listing> {
    let phase = Phase::List(role);
    observer.on(Event::Begin(phase, None));
    let mut headers = BTreeMap::new();
    for prefix in endpoint.layout.prefixes(&endpoint.held(kinds)) {
        let progress = |found| observer.on(Event::Advance(phase, found));
        for header in endpoint.store.list_all(&prefix, &progress).await? {
            headers.insert(header.name.clone(), header);
        }
    }
    observer.on(Event::End(phase));
    Ok(Listing { headers })
}

/// Says what the names stand for. `known` are ids that exist, from the user or from the other endpoint: a name that
/// could be several ids is the one of them that has this name.
pub fn settle(
    endpoint: &Endpoint,
    listing: &Listing,
    kinds: &[Kind],
    known: &BTreeSet<EntryId>,
) -> Inventory {
    let known = endpoint.layout.known(known);
    let mut inventory = Inventory::default();
    for header in listing.headers.values() {
        let found = |id: EntryId, guessed| Found { id, header: header.clone(), guessed };
        match known.parse(&header.name) {
            Parsed::Foreign => inventory.foreign.push(header.clone()),
            Parsed::Exact(id) => inventory.found.push(found(id, false)),
            Parsed::Guess(id) => inventory.found.push(found(id, true)),
            Parsed::Ambiguous(candidates) => {
                inventory.ambiguous.push(Unsettled { header: header.clone(), candidates });
            }
        }
    }
    inventory.found.retain(|found| kinds.contains(&found.id.kind));
    inventory.ambiguous.retain(|name| name.candidates.iter().any(|id| kinds.contains(&id.kind)));
    // Where Airflow tries several names in order, the first that is there hides the others.
    let place = |found: &Found| {
        let names = endpoint.layout.names_of(&found.id).unwrap_or_default();
        names.iter().position(|name| *name == found.header.name).unwrap_or(names.len())
    };
    inventory.found.sort_by_cached_key(|found| (found.id.clone(), place(found)));
    inventory.found.dedup_by(|next, kept| next.id == kept.id);
    inventory
}

impl Inventory {
    /// The ids that are certain: what the other endpoint's names may be settled by.
    pub fn certain(&self) -> impl Iterator<Item = &EntryId> {
        self.found.iter().filter(|found| !found.guessed).map(|found| &found.id)
    }
}

//! What is there: names, and the ids they stand for.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{EntryId, Kind, Layout, Parsed};
use airbridge_core::{Header, NamePrefix, Result, SecretName, SecretStoreExt};

use crate::{Event, Observer, Phase, Side, Source};

/// Every name that an endpoint's listing shows.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// By the text that names are told apart by: where case does not count, in lower case.
    headers: BTreeMap<String, Header>,
}

impl Listing {
    /// What the listing shows under `name`, in whatever spelling that `layout` takes for the same.
    pub(crate) fn get(&self, layout: &Layout, name: &SecretName) -> Option<&Header> {
        self.headers.get(&layout.fold(name))
    }
}

/// What the names of a listing stand for.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Entries, in their order.
    pub found: Vec<Found>,
    /// Names that could be several entries.
    pub ambiguous: Vec<AmbiguousName>,
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
pub struct AmbiguousName {
    /// The name.
    pub header: Header,
    /// What it could be.
    pub candidates: Vec<EntryId>,
}

/// What is known beside the names: it settles those that could be several ids.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Ids that exist, in the user's word.
    pub given: BTreeSet<EntryId>,
    /// Ids that rules name outright.
    pub named: BTreeSet<EntryId>,
    /// Ids at the other endpoint.
    pub elsewhere: BTreeSet<EntryId>,
}

/// Lists what an endpoint holds of `kinds`; values are read only where the listing carries them for free.
pub async fn list(source: &Source, role: Side, kinds: &[Kind], observer: &dyn Observer) -> Result<Listing> {
    let endpoint = source.endpoint();
    let phase = Phase::List(role);
    observer.on(Event::Begin(phase, None));
    let mut headers = BTreeMap::new();
    let wanted = endpoint.layout.prefixes(&endpoint.held(kinds));
    let whole = !endpoint.store.descriptor().capabilities.lists_by_prefix && !wanted.is_empty();
    let asked = if whole { &[NamePrefix::new("")][..] } else { &wanted };
    for prefix in asked {
        let progress = |found| observer.on(Event::Advance(phase, found));
        for header in endpoint.store.list_all(prefix, &progress).await? {
            headers.insert(endpoint.layout.fold(&header.name), header);
        }
    }
    if whole {
        let starts: Vec<_> =
            wanted.iter().map(|prefix| endpoint.layout.fold(&prefix.as_str().into())).collect();
        headers.retain(|name, _| starts.iter().any(|start| name.starts_with(start)));
    }
    observer.on(Event::End(phase));
    Ok(Listing { headers })
}

/// Says what the names stand for. A name that could be several ids is the one of the ids given by the user that has this
/// name; else the only one that a rule names; else the one that its label says; else the one of those elsewhere.
pub fn resolve_names(source: &Source, listing: &Listing, kinds: &[Kind], evidence: &Evidence) -> Inventory {
    let endpoint = source.endpoint();
    let known = |ids| endpoint.layout.known(ids);
    let (given, ruled) = (known(&evidence.given), known(&evidence.named));
    let elsewhere = known(&evidence.elsewhere);
    let mut inventory = Inventory::default();
    for header in listing.headers.values() {
        let found = |id: EntryId, guessed| Found { id, header: header.clone(), guessed };
        let parsed = match endpoint.layout.parse(&header.name) {
            sure @ (Parsed::Exact(_) | Parsed::Foreign) => sure,
            open => given
                .says(&header.name)
                .or_else(|| ruled.says(&header.name).filter(|said| matches!(said, Parsed::Exact(_))))
                .or_else(|| labelled(&endpoint.layout, header).map(Parsed::Exact))
                .or_else(|| elsewhere.says(&header.name))
                .unwrap_or(open),
        };
        match parsed {
            Parsed::Foreign => inventory.foreign.push(header.clone()),
            Parsed::Exact(id) => inventory.found.push(found(id, false)),
            Parsed::Guess(id) => inventory.found.push(found(id, true)),
            Parsed::Ambiguous(candidates) => {
                inventory.ambiguous.push(AmbiguousName { header: header.clone(), candidates });
            }
        }
    }
    inventory.found.retain(|found| kinds.contains(&found.id.kind));
    inventory.ambiguous.retain(|name| name.candidates.iter().any(|id| kinds.contains(&id.kind)));
    // Where Airflow tries several names in order, the first that is there hides the others.
    let place = |found: &Found| {
        let names = endpoint.layout.names_of(&found.id).unwrap_or_default();
        let there = endpoint.layout.fold(&found.header.name);
        names.iter().position(|name| endpoint.layout.fold(name) == there).unwrap_or(names.len())
    };
    inventory.found.sort_by_cached_key(|found| (found.id.clone(), place(found)));
    inventory.found.dedup_by(|next, kept| next.id == kept.id);
    inventory
}

/// The id that a secret is labelled with, if it has this name: somebody may have copied secret and label.
fn labelled(layout: &Layout, header: &Header) -> Option<EntryId> {
    let id = EntryId::parse(header.label.as_deref()?)?.with_team(layout.team().map(str::to_owned));
    let there = layout.fold(&header.name);
    let its_name =
        layout.names_of(&id).is_ok_and(|names| names.iter().any(|name| layout.fold(name) == there));
    its_name.then_some(id)
}

impl Inventory {
    /// The ids that are certain: what the other endpoint's names may be settled by.
    pub fn certain(&self) -> impl Iterator<Item = &EntryId> {
        self.found.iter().filter(|found| !found.guessed).map(|found| &found.id)
    }
}

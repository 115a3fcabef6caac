//! Which of the entries that code uses an endpoint holds, and which of its entries no code uses.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use airbridge_airflow::EntryId;
use airbridge_core::{SecretName, State};

use crate::endpoint::Source;
use crate::inventory::Inventory;

/// The entries that code uses, as an endpoint holds them, and the rest of the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Each used entry.
    pub used: BTreeMap<EntryId, Presence>,
    /// The entries that no code uses, with their names, sorted by id. Of a name that could be several entries, the first.
    pub unused: Vec<(EntryId, SecretName)>,
}

/// How an endpoint holds an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Airflow finds a value under this name.
    Present(SecretName),
    /// The name exists, and Airflow finds no value there. The words say why: `it is disabled`.
    Unusable(SecretName, &'static str),
    /// Airflow finds nothing. If it does not even ask for a name, the words say why.
    Absent(Option<String>),
}

impl Presence {
    /// Whether Airflow finds a value.
    pub fn is_present(&self) -> bool {
        matches!(self, Self::Present(_))
    }

    /// The name of the secret, if it exists.
    pub fn name(&self) -> Option<&SecretName> {
        match self {
            Self::Present(name) | Self::Unusable(name, _) => Some(name),
            Self::Absent(_) => None,
        }
    }
}

/// Compares the entries that code uses with those of an endpoint. Each entry is looked up as Airflow does: by the names that it
/// asks for, in order. `inventory` is what the endpoint lists; of a service that lists names only, a value that Airflow
/// cannot read is not known to be one.
pub fn usage(source: &Source, inventory: &Inventory, used: &BTreeSet<EntryId>) -> Usage {
    let layout = &source.endpoint().layout;
    let found = inventory.found.iter().map(|found| &found.header);
    let headers = found.chain(inventory.ambiguous.iter().map(|open| &open.header));
    let by_name: HashMap<String, _> = headers.map(|header| (layout.fold(&header.name), header)).collect();
    let mut asked: HashSet<String> = HashSet::new();
    let mut presence = |id: &EntryId| {
        let names = match layout.names_of(id) {
            Ok(names) => names,
            Err(error) => return Presence::Absent(Some(error.message)),
        };
        for name in names.iter().map(|name| layout.fold(name)) {
            let Some(header) = by_name.get(&name) else { continue };
            asked.insert(name);
            return match why_unusable(&header.state) {
                None => Presence::Present(header.name.clone()),
                Some(why) => Presence::Unusable(header.name.clone(), why),
            };
        }
        Presence::Absent(None)
    };
    let used: BTreeMap<_, _> = used.iter().map(|id| (id.clone(), presence(id))).collect();
    let found = inventory.found.iter().map(|found| (&found.id, &found.header));
    let ambiguous = inventory.ambiguous.iter();
    let open = ambiguous.filter_map(|open| Some((open.candidates.first()?, &open.header)));
    let mut unused: Vec<_> = found
        .chain(open)
        .filter(|(_, header)| !asked.contains(&layout.fold(&header.name)))
        .map(|(id, header)| (id.clone(), header.name.clone()))
        .collect();
    unused.sort();
    Usage { used, unused }
}

fn why_unusable(state: &State) -> Option<&'static str> {
    match state {
        State::Live => None,
        State::Disabled => Some("it is disabled"),
        State::Deleted { .. } => Some("it is deleted"),
        State::NoValue => Some("it has no value"),
        State::Binary => Some("its value is binary"),
        State::Masked { .. } => Some("its value is a mask"),
        State::Damaged { .. } => Some("Airflow cannot read its value"),
    }
}

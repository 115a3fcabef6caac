//! From a name to its entry.

use std::collections::BTreeMap;

use airbridge_core::SecretName;

use super::names::Layout;
use super::style::Certainty;
use crate::entry::{EntryId, Kind};

/// The entry that a name belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// This entry and no other.
    Exact(EntryId),
    /// By convention this entry, but ids in different case would have the same name. Environment variables and Key
    /// Vault do not preserve case.
    Guess(EntryId),
    /// One of several entries. The most likely come first. If a store loses more than case (Key Vault has `-` for
    /// `_`), the list may be incomplete.
    Ambiguous(Vec<EntryId>),
    /// No entry: Airflow never requests this name.
    Foreign,
}

impl Layout {
    /// The entry that `name` belongs to. Its team is the layout's.
    pub fn parse(&self, name: &SecretName) -> Parsed {
        let mut found: Vec<EntryId> = Vec::new();
        for kind in Kind::ALL {
            for root in &self.roots.get(kind).own {
                for key in self.style.keys(root, name.as_str()) {
                    let id = EntryId::new(kind, key).with_team(self.team.clone());
                    if !found.contains(&id) && self.leads_to(&id, name) {
                        found.push(id);
                    }
                }
            }
        }
        match <[EntryId; 1]>::try_from(found) {
            Ok([id]) => match self.style.certainty(&id.key) {
                Certainty::Exact => Parsed::Exact(id),
                Certainty::Guess => Parsed::Guess(id),
                Certainty::Open => Parsed::Ambiguous(vec![id]),
            },
            Err(none) if none.is_empty() => Parsed::Foreign,
            Err(several) => Parsed::Ambiguous(several),
        }
    }

    /// An index of ids that are known to exist, from the user or from another endpoint, by their names in this layout.
    pub fn known<'a>(&'a self, ids: impl IntoIterator<Item = &'a EntryId>) -> KnownIds<'a> {
        let mut by_name: BTreeMap<String, Vec<EntryId>> = BTreeMap::new();
        for id in ids {
            let id = id.clone().with_team(self.team.clone());
            for name in self.names_of(&id).into_iter().flatten() {
                let ids = by_name.entry(self.fold(&name)).or_default();
                if !ids.contains(&id) {
                    ids.push(id.clone());
                }
            }
        }
        KnownIds { layout: self, by_name }
    }

    fn leads_to(&self, id: &EntryId, name: &SecretName) -> bool {
        let wanted = self.fold(name);
        self.names_of(id).is_ok_and(|names| names.iter().any(|name| self.fold(name) == wanted))
    }
}

/// Ids that are known to exist. They resolve names that could belong to several ids.
#[derive(Clone, Debug)]
pub struct KnownIds<'a> {
    layout: &'a Layout,
    by_name: BTreeMap<String, Vec<EntryId>>,
}

impl KnownIds<'_> {
    /// Like [`Layout::parse`], but resolves a guess or an ambiguous name to the known entry with this name. If several
    /// known entries have the name, it stays ambiguous.
    pub fn parse(&self, name: &SecretName) -> Parsed {
        match self.layout.parse(name) {
            sure @ (Parsed::Exact(_) | Parsed::Foreign) => sure,
            open => self.lookup(name).unwrap_or(open),
        }
    }

    /// The known entries with this name: [`Parsed::Exact`] for one, [`Parsed::Ambiguous`] for several, `None` if there
    /// are none.
    pub fn lookup(&self, name: &SecretName) -> Option<Parsed> {
        match self.by_name.get(&self.layout.fold(name))?.as_slice() {
            [] => None,
            [id] => Some(Parsed::Exact(id.clone())),
            several => Some(Parsed::Ambiguous(several.to_vec())),
        }
    }
}

//! The way back: which entry a name stands for.

use std::collections::BTreeMap;

use airbridge_core::SecretName;

use super::Layout;
use super::style::Certainty;
use crate::{EntryId, Kind};

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// This entry and no other.
    Exact(EntryId),
    /// By convention this entry, though others would have the same name: environment variables and Key Vault lose case.
    Guess(EntryId),
    /// One of several entries, and nothing here says which. The likeliest come first; where ids lose more than case
    /// (Key Vault has `-` for `_`), there may be more.
    Ambiguous(Vec<EntryId>),
    /// None of ours: nothing that Airflow would ask for.
    Foreign,
}

impl Layout {
    /// What `name` means here. Entries are of this layout's team.
    pub fn parse(&self, name: &SecretName) -> Parsed {
        let mut found: Vec<EntryId> = Vec::new();
        for kind in Kind::ALL {
            for root in &self.rooms.get(kind).roots {
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

    /// Ids that exist, from the user or from another endpoint, by the names they have here.
    pub fn known<'a>(&'a self, ids: impl IntoIterator<Item = &'a EntryId>) -> Known<'a> {
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
        Known { layout: self, by_name }
    }

    fn leads_to(&self, id: &EntryId, name: &SecretName) -> bool {
        let wanted = self.fold(name);
        self.names_of(id).is_ok_and(|names| names.iter().any(|name| self.fold(name) == wanted))
    }
}

/// Ids that are known to exist: they settle names that could be several ids.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    layout: &'a Layout,
    by_name: BTreeMap<String, Vec<EntryId>>,
}

impl Known<'_> {
    /// As [`Layout::parse`], but a name that could be several entries, or is a guess, is the one known entry that has
    /// it. Two known entries of one name stay ambiguous.
    pub fn parse(&self, name: &SecretName) -> Parsed {
        match self.layout.parse(name) {
            sure @ (Parsed::Exact(_) | Parsed::Foreign) => sure,
            open => self.says(name).unwrap_or(open),
        }
    }

    /// What the known entries alone say: the one that has this name, or the several; `None` if none has it.
    pub fn says(&self, name: &SecretName) -> Option<Parsed> {
        match self.by_name.get(&self.layout.fold(name))?.as_slice() {
            [] => None,
            [id] => Some(Parsed::Exact(id.clone())),
            several => Some(Parsed::Ambiguous(several.to_vec())),
        }
    }
}

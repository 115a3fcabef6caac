//! What a user wants changed on the way: entries renamed, changed or left out, between listing and plan.
//!
//! ```text
//!   inventory ──exclude()──► inventory ──► snapshot ──apply()──► snapshot, as the target will know it
//! ```

mod apply;
mod rename;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use airbridge_airflow::{Edits, EntryId, Part};
use airbridge_core::{Result, SecretName};

use crate::snapshot::snapshot;
use crate::{Inventory, Observer, Pattern, Selection, Side, Snapshot, Source};

pub use rename::Rename;

/// Rules in their order: each takes what the earlier ones left.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<Rule>);

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// It takes the entries that one of these matches.
    pub matches: Vec<Pattern>,
    /// Only this team's.
    pub team: Option<String>,
    /// What happens to them.
    pub effect: Effect,
}

/// What happens to the entries that a rule takes.
#[derive(Clone, Debug)]
pub enum Effect {
    /// They are left out, and not even read.
    Exclude,
    /// They are carried, called or made otherwise; neither keeps them as they are.
    Change {
        /// What they are called at the target.
        rename: Option<Rename>,
        /// What of them is made otherwise.
        edits: Edits,
    },
}

/// What a rule did to an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// Which rule, counted from 1.
    pub rule: usize,
    /// What the entry is at the source, where the rule calls it otherwise.
    pub renamed_from: Option<EntryId>,
    /// What got another value than it had.
    pub set: BTreeSet<Part>,
    /// What was there and is gone.
    pub unset: BTreeSet<Part>,
}

/// An entry that a rule leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Which.
    pub id: EntryId,
    /// Its name at the source.
    pub name: SecretName,
    /// By which rule, counted from 1.
    pub rule: usize,
}

impl Rules {
    /// In this order.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// The rule that takes an entry, with its number, counted from 1.
    fn taking(&self, id: &EntryId) -> Option<(usize, &Rule)> {
        (1..).zip(&self.0).find(|(_, rule)| rule.takes(id))
    }

    /// The entries that rules for `team` name outright: the user's word that they exist.
    pub fn named(&self, team: Option<&str>) -> BTreeSet<EntryId> {
        let rules = self.0.iter().filter(|rule| rule.team.is_none() || rule.team.as_deref() == team);
        rules.flat_map(|rule| &rule.matches).flat_map(Pattern::named).collect()
    }

    /// The rules that take none of the selected entries: their numbers, counted from 1, and what they match.
    pub fn idle(&self, inventory: &Inventory, selection: &Selection) -> Vec<(usize, String)> {
        let found = inventory.found.iter().map(|found| &found.id);
        let open = inventory.ambiguous.iter().flat_map(|name| &name.candidates);
        let selected = found.chain(open).filter(|id| selection.takes(id));
        let busy: BTreeSet<usize> = selected.filter_map(|id| Some(self.taking(id)?.0)).collect();
        let idle = (1..).zip(&self.0).filter(|(number, _)| !busy.contains(number));
        idle.map(|(number, rule)| (number, rule.globs())).collect()
    }

    /// Takes out of an inventory what rules leave out of the selected entries. A name that could be several entries
    /// goes where each of those that are selected would go.
    pub fn exclude(&self, inventory: &mut Inventory, selection: &Selection) -> Vec<Excluded> {
        let excluding = |id: &EntryId| {
            let (number, rule) = self.taking(id)?;
            matches!(rule.effect, Effect::Exclude).then_some(number)
        };
        let mut excluded = Vec::new();
        inventory.found.retain(|found| {
            let rule = excluding(&found.id).filter(|_| selection.takes(&found.id));
            let left_out = |rule| Excluded { id: found.id.clone(), name: found.header.name.clone(), rule };
            excluded.extend(rule.map(left_out));
            rule.is_none()
        });
        inventory.ambiguous.retain(|name| {
            let selected: Vec<_> = name.candidates.iter().filter(|id| selection.takes(id)).collect();
            let rules: Option<Vec<usize>> = selected.iter().map(|id| excluding(id)).collect();
            let Some((rules, id)) = rules.zip(selected.first()) else { return true };
            excluded.extend(rules.first().map(|rule| Excluded {
                id: (*id).clone(),
                name: name.header.name.clone(),
                rule: *rule,
            }));
            false
        });
        excluded
    }
}

impl Rule {
    fn takes(&self, id: &EntryId) -> bool {
        (self.team.is_none() || self.team == id.team) && self.matches.iter().any(|glob| glob.takes(id))
    }

    /// What it matches, for messages.
    fn globs(&self) -> String {
        let globs: Vec<_> = self.matches.iter().map(Pattern::text).collect();
        globs.join(", ")
    }
}

/// What the selected entries of an endpoint hold, as seen through rules: entries that they leave out are not read.
pub async fn ruled_snapshot(
    rules: &Rules,
    source: &Source,
    role: Side,
    mut inventory: Inventory,
    selection: &Selection,
    observer: &dyn Observer,
) -> Result<Snapshot> {
    let excluded = rules.exclude(&mut inventory, selection);
    let mut seen = snapshot(source, role, &inventory, selection, observer).await?;
    seen.excluded = excluded;
    rules.apply(&mut seen);
    Ok(seen)
}

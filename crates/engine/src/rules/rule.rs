//! What rules are, and which entries they match.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{Edits, EntryId, Part};

use super::rename::{Fill, Rename};
use crate::glob::Pattern;
use crate::inventory::Inventory;
use crate::ruled::Excluded;
use crate::select::Selection;

/// Rules in their order. The first one that matches an entry is applied to it, and no other.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<Rule>);

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule applies to entries that one of these globs matches.
    pub matches: Vec<Pattern>,
    /// If given, the rule applies only to entries of this team.
    pub team: Option<String>,
    /// What the rule does to them.
    pub effect: Effect,
}

/// What a rule does to the entries that it matches.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Excludes them. Their values are not read.
    Exclude,
    /// Copies them with another id or other values. Without both, they are copied as they are.
    Change {
        /// The id at the target.
        rename: Option<Rename>,
        /// The parts to set and to remove.
        edits: Edits,
        /// The parts to set to a value that depends on the id.
        fills: BTreeMap<Part, Fill>,
    },
}

/// A rule that applies to no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleRule {
    /// Its number, counted from 1.
    pub number: usize,
    /// Its globs, for messages.
    pub globs: String,
    /// Whether it excludes entries.
    pub excludes: bool,
}

impl Rules {
    /// Keeps `rules` in this order.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rule that applies to an entry, with its number, counted from 1.
    pub(super) fn taking(&self, id: &EntryId) -> Option<(usize, &Rule)> {
        (1..).zip(&self.0).find(|(_, rule)| rule.takes(id))
    }

    /// The entries that rules for `team` name without wildcards: the user says that they exist.
    pub fn named(&self, team: Option<&str>) -> BTreeSet<EntryId> {
        let rules = self.0.iter().filter(|rule| rule.team.is_none() || rule.team.as_deref() == team);
        rules.flat_map(|rule| &rule.matches).flat_map(Pattern::named).collect()
    }

    /// The rules that apply to none of the selected entries.
    pub fn idle(&self, inventory: &Inventory, selection: &Selection) -> Vec<IdleRule> {
        let selected = inventory.ids().filter(|id| selection.takes(id));
        let busy: BTreeSet<usize> = selected.filter_map(|id| Some(self.taking(id)?.0)).collect();
        let idle = (1..).zip(&self.0).filter(|(number, _)| !busy.contains(number));
        let excludes = |rule: &Rule| matches!(rule.effect, Effect::Exclude);
        idle.map(|(number, rule)| IdleRule { number, globs: rule.globs(), excludes: excludes(rule) })
            .collect()
    }

    /// Removes the selected entries that rules exclude from an inventory, and returns them. A name that could be several
    /// entries is removed if rules exclude each of them that is selected.
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
        (self.team.is_none() || self.team.as_deref() == id.team.as_deref())
            && self.matches.iter().any(|glob| glob.takes(id))
    }

    /// The globs, for messages.
    fn globs(&self) -> String {
        let globs: Vec<_> = self.matches.iter().map(Pattern::text).collect();
        globs.join(", ")
    }
}

//! Names: from an entry to what a store calls it, and back.
//!
//! A [`Layout`] is data. Every name is *root + spelled id*; where Airflow's backend classes differ is in their roots,
//! in how they spell ids, and in the ids they never ask for.
//!
//! ```text
//!   Scheme (kwargs) ──new()──►  Layout  ──name_of()──►  name      scheme.rs, preset.rs, style.rs
//!                               Layout  ◄──parse()────  name      parse.rs
//!                               Layout  ──prefixes()─►  listing   survey.rs
//! ```

mod kind;
mod lookup;
mod parse;
mod preset;
mod scheme;
mod style;
mod survey;
#[cfg(test)]
mod tests;

use std::fmt;

use airbridge_core::SecretName;

use crate::{AirflowVersion, EntryId, Kind};
use lookup::Pattern;
use style::KeyStyle;

pub use kind::PerKind;
pub use parse::{Known, Parsed};
pub use scheme::{LayoutError, PRESETS, Paths, Prefix, Preset, Scheme};

/// How one place names its entries: what Airflow's backend class asks it for.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The place, as sentences call it.
    place: &'static str,
    rooms: PerKind<Room>,
    style: KeyStyle,
    /// Whose names; `None` for those that all share.
    team: Option<String>,
    team_lookup: TeamLookup,
    /// Which ids Airflow refuses in multi-team mode; `None` where it refuses none.
    guard: Option<Guard>,
}

/// Where entries of one kind are kept.
#[derive(Clone, Debug, Default)]
struct Room {
    /// What stands before the ids in this layout's scope, in the order in which Airflow tries it. None: nothing is kept.
    roots: Vec<String>,
    /// The same for the names that all teams share.
    shared: Vec<String>,
    /// Why `roots` is empty, as a sentence without a full stop.
    absent: String,
    /// Which ids are asked for.
    pattern: Option<Pattern>,
}

/// What Airflow asks for on behalf of a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TeamLookup {
    /// The team's name, then the shared one.
    ThenShared,
    /// In multi-team mode the team's name and no other.
    Alone,
}

/// The ids that multi-team Airflow refuses, because they could be another team's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Guard {
    /// What they contain.
    separator: &'static str,
    /// Whether config options are refused, too.
    config: bool,
    /// Whether ids are refused also when they are asked for on behalf of a team.
    in_teams: bool,
}

/// Why an entry has no name here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamingError {
    /// A word from the documented list of reasons: `kind-not-held`, `outside-lookup-pattern` or `id-not-reachable`.
    pub reason: &'static str,
    /// One sentence, with the way out.
    pub message: String,
}

impl fmt::Display for NamingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NamingError {}

impl Layout {
    /// The layout that Airflow of `version` has under `scheme`; with a `team`, exactly that team's names, without the
    /// shared ones and without config options, which belong to no team. Refuses what Airflow could not start with.
    pub fn new(scheme: &Scheme, version: AirflowVersion, team: Option<&str>) -> Result<Self, LayoutError> {
        preset::build(scheme, version, team)
    }

    /// The name under which `id` is kept here, the first that Airflow asks for. Says why if it has none: the kind is
    /// switched off or not held, the id lies outside a lookup pattern, or nothing Airflow asks for could be this id.
    ///
    /// The team is the layout's: `id.team` is not looked at, so that an entry goes from one team to another.
    pub fn name_of(&self, id: &EntryId) -> Result<SecretName, NamingError> {
        self.names_of(id).map(|mut names| names.swap_remove(0))
    }

    /// Every name under which Airflow would find `id` here, in the order in which it asks; the first that exists hides
    /// the others. Never empty. Only Vault with a list of paths has more than one.
    pub fn names_of(&self, id: &EntryId) -> Result<Vec<SecretName>, NamingError> {
        let room = self.rooms.get(id.kind);
        let error = |reason, message| Err(NamingError { reason, message });
        if room.roots.is_empty() {
            return error("kind-not-held", room.absent.clone());
        }
        if !room.asks_for(&id.key) {
            let kind = id.kind.plural();
            let message = format!(
                "{id} does not match `{kind}_lookup_pattern` from its start, so Airflow does not look for it in {}; \
                 widen the pattern or leave the entry out",
                self.place
            );
            return error("outside-lookup-pattern", message);
        }
        if self.team.is_some()
            && let Some(guard) = self.guard_on(id)
        {
            let message = format!(
                "{id} contains `{}`, which multi-team Airflow refuses in {}; rename it",
                guard.separator, self.place
            );
            return error("id-not-reachable", message);
        }
        if let Some(fault) = self.style.fault(&id.key) {
            return error("id-not-reachable", format!("{id} cannot be found in {}: {fault}", self.place));
        }
        let names: Vec<_> =
            self.spelled(&room.roots, &id.key).filter(|name| !name.as_str().is_empty()).collect();
        if names.is_empty() {
            let message = format!(
                "Airflow does not look for {id} in {}: its name would not be {}; rename it",
                self.place,
                self.style.alphabet()
            );
            return error("id-not-reachable", message);
        }
        Ok(names)
    }

    /// Every name that Airflow asks the store for until it gives up on `id`, in order; empty where it never asks.
    ///
    /// Unlike [`name_of`](Self::name_of) this is Airflow as it is: names that mean another id as well are among them,
    /// and a team's are followed by the shared ones. `multi_team` is Airflow's setting `[core] multi_team`.
    pub fn requests(&self, id: &EntryId, multi_team: bool) -> Vec<SecretName> {
        let room = self.rooms.get(id.kind);
        if !room.asks_for(&id.key) || (multi_team && self.guard_on(id).is_some()) {
            return Vec::new();
        }
        let shared = || self.spelled(&room.shared, &id.key);
        if self.team.is_none() {
            return shared().collect();
        }
        let own = self.spelled(&room.roots, &id.key);
        match self.team_lookup {
            TeamLookup::ThenShared => own.chain(shared()).collect(),
            TeamLookup::Alone if multi_team && !room.roots.is_empty() => own.collect(),
            TeamLookup::Alone => shared().collect(),
        }
    }

    /// Whether entries of `kind` can be kept here at all.
    pub fn holds(&self, kind: Kind) -> bool {
        !self.rooms.get(kind).roots.is_empty()
    }

    /// Whose names these are; `None` for those that all share.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    /// What is to be said of an id that is an id today, and that Airflow could not read once it runs in multi-team
    /// mode.
    pub fn warning(&self, id: &EntryId) -> Option<String> {
        let guard = self.guard_on(id).filter(|_| self.team.is_none())?;
        Some(format!(
            "multi-team Airflow could not read {id} in {}: it contains `{}`",
            self.place, guard.separator
        ))
    }

    /// The text by which names are told apart: stores that ignore case have one for several spellings.
    pub fn fold(&self, name: &SecretName) -> String {
        self.style.fold(name.as_str())
    }

    fn spelled<'a>(&'a self, roots: &'a [String], key: &'a str) -> impl Iterator<Item = SecretName> + 'a {
        roots.iter().filter_map(|root| self.style.spell(root, key)).map(SecretName::new)
    }

    /// The guard, if multi-team Airflow refuses `id`.
    fn guard_on(&self, id: &EntryId) -> Option<&Guard> {
        self.guard.as_ref().filter(|guard| {
            (guard.config || id.kind != Kind::Config)
                && (guard.in_teams || self.team.is_none())
                && self.style.guarded(&id.key).contains(guard.separator)
        })
    }
}

impl Room {
    fn asks_for(&self, key: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches(key))
    }
}

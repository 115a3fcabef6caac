//! From an entry to its name.

use std::fmt;
use std::sync::Arc;

use airbridge_core::SecretName;

use super::kind::PerKind;
use super::roots::{Guard, RootKwargs, Roots, TeamLookup};
use super::style::KeyStyle;
use crate::entry::{EntryId, Kind};

/// How a store names its entries: the names that Airflow's backend class requests.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The store, as messages name it.
    pub(super) place: &'static str,
    pub(super) roots: PerKind<Roots>,
    pub(super) style: KeyStyle,
    /// The team whose names these are. `None` for the names that all teams share.
    pub(super) team: Option<Arc<str>>,
    pub(super) team_lookup: TeamLookup,
    /// The ids that Airflow rejects in multi-team mode. `None` if it rejects none.
    pub(super) guard: Option<Guard>,
    /// The kwargs that decide where names begin; `None` where there are none.
    pub(super) kwargs: Option<RootKwargs>,
}

/// Why an entry has no name in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamingError {
    /// A word from the documented list of reasons: `kind-not-held`, `outside-lookup-pattern` or `id-not-reachable`.
    pub reason: &'static str,
    /// One sentence with a hint.
    pub message: String,
}

impl fmt::Display for NamingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NamingError {}

impl Layout {
    /// The name of `id` in the store: the first one that Airflow requests.
    ///
    /// The team is always the layout's. `id.team` is ignored, so that an entry can be copied from one team to another.
    ///
    /// # Errors
    ///
    /// - `kind-not-held`: the kind is switched off, or the store cannot hold it.
    /// - `outside-lookup-pattern`: the id does not match the lookup pattern of its kind.
    /// - `id-not-reachable`: Airflow never requests this id, or would read another secret.
    pub fn name_of(&self, id: &EntryId) -> Result<SecretName, NamingError> {
        self.names_of(id).map(|mut names| names.swap_remove(0))
    }

    /// Every name under which Airflow finds `id`, in the order of its requests. The first name that exists hides the
    /// others. Never empty. Only Vault with a list of paths has more than one.
    ///
    /// # Errors
    ///
    /// As [`name_of`](Self::name_of).
    pub fn names_of(&self, id: &EntryId) -> Result<Vec<SecretName>, NamingError> {
        let roots = self.roots.get(id.kind);
        let error = |reason, message| Err(NamingError { reason, message });
        if roots.own.is_empty() {
            return error("kind-not-held", roots.absent.clone());
        }
        if !roots.asks_for(&id.key) {
            let kind = id.kind.plural();
            let message = format!(
                "{id} does not match `{kind}_lookup_pattern` from its start, so Airflow does not look it up in {}; \
                 change the pattern or exclude the entry",
                self.place
            );
            return error("outside-lookup-pattern", message);
        }
        if self.team.is_some()
            && let Some(guard) = self.guard_on(id)
        {
            let message = format!(
                "{id} contains `{}`, which Airflow rejects in {} in multi-team mode; rename the entry",
                guard.separator, self.place
            );
            return error("id-not-reachable", message);
        }
        if let Some(fault) = self.style.fault(id.kind, &id.key) {
            return error("id-not-reachable", format!("Airflow cannot find {id} in {}: {fault}", self.place));
        }
        let names: Vec<_> =
            self.spelled(&roots.own, &id.key).filter(|name| !name.as_str().is_empty()).collect();
        if names.is_empty() {
            let message = format!(
                "Airflow does not look up {id} in {}, because its name must have {}; rename the entry",
                self.place,
                self.style.alphabet()
            );
            return error("id-not-reachable", message);
        }
        Ok(names)
    }

    /// Every name that Airflow requests from the store for `id`, in order. Empty if it requests none.
    ///
    /// Unlike [`name_of`](Self::name_of), this includes names that also belong to other ids, and for a team the shared
    /// names. `multi_team` is Airflow's setting `[core] multi_team`.
    pub fn requests(&self, id: &EntryId, multi_team: bool) -> Vec<SecretName> {
        let roots = self.roots.get(id.kind);
        if !roots.asks_for(&id.key) || (multi_team && self.guard_on(id).is_some()) {
            return Vec::new();
        }
        let shared = || self.spelled(&roots.shared, &id.key);
        if self.team.is_none() {
            return shared().collect();
        }
        let own = self.spelled(&roots.own, &id.key);
        match self.team_lookup {
            TeamLookup::ThenShared => own.chain(shared()).collect(),
            TeamLookup::Alone if multi_team && !roots.own.is_empty() => own.collect(),
            TeamLookup::Alone => shared().collect(),
        }
    }

    /// Whether the store can hold entries of `kind`.
    pub fn holds(&self, kind: Kind) -> bool {
        !self.roots.get(kind).own.is_empty()
    }

    /// The team whose names these are. `None` for the names that all teams share.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }

    /// A warning for an id that Airflow can read now, but not in multi-team mode.
    pub fn warning(&self, id: &EntryId) -> Option<String> {
        let guard = self.guard_on(id).filter(|_| self.team.is_none())?;
        Some(format!(
            "Airflow could not read {id} from {} in multi-team mode, because it contains `{}`",
            self.place, guard.separator
        ))
    }

    /// The canonical form of a name. Two names with the same form are the same secret, in stores that ignore case.
    pub fn fold(&self, name: &SecretName) -> String {
        self.style.fold(name.as_str())
    }

    /// The names of an id below each of the roots.
    fn spelled<'a>(&'a self, roots: &'a [String], key: &'a str) -> impl Iterator<Item = SecretName> + 'a {
        roots.iter().filter_map(|root| self.style.spell(root, key)).map(SecretName::new)
    }

    /// The guard, if Airflow rejects `id` in multi-team mode.
    fn guard_on(&self, id: &EntryId) -> Option<&Guard> {
        self.guard.as_ref().filter(|guard| {
            (guard.config || id.kind != Kind::Config)
                && (guard.in_teams || self.team.is_none())
                && self.style.guarded(&id.key).contains(guard.separator)
        })
    }
}

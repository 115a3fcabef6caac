//! The roots of the names of one kind, and which ids Airflow requests.

use super::lookup::Pattern;
use crate::entry::Kind;

/// The roots of the names of one kind of entry: what comes before the id.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    /// The roots of the layout's team, or the shared ones without a team, in the order in which Airflow tries them.
    /// Empty if the store cannot hold this kind.
    pub(super) own: Vec<String>,
    /// The roots of the names that all teams share.
    pub(super) shared: Vec<String>,
    /// Why `own` is empty, as a sentence without a full stop.
    pub(super) absent: String,
    /// The kwarg that switches this kind off, if one does.
    pub(super) off_by: Option<String>,
    /// The lookup pattern: Airflow requests only ids that match it.
    pub(super) pattern: Option<Pattern>,
}

/// The names that Airflow requests for a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TeamLookup {
    /// The team's name, then the shared name.
    ThenShared,
    /// In multi-team mode only the team's name, else only the shared name.
    Alone,
}

/// The ids that Airflow rejects in multi-team mode, because they could belong to another team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    /// The separator that such an id contains.
    pub(super) separator: &'static str,
    /// Whether Airflow also rejects config options.
    pub(super) config: bool,
    /// Whether Airflow also rejects ids that it requests for a team.
    pub(super) in_teams: bool,
}

/// The kwargs of a backend class that decide where names begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RootKwargs {
    /// The end of their names: `prefix` for `connections_prefix`.
    pub(super) word: &'static str,
    /// What stands between a root and an id, if `sep` decides it.
    pub(super) sep: Option<String>,
}

impl Roots {
    /// Whether Airflow requests this id.
    pub(super) fn asks_for(&self, key: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches(key))
    }

    /// `own` has the roots of the team, if there is one. `absent` says why the roots are empty, if they are.
    pub(super) fn of(kind: Kind, shared: Vec<String>, own: Option<Vec<String>>, absent: String) -> Self {
        let (roots, absent) = match own {
            None => (shared.clone(), absent),
            Some(_) if kind == Kind::Config => (
                Vec::new(),
                "config options do not belong to teams; exclude them, or remove `team`".to_owned(),
            ),
            Some(own) => (own, absent),
        };
        Self { own: roots, shared, absent, off_by: None, pattern: None }
    }
}

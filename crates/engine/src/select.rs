//! The selection of entries for a run.

use airbridge_airflow::{EntryId, Kind};

use crate::glob::{BadGlob, Pattern};

/// The selected entries of a run. Exclude takes precedence over include.
#[derive(Clone, Debug)]
pub struct Selection {
    kinds: Vec<Kind>,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl Selection {
    /// Selects `kinds` (all if empty) and globs such as `conn:prod_*`, `var:*`, or a bare glob for every kind.
    ///
    /// # Errors
    /// The first glob that is not valid.
    pub fn new(kinds: &[Kind], include: &[String], exclude: &[String]) -> Result<Self, BadGlob> {
        let kinds = Kind::ALL.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)).collect();
        Ok(Self { kinds, include: patterns(include)?, exclude: patterns(exclude)? })
    }

    /// Selects every entry.
    pub fn everything() -> Self {
        Self { kinds: Kind::ALL.to_vec(), include: Vec::new(), exclude: Vec::new() }
    }

    /// The selected kinds, in the order in which airbridge shows them.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Whether globs select among the entries of its kinds.
    pub(crate) fn has_globs(&self) -> bool {
        !self.include.is_empty() || !self.exclude.is_empty()
    }

    /// The same selection, without the kinds for which `held` is false.
    pub fn narrowed(&self, held: impl Fn(Kind) -> bool) -> Self {
        let kinds = self.kinds.iter().copied().filter(|kind| held(*kind)).collect();
        Self { kinds, ..self.clone() }
    }

    /// The globs that match none of these entries: those of `--include`, then those of `--exclude`. Globs for a kind that is
    /// not selected are left out, because nothing of that kind was listed.
    pub fn unused(&self, ids: &[&EntryId]) -> [Vec<&str>; 2] {
        let idle = |pattern: &&Pattern| {
            pattern.kind().is_none_or(|kind| self.kinds.contains(&kind))
                && !ids.iter().any(|id| pattern.takes(id))
        };
        [&self.include, &self.exclude]
            .map(|patterns| patterns.iter().filter(idle).map(Pattern::text).collect())
    }

    /// Whether an entry is selected.
    pub fn takes(&self, id: &EntryId) -> bool {
        let hit = |pattern: &Pattern| pattern.takes(id);
        self.kinds.contains(&id.kind)
            && (self.include.is_empty() || self.include.iter().any(hit))
            && !self.exclude.iter().any(hit)
    }
}

fn patterns(globs: &[String]) -> Result<Vec<Pattern>, BadGlob> {
    globs.iter().map(|glob| Pattern::new(glob)).collect()
}

#[cfg(test)]
mod tests {
    use airbridge_airflow::{EntryId, Kind};

    use super::Selection;

    fn globs(globs: &[&str]) -> Vec<String> {
        globs.iter().map(|glob| (*glob).to_owned()).collect()
    }

    #[test]
    fn bare_glob_selects_every_kind_and_exclude_takes_precedence() {
        let selection = Selection::new(&[], &globs(&["conn:prod_*", "shared*"]), &globs(&["*_old"])).unwrap();
        for (entry, taken) in [
            ("conn:prod_db", true),
            ("var:prod_db", false),
            ("var:shared/x", true),
            ("conn:prod_old", false),
            ("config:other", false),
        ] {
            assert_eq!(selection.takes(&EntryId::parse(entry).unwrap()), taken, "{entry}");
        }
    }

    #[test]
    fn other_kinds_are_not_selected() {
        let selection = Selection::new(&[Kind::Variable], &[], &[]).unwrap();
        assert!(selection.takes(&EntryId::new(Kind::Variable, "x")));
        assert!(!selection.takes(&EntryId::new(Kind::Connection, "x")));
    }

    #[test]
    fn invalid_glob_is_named() {
        assert_eq!(Selection::new(&[], &globs(&["conn:[a"]), &[]).unwrap_err().glob, "conn:[a");
    }
}

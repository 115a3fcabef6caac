//! Which entries a run is about.

use airbridge_airflow::{EntryId, Kind};

use crate::{BadGlob, Pattern};

/// Which entries a run is about. Excluding beats including.
#[derive(Clone, Debug)]
pub struct Selection {
    kinds: Vec<Kind>,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl Selection {
    /// `kinds` in any order, none meaning all; globs as `conn:prod_*`, `var:*`, or bare for every kind.
    pub fn new(kinds: &[Kind], include: &[String], exclude: &[String]) -> Result<Self, BadGlob> {
        let kinds = Kind::ALL.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)).collect();
        Ok(Self { kinds, include: patterns(include)?, exclude: patterns(exclude)? })
    }

    /// Everything.
    pub fn everything() -> Self {
        Self { kinds: Kind::ALL.to_vec(), include: Vec::new(), exclude: Vec::new() }
    }

    /// The kinds, in the order in which they are shown.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The same selection of fewer kinds.
    pub fn narrowed(&self, held: impl Fn(Kind) -> bool) -> Self {
        let kinds = self.kinds.iter().copied().filter(|kind| held(*kind)).collect();
        Self { kinds, ..self.clone() }
    }

    /// Whether an entry is meant.
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
    fn exclude_beats_include_and_a_bare_glob_means_every_kind() {
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
    fn only_the_kinds_asked_for() {
        let selection = Selection::new(&[Kind::Variable], &[], &[]).unwrap();
        assert!(selection.takes(&EntryId::new(Kind::Variable, "x")));
        assert!(!selection.takes(&EntryId::new(Kind::Connection, "x")));
    }

    #[test]
    fn a_broken_glob_is_named() {
        assert_eq!(Selection::new(&[], &globs(&["conn:[a"]), &[]).unwrap_err().glob, "conn:[a");
    }
}

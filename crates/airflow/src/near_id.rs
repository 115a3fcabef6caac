//! The id that is probably meant by one that no place has.

use strsim::normalized_damerau_levenshtein;

/// How an id differs from the one that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NearId {
    /// In upper and lower case only.
    Case,
    /// In case, blanks at the ends, and `-`, `_`, `.` and blanks only.
    Separators,
    /// In a few characters.
    Spelling,
}

impl NearId {
    /// The difference, as the end of a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Case => "it differs in upper and lower case, and ids are case-sensitive",
            Self::Separators => "it differs in `-`, `_`, `.` or blanks",
            Self::Spelling => "its spelling is similar",
        }
    }
}

/// The most similar of `known`, and how it differs from `wanted`. `None` if none is similar, or if one is the same.
pub fn near_id<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<(&'a str, NearId)> {
    let lower = wanted.to_lowercase();
    let mut best: Option<(NearId, f64, &str)> = None;
    for id in known {
        if id == wanted {
            return None;
        }
        let other = id.to_lowercase();
        let likeness = normalized_damerau_levenshtein(&lower, &other);
        let near = if other == lower {
            NearId::Case
        } else if bare(&other) == bare(&lower) {
            NearId::Separators
        } else if likeness > 0.7 {
            NearId::Spelling
        } else {
            continue;
        };
        if best.is_none_or(|(kind, value, _)| (near, -likeness) < (kind, -value)) {
            best = Some((near, likeness, id));
        }
    }
    best.map(|(near, _, id)| (id, near))
}

fn bare(id: &str) -> String {
    id.chars().filter(|char| !matches!(char, '-' | '_' | '.') && !char.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::{NearId, near_id};

    #[test]
    fn nearest_id_is_found_with_its_difference() {
        let known = ["my-db", "My_Db", "warehouse", "smtp_default"];
        for (wanted, expected) in [
            ("my_db", Some(("My_Db", NearId::Case))),
            ("MY-DB", Some(("my-db", NearId::Case))),
            ("my db", Some(("my-db", NearId::Separators))),
            ("smtp-default ", Some(("smtp_default", NearId::Separators))),
            ("warehose", Some(("warehouse", NearId::Spelling))),
            ("warehouse", None),
            ("unrelated", None),
        ] {
            assert_eq!(near_id(wanted, known), expected, "{wanted}");
        }
    }
}

//! Globs over entries: `conn:prod_*`, `var:*`, or bare for every kind; and what their stars catch.

use airbridge_airflow::{EntryId, Kind};
use globset::GlobBuilder;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// A glob that some entries match.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// `None` for a bare glob, which matches every kind.
    kind: Option<Kind>,
    /// What the glob means, each star a group: what matches and what was caught cannot disagree.
    regex: Regex,
    /// The one key that it matches, if it has no wildcards.
    literal: Option<String>,
}

/// A glob that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    /// As the user wrote it.
    pub glob: String,
    /// What is wrong with it.
    pub message: String,
}

impl Pattern {
    /// Reads a glob as the user writes it.
    pub fn new(text: &str) -> Result<Self, BadGlob> {
        let typed = text.split_once(':').and_then(|(prefix, glob)| {
            Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix).map(|kind| (Some(kind), glob))
        });
        let (kind, glob) = typed.unwrap_or((None, text));
        let bad = |message: String| BadGlob { glob: text.to_owned(), message };
        // A backslash is a legal character of connection ids, so it escapes nothing here.
        let built = GlobBuilder::new(glob).literal_separator(false).backslash_escape(false).build();
        let built = built.map_err(|error| bad(error.kind().to_string()))?;
        let regex = compiled(&catching(built.regex())).ok_or_else(|| bad("it is too large".to_owned()))?;
        let literal = (!glob.contains(['*', '?', '[', '{'])).then(|| glob.to_owned());
        Ok(Self { text: text.to_owned(), kind, regex, literal })
    }

    /// As the user wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The kind that it matches; `None` for every kind.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// How many stars it has.
    pub fn stars(&self) -> usize {
        self.regex.captures_len() - 1
    }

    /// The entries that it names outright: one, or a bare one of each kind; none if it has wildcards.
    pub fn named(&self) -> impl Iterator<Item = EntryId> + '_ {
        let kinds = Kind::ALL.into_iter().filter(|kind| self.kind.is_none_or(|only| only == *kind));
        kinds.filter_map(|kind| Some(EntryId::new(kind, self.literal.clone()?)))
    }

    /// Whether it matches an entry.
    pub fn takes(&self, id: &EntryId) -> bool {
        self.kind.is_none_or(|kind| kind == id.kind) && self.regex.is_match(&id.key)
    }

    /// What each star caught of an entry that it matches, as much as it could, from left to right. `None` if it does
    /// not match, or if a star caught a part of a character (beside a `?`, which stands for a byte).
    pub fn caught(&self, id: &EntryId) -> Option<Vec<String>> {
        let mut groups = self.regex.create_captures();
        self.regex.captures(&id.key, &mut groups);
        if !self.takes(id) {
            return None;
        }
        let caught = |group| match groups.get_group(group) {
            Some(span) => id.key.get(span.range()).map(str::to_owned),
            // In an alternative that was not taken.
            None => Some(String::new()),
        };
        (1..=self.stars()).map(caught).collect()
    }
}

/// As `globset` compiles its expressions; `None` for one beyond the engine's limits.
fn compiled(regex: &str) -> Option<Regex> {
    let syntax = syntax::Config::new().utf8(false).dot_matches_new_line(true);
    Regex::builder().syntax(syntax).configure(Regex::config().utf8_empty(false)).build(regex).ok()
}

/// The expression of a glob with a group around what each star stands for. Every other character that could look like
/// one is escaped there, or in brackets.
fn catching(regex: &str) -> String {
    let mut out = String::with_capacity(regex.len() + 8);
    let mut characters = regex.chars().peekable();
    let mut in_brackets = false;
    while let Some(character) = characters.next() {
        match character {
            '.' if !in_brackets && characters.peek() == Some(&'*') => {
                characters.next();
                out.push_str("(.*)");
                continue;
            }
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            _ => {}
        }
        out.push(character);
        if character == '\\' {
            out.extend(characters.next());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use airbridge_airflow::{EntryId, Kind};
    use globset::GlobBuilder;
    use proptest::prelude::*;

    use super::Pattern;

    fn caught(glob: &str, key: &str) -> Option<Vec<String>> {
        Pattern::new(glob).unwrap().caught(&EntryId::new(Kind::Connection, key))
    }

    #[test]
    fn stars_catch_as_much_as_they_can() {
        for (glob, key, parts) in [
            ("conn:prod_*", "prod_db", &["db"][..]),
            ("prod_*", "prod_", &[""]),
            ("*_*", "a_b_c", &["a_b", "c"]),
            ("*.[*.]*", "x.*y", &["x", "y"]),
            ("{a,b}*-?*", "b1-xyz", &["1", "yz"]),
            ("{x*,y}z*", "yz1", &["", "1"]),
            ("a/**/b*", "a/x/y/b7", &["x/y", "7"]),
            ("äß*", "äßé", &["é"]),
            (r"a\*", r"a\b", &["b"]),
            ("plain", "plain", &[]),
        ] {
            let parts: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(caught(glob, key), Some(parts), "{glob} on {key}");
        }
        assert_eq!(caught("var:a*", "ab"), None);
        assert_eq!(caught("a*", "b"), None);
        assert_eq!(caught("?*", "é"), None, "half a character");
    }

    #[test]
    fn only_what_has_no_wildcards_names_entries() {
        let named = |glob| Pattern::new(glob).unwrap().named().map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(named("conn:my_db"), ["conn:my_db"]);
        assert_eq!(named("my_db"), ["conn:my_db", "var:my_db", "config:my_db"]);
        for glob in ["conn:my*", "conn:m?", "conn:[m]y", "conn:{my,your}"] {
            assert!(named(glob).is_empty(), "{glob}");
        }
    }

    proptest! {
        #[test]
        fn what_matches_and_what_was_caught_agree(
            glob in r"([ab.*?é/\\]|\[[!a.*-]?b\]|\{a,\*b\}){0,6}",
            key in r"[ab.*é/\\\n]{0,8}",
        ) {
            let built = GlobBuilder::new(&glob).literal_separator(false).backslash_escape(false).build();
            let reference = built.unwrap().compile_matcher().is_match(&key);
            let pattern = Pattern::new(&glob).unwrap();
            let id = EntryId::new(Kind::Variable, &key);
            prop_assert_eq!(pattern.takes(&id), reference);
            if let Some(caught) = pattern.caught(&id) {
                prop_assert!(reference);
                prop_assert_eq!(caught.len(), pattern.stars());
                prop_assert_eq!(pattern.stars(), pattern.regex.captures_len() - 1);
                // With stars alone, the parts in their places are the key again.
                if !glob.contains(['?', '[', '{']) && !glob.contains("**") {
                    let mut texts = glob.split('*');
                    let mut rebuilt = texts.next().unwrap().to_owned();
                    for (text, part) in texts.zip(&caught) {
                        rebuilt.push_str(part);
                        rebuilt.push_str(text);
                    }
                    prop_assert_eq!(rebuilt, key);
                }
            }
        }
    }
}

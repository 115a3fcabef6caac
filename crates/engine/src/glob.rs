//! Globs over entries: `conn:prod_*`, `var:*`, or a bare glob for every kind; and what each star matches.

mod translate;

use airbridge_airflow::{EntryId, Kind};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use translate::translate;

/// How a glob is written, as the hint of every message about a wrong one.
pub const GLOB_HINT: &str = "write conn:GLOB, var:GLOB, config:GLOB, or a bare glob for every kind; `[` and `{` begin sets of characters and of words";

/// The most stars in a glob. The time to match a key grows with their number and the length of the key.
const MAX_STARS: usize = 64;

/// A glob over entries.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// `None` for a bare glob, which matches every kind.
    kind: Option<Kind>,
    /// What the glob means. Each star is a group, so that the match and its parts come from one expression.
    regex: Regex,
    /// The only key that it matches, if it has no wildcards.
    literal: Option<String>,
}

/// A glob that is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    /// The glob as the user wrote it.
    pub glob: String,
    /// What is wrong with it.
    pub message: String,
}

impl Pattern {
    /// Parses a glob as the user writes it: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`. A backslash is an ordinary character.
    ///
    /// # Errors
    /// An unknown kind, a set that is not closed, a range whose end is before its start, more than 64 stars, or an
    /// expression that is too large. Letters before the first colon are always a kind: `var:app:*` matches keys that start with `app:`.
    pub fn new(text: &str) -> Result<Self, BadGlob> {
        let bad = |message: String| BadGlob { glob: text.to_owned(), message };
        let (kind, glob) = match text.split_once(':') {
            Some((word, glob)) if is_word(word) => (Some(kind(word).map_err(bad)?), glob),
            _ => (None, text),
        };
        let stars = glob.matches('*').count();
        if stars > MAX_STARS {
            return Err(bad(format!("it has {stars} stars; at most {MAX_STARS} are supported")));
        }
        let expression = translate(glob).map_err(bad)?;
        let regex = compiled(&expression).ok_or_else(|| bad("it is too large".to_owned()))?;
        let literal = (!glob.contains(['*', '?', '[', '{'])).then(|| glob.to_owned());
        Ok(Self { text: text.to_owned(), kind, regex, literal })
    }

    /// The glob as the user wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The kind that it matches; `None` for every kind.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// The number of stars; `Pattern::caught` returns as many parts.
    pub fn stars(&self) -> usize {
        self.regex.captures_len() - 1
    }

    /// The entries that a glob without wildcards names: one, or one of each kind for a bare glob.
    pub fn named(&self) -> impl Iterator<Item = EntryId> + '_ {
        let kinds = Kind::ALL.into_iter().filter(|kind| self.kind.is_none_or(|only| only == *kind));
        kinds.filter_map(|kind| Some(EntryId::new(kind, self.literal.clone()?)))
    }

    /// Whether it matches an entry.
    pub fn takes(&self, id: &EntryId) -> bool {
        self.kind.is_none_or(|kind| kind == id.kind) && self.regex.is_match(&*id.key)
    }

    /// What each star matches of an entry, from left to right, each as much as possible. `None` if the glob does not
    /// match, or if a star matches a part of a character (next to a `?`, which matches one byte).
    pub fn caught(&self, id: &EntryId) -> Option<Vec<String>> {
        let mut groups = self.regex.create_captures();
        self.regex.captures(&*id.key, &mut groups);
        if !self.takes(id) {
            return None;
        }
        let caught = |group| match groups.get_group(group) {
            Some(span) => id.key.get(span.range()).map(str::to_owned),
            // The star is in a branch of `{…}` that did not match.
            None => Some(String::new()),
        };
        (1..=self.stars()).map(caught).collect()
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_alphabetic())
}

/// The kind with this prefix, or what is wrong, with the kind whose prefix begins like it.
fn kind(word: &str) -> Result<Kind, String> {
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.prefix() == word) {
        return Ok(kind);
    }
    let common = |kind: &Kind| {
        let pairs = kind.prefix().chars().zip(word.chars());
        pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
    };
    // Of equally near ones the first: connections are meant most often.
    let near = Kind::ALL.into_iter().rev().max_by_key(common).filter(|kind| common(kind) > 1);
    let near = near.map(|kind| format!("; did you mean `{}:`?", kind.prefix())).unwrap_or_default();
    Err(format!("unknown kind `{word}:`{near}"))
}

/// Compiles an expression over bytes; `None` if it is beyond the limits of the regex engine.
fn compiled(regex: &str) -> Option<Regex> {
    let syntax = syntax::Config::new().utf8(false).dot_matches_new_line(true);
    Regex::builder().syntax(syntax).configure(Regex::config().utf8_empty(false)).build(regex).ok()
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
    fn star_matches_as_much_as_possible() {
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
        assert_eq!(caught("?*", "é"), None, "the star would match half a character");
    }

    #[test]
    fn letters_before_a_colon_are_a_kind() {
        for (glob, near) in [
            ("con:prod_*", "; did you mean `conn:`?"),
            ("Conn:*", "; did you mean `conn:`?"),
            ("vars:*", "; did you mean `var:`?"),
            ("variable:x", "; did you mean `var:`?"),
            ("conf:x", "; did you mean `config:`?"),
            ("x:y", ""),
        ] {
            let word = glob.split(':').next().unwrap();
            assert_eq!(Pattern::new(glob).unwrap_err().message, format!("unknown kind `{word}:`{near}"));
        }
        let takes = |glob, key| Pattern::new(glob).unwrap().takes(&EntryId::new(Kind::Variable, key));
        assert!(takes("var:app:*", "app:flag") && takes("*:flag", "app:flag") && takes("a_b:*", "a_b:c"));
    }

    #[test]
    fn glob_with_many_stars_is_rejected() {
        assert!(Pattern::new(&"a*".repeat(64)).is_ok());
        let message = Pattern::new(&"a*".repeat(65)).unwrap_err().message;
        assert_eq!(message, "it has 65 stars; at most 64 are supported");
    }

    #[test]
    fn glob_without_wildcards_names_entries() {
        let named = |glob| Pattern::new(glob).unwrap().named().map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(named("conn:my_db"), ["conn:my_db"]);
        assert_eq!(named("my_db"), ["conn:my_db", "var:my_db", "config:my_db"]);
        for glob in ["conn:my*", "conn:m?", "conn:[m]y", "conn:{my,your}"] {
            assert!(named(glob).is_empty(), "{glob}");
        }
    }

    fn reference(glob: &str) -> Result<globset::GlobMatcher, globset::Error> {
        let built = GlobBuilder::new(glob).literal_separator(false).backslash_escape(false).build();
        built.map(|glob| glob.compile_matcher())
    }

    /// Where globs are most easily misread. `globset` is what airbridge translated globs with before.
    #[test]
    fn tricky_globs_match_what_globset_matches() {
        let globs = [
            "**",
            "***",
            "**/",
            "/**",
            "**/a",
            "a/**",
            "a/**/b",
            "a/**/**/b",
            "a/**/**",
            "**/**",
            "**a",
            "a**",
            "a**b",
            "{a,b}",
            "{a,b",
            "a,b}",
            "{,a}b",
            "{}",
            "x{}y",
            "{a,{b,c}}d",
            "{a*,*b}",
            "{**,a}",
            "a{/**,b}",
            "{a,**/b}",
            "a/{**,b}",
            "{x,}**",
            "{x}/**",
            "{a/**,b}",
            "[]a]",
            "[!]a]",
            "[^a]",
            "[a-]",
            "[-a]",
            "[a-c]",
            "[c-a]",
            "[a",
            "[]",
            "[!",
            "[[]",
            "[{]a[}]",
            "[a-c-e]",
            "[é]",
            "[a-é]",
            "?",
            "??",
            "é?",
            "\\*",
            "a\\b",
            "a.b",
            "a+b",
            "(a)",
            "a|b",
            "^a$",
            "a-b",
            "<a>",
            "a b",
            "%&~#",
            "{a,b}/**/{c,d}",
            "{**/}a",
            "a{,**}",
            "a{,/**}",
        ];
        let keys = [
            "", "/", "a", "b", "ab", "aab", "a/b", "a/x/b", "a/x/y/b", "/a", "x/a", "a/", "//", "bd", "cd",
            "xy", "]", "-", "c", "e", "{a}", "[", "é", "è", "\\", "\\x", "a\\b", "a.b", "axb", "a+b", "(a)",
            "a|b", "^a$", "a-b", "<a>", "a b", "%&~#", "a/c", "b/x/d", "x", "x/", "x/y", "a\nb", "ba",
        ];
        for glob in globs {
            let (ours, reference) = (Pattern::new(glob), reference(glob));
            assert_eq!(ours.is_ok(), reference.is_ok(), "{glob}");
            let (Ok(ours), Ok(reference)) = (ours, reference) else { continue };
            for key in keys {
                let taken = ours.takes(&EntryId::new(Kind::Variable, key));
                assert_eq!(taken, reference.is_match(key), "{glob} on {key:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn match_and_its_parts_agree(
            glob in r"([ab.*?é/\\]|\[[!a.*-]?b\]|\{a,\*b\}){0,6}",
            key in r"[ab.*é/\\\n]{0,8}",
        ) {
            let reference = reference(&glob).unwrap().is_match(&key);
            let pattern = Pattern::new(&glob).unwrap();
            let id = EntryId::new(Kind::Variable, &*key);
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

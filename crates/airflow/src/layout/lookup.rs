//! Lookup patterns: which ids Airflow asks the AWS backends for.
//!
//! Airflow calls Python's `re.match(pattern, id, re.IGNORECASE)`. The pattern is rewritten where the two languages read
//! one text differently. What Python refuses is refused, and so is what has no counterpart here.

mod translate;

use fancy_regex::{CompileError, Error, Regex, RegexBuilder};
use translate::Translation;

/// A compiled lookup pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a Python pattern, or says what is wrong with it and where (characters are counted from 1).
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let translated = Translation::of(pattern)?;
        let regex = RegexBuilder::new(&translated.text).case_insensitive(true).build();
        regex.map(Self).map_err(|error| match &error {
            Error::ParseError(offset, what) => refusal(translated.place(*offset), &what.to_string()),
            Error::CompileError(what) => match what.as_ref() {
                CompileError::InnerError(inner) => refusal(None, &root_cause(inner)),
                what => refusal(None, &what.to_string()),
            },
            error => refusal(None, &error.to_string()),
        })
    }

    /// Whether the pattern matches `key` from its start. One that takes too long to tell does not.
    pub(super) fn matches(&self, key: &str) -> bool {
        // The leftmost match is asked for, so if any begins at the start, it is this one.
        matches!(self.0.find(key), Ok(Some(found)) if found.start() == 0)
    }
}

fn refusal(at: Option<usize>, what: &str) -> String {
    let mut characters = what.trim_start_matches("General parsing error: ").chars();
    let first = characters.next().map(char::to_lowercase).into_iter().flatten();
    let what: String = first.chain(characters).collect();
    let at = at.map(|at| format!(" (character {at})")).unwrap_or_default();
    format!("no usable regular expression: {what}{at}")
}

/// The last line of the deepest error: the lines before it repeat the pattern.
fn root_cause(error: &dyn std::error::Error) -> String {
    if let Some(cause) = error.source() {
        return root_cause(cause);
    }
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

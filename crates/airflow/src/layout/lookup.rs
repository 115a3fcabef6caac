//! Lookup patterns: which ids Airflow requests from the AWS backends.
//!
//! Airflow calls Python's `re.match(pattern, id, re.IGNORECASE)`. The pattern is rewritten where Python and the regex
//! engine here differ. A pattern that Python rejects, or that the engine cannot express, is an error.

mod refusal;
mod translate;

use fancy_regex::{CompileError, Error, Regex, RegexBuilder};
use refusal::refusal;
use translate::Translation;

/// A compiled lookup pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a Python pattern. The error says what is wrong and where, with characters counted from 1.
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

    /// Whether the pattern matches `key` from its start. A pattern that takes too long does not match.
    pub(super) fn matches(&self, key: &str) -> bool {
        // `find` returns the leftmost match, so if there is a match at the start, it is this one.
        matches!(self.0.find(key), Ok(Some(found)) if found.start() == 0)
    }
}

/// The last line of the deepest error: the lines before it repeat the pattern.
fn root_cause(error: &dyn std::error::Error) -> String {
    if let Some(cause) = error.source() {
        return root_cause(cause);
    }
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

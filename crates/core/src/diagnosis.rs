//! What is known about the health of a place: one sentence for each check, without values.

use crate::{NamePrefix, SecretName};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// As it should be, or a plain fact.
    Ok,
    /// Perhaps not what the user wants.
    Warning,
    /// Something does not work.
    Problem,
}

impl Health {
    /// All three, from good to bad.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Warning, Self::Problem];

    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What one check found. Its words are airbridge's own and never a server's, and it never contains a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The word for the check in machine output, such as `identity`. It never changes.
    pub check: &'static str,
    /// How the check ended.
    pub result: Health,
    /// What was found and where: lower case, no full stop.
    pub message: String,
    /// What the user can do about it; starts with a verb.
    pub hint: Option<String>,
    /// The secret that it is about, if it is about one.
    pub name: Option<SecretName>,
}

impl Finding {
    /// A finding without a hint.
    pub fn new(check: &'static str, result: Health, message: impl Into<String>) -> Self {
        Self { check, result, message: message.into(), hint: None, name: None }
    }

    /// A check that ended well.
    pub fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Health::Ok, message)
    }

    /// A check that found what the user perhaps does not want.
    pub fn warning(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Health::Warning, message)
    }

    /// A check that found something that does not work.
    pub fn problem(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Health::Problem, message)
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint, if there is one.
    pub fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into).or(self.hint);
        self
    }

    /// Adds the name of the secret that it is about.
    pub fn about(mut self, name: &SecretName) -> Self {
        self.name = Some(name.clone());
        self
    }
}

/// The names of a place that a diagnosis is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The prefixes that are listed; each is that of some entries.
    pub prefixes: Vec<NamePrefix>,
    /// Secrets that are read: one entry that the user asked for under all its names, or one existing entry of each kind.
    pub names: Vec<SecretName>,
}

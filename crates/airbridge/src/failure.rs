//! Failures that a user may expect: what happened, what to do, and the documented exit code.

use std::io;
use std::path::Path;

use airbridge_core::{Error, Operation};

/// The exit codes; `docs/exit-codes.md` is their page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; nothing differs; nothing to do.
    Done = 0,
    /// The run or some entries failed; a server, a sign-in or a file is at fault.
    Failed = 1,
    /// Usage or configuration; nothing was tried.
    Usage = 2,
    /// Something differs, or would change.
    Differs = 3,
    /// Refused before the first write.
    Refused = 4,
    /// Done, and entries were left alone as the user allowed.
    Partial = 5,
    /// Interrupted (Ctrl-C).
    Interrupted = 130,
    /// Terminated.
    Terminated = 143,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// One failure: an exit code and a word for machines, a sentence and a way out for people. Never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// The word in machine output.
    pub(crate) code: &'static str,
    /// What is wrong and where: lower case, no full stop.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

/// The result of a command's steps.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), hint: None }
    }

    /// What was typed cannot be understood; nothing was tried.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// What was configured cannot be understood; nothing was tried.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "configuration", message)
    }

    /// Something that is planned but not there yet.
    pub(crate) fn not_built(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "not-built-yet", message)
    }

    /// The plan, or the user, says no; nothing was written.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "refused", message)
    }

    /// It was tried and did not work.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// With a way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a way out, if there is one.
    pub(crate) fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into).or(self.hint);
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = if error.operation() == Operation::Configure { Exit::Usage } else { Exit::Failed };
        Self::new(exit, error.kind().word(), error.to_string()).maybe_hint(error.hint())
    }
}

/// What the system says of a path, in words that fit behind "cannot be read".
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        kind => kind.to_string(),
    }
}

/// Whether others than the owner can read a file.
pub(crate) fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// All of `known`, which are paths of classes, those first whose last part is nearest to that of `path`.
pub(crate) fn nearest_classes<'a>(path: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let likeness = |candidate: &str| strsim::jaro_winkler(&name(path), &name(candidate));
    let mut known: Vec<_> = known.into_iter().collect();
    known.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    known
}

/// The nearest of `known`, if one is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Error, ErrorKind, Operation};

    use super::{Exit, Failure, nearest};

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("connection_prefix", ["connections_prefix", "sep"]), Some("connections_prefix"));
        assert_eq!(nearest("VAULT", ["aws", "vault"]), Some("vault"));
        assert_eq!(nearest("zzz", ["aws", "vault"]), None);
    }

    #[test]
    fn settings_are_a_matter_of_usage_and_everything_else_of_the_run() {
        let exit = |kind, operation| Failure::from(Error::new(kind, operation, "x")).exit;
        assert_eq!(exit(ErrorKind::Config, Operation::Configure), Exit::Usage);
        assert_eq!(exit(ErrorKind::Config, Operation::Open), Exit::Failed);
        assert_eq!(exit(ErrorKind::Unauthenticated, Operation::Open), Exit::Failed);
    }
}

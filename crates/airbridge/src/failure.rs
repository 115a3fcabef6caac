//! Failures that a user may expect: what happened, what to do, and the documented exit code.

use airbridge_core::{Error, Operation};
use airbridge_endpoints::Class;

pub(crate) use airbridge_endpoints::{nearest, why};

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

impl From<airbridge_endpoints::Error> for Failure {
    fn from(error: airbridge_endpoints::Error) -> Self {
        let exit = match error.class {
            Class::Usage | Class::Config => Exit::Usage,
            Class::Failed => Exit::Failed,
            Class::Refused => Exit::Refused,
        };
        Self::new(exit, error.code, error.message).maybe_hint(error.hint)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = if error.operation() == Operation::Configure { Exit::Usage } else { Exit::Failed };
        Self::new(exit, error.kind().word(), error.to_string()).maybe_hint(error.hint())
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Error, ErrorKind, Operation};

    use super::{Exit, Failure};

    #[test]
    fn settings_are_a_matter_of_usage_and_everything_else_of_the_run() {
        let exit = |kind, operation| Failure::from(Error::new(kind, operation, "x")).exit;
        assert_eq!(exit(ErrorKind::Config, Operation::Configure), Exit::Usage);
        assert_eq!(exit(ErrorKind::Config, Operation::Open), Exit::Failed);
        assert_eq!(exit(ErrorKind::Unauthenticated, Operation::Open), Exit::Failed);
    }
}

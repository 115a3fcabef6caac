//! Failures of commands, with their exit codes.

use airbridge_core::{Error, Operation};
use airbridge_endpoints::Class;

pub(crate) use airbridge_endpoints::{nearest, why};

/// The exit codes, as documented in `docs/exit-codes.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; nothing differs; nothing to do.
    Done = 0,
    /// The run or some entries failed, because of a server, credentials or a file.
    Failed = 1,
    /// The arguments or the configuration are not valid. Nothing was tried.
    Usage = 2,
    /// Something differs, or would change, or a problem was found.
    Differs = 3,
    /// Refused before the first write.
    Refused = 4,
    /// Done, but entries were skipped, as `--partial` allows.
    Partial = 5,
    /// Interrupted (Ctrl-C).
    Interrupted = 130,
    /// Terminated.
    Terminated = 143,
}

impl Exit {
    /// Whether a signal ended the run.
    pub(crate) fn is_signal(self) -> bool {
        matches!(self, Self::Interrupted | Self::Terminated)
    }

    /// The exit code of the process.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// Why a command failed. Never contains a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// The word in machine output.
    pub(crate) code: &'static str,
    /// What is wrong and where: lower case, no full stop.
    pub(crate) message: String,
    /// What the user can do about it; starts with a verb. Each line is a hint.
    pub(crate) hint: Option<String>,
}

/// The result of a step of a command.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code, message: message.into(), hint: None }
    }

    /// The arguments are not valid. Nothing was tried.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The configuration is not valid. Nothing was tried.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "configuration", message)
    }

    /// The plan was refused, or the user did not confirm it. Nothing was written.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "refused", message)
    }

    /// The run failed.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// With this hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With this hint, if there is one; otherwise the hint that it has stays.
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
    fn configuration_error_of_an_adapter_is_usage_and_others_are_failures() {
        let exit = |kind, operation| Failure::from(Error::new(kind, operation, "x")).exit;
        assert_eq!(exit(ErrorKind::Config, Operation::Configure), Exit::Usage);
        assert_eq!(exit(ErrorKind::Config, Operation::Open), Exit::Failed);
        assert_eq!(exit(ErrorKind::Unauthenticated, Operation::Open), Exit::Failed);
    }
}

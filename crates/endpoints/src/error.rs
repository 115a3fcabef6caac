//! What opening an endpoint can fail with.

use std::fmt;
use std::path::Path;

use airbridge_core::Operation;
pub use airbridge_core::why;

/// The result of reading a configuration or opening an endpoint.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An argument is not valid. No service was contacted.
    Usage,
    /// A configuration file or a deployment's settings are not valid. No service was contacted.
    Config,
    /// A file, a command or a service failed.
    Failed,
    /// The request was refused to protect existing data; nothing was written.
    Refused,
}

/// Why an endpoint cannot be used. It never contains the value of a key or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of failure.
    pub class: Class,
    /// The word for it in machine-readable output, such as `usage`, `configuration` or `not-found`.
    pub code: &'static str,
    /// What is wrong and where: lower case, no full stop.
    pub message: String,
    /// What the user can do about it; starts with a verb.
    pub hint: Option<String>,
}

impl Error {
    fn new(class: Class, code: &'static str, message: impl Into<String>) -> Self {
        Self { class, code, message: message.into(), hint: None }
    }

    /// An argument is not valid.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Class::Usage, "usage", message)
    }

    /// An argument is not valid, or what it needs was not given; with what to do.
    pub fn usage_with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::usage(message).hint(hint)
    }

    /// A configuration file or a deployment's settings are not valid.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Class::Config, "configuration", message)
    }

    /// The request was refused to protect existing data.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Class::Refused, "refused", message)
    }

    /// A file, a command or a service failed.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Class::Failed, code, message)
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

impl Error {
    /// With one more hint after the one that it has.
    pub(crate) fn with_further_hint(mut self, hint: Option<&str>) -> Self {
        if let Some(hint) = hint {
            self.hint = Some(self.hint.map_or_else(|| hint.to_owned(), |first| format!("{first}\n{hint}")));
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<airbridge_core::Error> for Error {
    fn from(error: airbridge_core::Error) -> Self {
        let class = if error.operation() == Operation::Configure { Class::Usage } else { Class::Failed };
        Self::new(class, error.kind().word(), error.to_string()).maybe_hint(error.hint())
    }
}

/// The hint for a secret in a file that other users can read.
pub(crate) const CHMOD: &str = "run chmod 600 on the file";

/// Whether users other than the owner can read a file.
pub(crate) fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// How users other than this one could change a file; `None` if they cannot, or if there is no file. Root can always.
pub(crate) fn writable_by_others(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let metadata = std::fs::metadata(path).ok()?;
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let mode = metadata.permissions().mode();
    if metadata.uid() != user && metadata.uid() != 0 {
        Some("it belongs to another user")
    } else if mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != group) {
        // Many systems give each user a group of their own.
        Some("other users can write it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{ErrorKind, Operation};

    use super::{Class, Error};

    #[test]
    fn configuration_error_of_an_adapter_is_usage_and_others_are_failures() {
        let class = |kind, operation| Error::from(airbridge_core::Error::new(kind, operation, "x")).class;
        assert_eq!(class(ErrorKind::Config, Operation::Configure), Class::Usage);
        assert_eq!(class(ErrorKind::Config, Operation::Open), Class::Failed);
        assert_eq!(class(ErrorKind::Unauthenticated, Operation::Open), Class::Failed);
    }
}

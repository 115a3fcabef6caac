//! Errors are kinds, and callers act on kinds only.

use std::fmt;
use std::time::Duration;

use crate::SecretName;

/// The result of a store's work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as far as anybody has to act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Too many calls. Nothing was done; repeat later, slower.
    RateLimited,
    /// A passing fault. Nothing was done; repeat.
    Unavailable,
    /// The answer was lost after the request had been sent: a write may or may not have happened.
    AnswerLost,
    /// Nobody answers there: refused, no such host, no route. Repeated a little, then it ends the run.
    Unreachable,
    /// Who we are is not accepted: missing, wrong or expired credentials. Ends the run.
    Unauthenticated,
    /// The settings are wrong: no region, no such mount, an untrusted certificate, a sealed server. Ends the run.
    Config,
    /// We are known but may not do this. Fails the entry.
    PermissionDenied,
    /// The service does not take this name. Fails the entry.
    InvalidName,
    /// The service does not take this payload. Fails the entry.
    InvalidPayload,
    /// Nothing is there under this name. Fails the entry.
    NotFound,
    /// A create met a name that is taken. Fails the entry: the target moved since the plan.
    AlreadyExists,
    /// The secret is not in the version that was expected. Fails the entry: the target moved since the plan.
    VersionMismatch,
    /// A deleted secret still holds the name. Fails the entry.
    NameReserved,
    /// The account's room for secrets or versions is used up. Ends the writes.
    QuotaExceeded,
    /// The store cannot do this at all. Fails the entry.
    Unsupported,
    /// Nothing above: a bug here or a change there. Fails the entry.
    Unexpected,
}

impl ErrorKind {
    /// Whether every further call would fail the same way, so that the run ends.
    pub fn ends_run(self) -> bool {
        matches!(self, Self::Unauthenticated | Self::Config | Self::Unreachable)
    }

    /// The word that stands for this kind in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::RateLimited => "rate-limited",
            Self::Unavailable => "unavailable",
            Self::AnswerLost => "answer-lost",
            Self::Unreachable => "unreachable",
            Self::Unauthenticated => "unauthenticated",
            Self::Config => "configuration",
            Self::PermissionDenied => "permission-denied",
            Self::InvalidName => "invalid-name",
            Self::InvalidPayload => "invalid-payload",
            Self::NotFound => "not-found",
            Self::AlreadyExists => "already-exists",
            Self::VersionMismatch => "version-mismatch",
            Self::NameReserved => "name-reserved",
            Self::QuotaExceeded => "quota-exceeded",
            Self::Unsupported => "unsupported",
            Self::Unexpected => "unexpected",
        }
    }
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Understanding the settings: nobody was asked for anything yet.
    Configure,
    /// Signing in, finding the place.
    Open,
    /// Listing names.
    List,
    /// Reading values.
    Read,
    /// Writing values.
    Write,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configure => "configure",
            Self::Open => "open",
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// A failed operation: a kind for the program, a sentence and a way out for the user.
///
/// Holds copied text only. A vendor's error is never kept as a source: their `Debug` prints response bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    operation: Operation,
    message: String,
    hint: Option<String>,
    name: Option<SecretName>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

impl Error {
    /// `message` names the thing and the place, never a value: lower case, no full stop.
    pub fn new(kind: ErrorKind, operation: Operation, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation,
            message: message.into(),
            hint: None,
            name: None,
            retry_after: None,
            request_id: None,
        }
    }

    /// Settings that cannot be used, found before the first request: kind `Config`, operation `Configure`.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, Operation::Configure, message)
    }

    /// The same for a write of `name`.
    pub fn write(kind: ErrorKind, message: impl Into<String>, name: &SecretName) -> Self {
        Self::new(kind, Operation::Write, message).with_name(name)
    }

    /// What the user can do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The secret concerned.
    pub fn with_name(mut self, name: &SecretName) -> Self {
        self.name = Some(name.clone());
        self
    }

    /// How long the server asked to wait.
    pub fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.retry_after = delay;
        self
    }

    /// The service's own id of the request, for its support.
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// What callers act on.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was being done.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The sentence, without name and hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The way out, if one is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The secret concerned, if it is about one.
    pub fn name(&self) -> Option<&SecretName> {
        self.name.as_ref()
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The service's own id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "cannot {} {name}: {}", self.operation, self.message)?,
            None => f.write_str(&self.message)?,
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Why a store cannot hold a payload under a name, found without asking the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A word from the documented list of reasons: `name-invalid`, `name-too-long`, `value-too-large`, `value-empty`,
    /// `value-invalid`, `shape` …
    pub reason: &'static str,
    /// One sentence with the service's rule and the measured length, never the value.
    pub message: String,
}

impl Rejection {
    /// Both parts.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

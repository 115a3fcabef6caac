//! Errors have kinds, and callers decide by the kind only.

use std::fmt;
use std::time::Duration;

use crate::SecretName;

/// The result of a call to a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as far as a caller has to act on it.
///
/// An HTTP status does not decide the kind alone. 412, for example, is [`AlreadyExists`](Self::AlreadyExists) for a
/// create with `If-None-Match: *`, [`VersionMismatch`](Self::VersionMismatch) for a change with `If-Match`, and
/// [`NotFound`](Self::NotFound) for a replace with `If-Match` of a name that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Too many calls; the service did nothing. Retried later and slower.
    RateLimited,
    /// A temporary fault; the service did nothing. Retried.
    Unavailable,
    /// The request was sent, and no complete answer came: a write may or may not have happened. A write is confirmed by
    /// reading, and sent again only if it did not happen; a read is retried.
    AnswerLost,
    /// No connection: refused, no such host, no route. Retried twice, then the run ends.
    Unreachable,
    /// The credentials are missing, wrong or expired. Ends the run.
    Unauthenticated,
    /// The settings are wrong: no region, no such mount, an untrusted certificate, a sealed server. Ends the run.
    Config,
    /// The credentials are accepted, but do not permit this. Fails the entry.
    PermissionDenied,
    /// The service does not accept this name. Fails the entry.
    InvalidName,
    /// The service does not accept this payload. Fails the entry.
    InvalidPayload,
    /// No secret has this name. Fails the entry.
    NotFound,
    /// A create found that the name is taken. Fails the entry: the target changed after the plan was made.
    AlreadyExists,
    /// The secret does not have the expected version. Fails the entry: the target changed after the plan was made.
    VersionMismatch,
    /// A deleted secret still reserves the name. Fails the entry.
    NameReserved,
    /// The account's quota of secrets or storage is used up. No more is written. A limit of one secret, such as its number of
    /// versions, is [`Unsupported`](Self::Unsupported).
    QuotaExceeded,
    /// The store does not support this operation, or no more of it for this secret. Fails the entry.
    Unsupported,
    /// Anything else: a bug in airbridge or a change in the service. Fails the entry.
    Unexpected,
}

impl ErrorKind {
    /// Whether every further call would fail in the same way, so that the run ends.
    pub fn ends_run(self) -> bool {
        matches!(self, Self::Unauthenticated | Self::Config | Self::Unreachable)
    }

    /// The word for this kind in reports.
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

/// The operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Checking the settings, before the first request.
    Configure,
    /// Authenticating, and finding the place.
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

/// A failed operation: a kind for the program, a message and a hint for the user.
///
/// It has no source: the `Debug` of vendors' errors prints response bodies. Copy the code, the status and the request id
/// out of a vendor's error and drop the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

/// On the heap, so that results of many calls take little room.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: ErrorKind,
    operation: Operation,
    message: String,
    /// Where the server's own words begin in the message.
    words_at: Option<usize>,
    hint: Option<String>,
    name: Option<SecretName>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

impl Error {
    /// `message` names the thing, the place and the problem, never a value. It is lower case and has no full stop.
    pub fn new(kind: ErrorKind, operation: Operation, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            operation,
            message: message.into(),
            words_at: None,
            hint: None,
            name: None,
            retry_after: None,
            request_id: None,
        }))
    }

    /// An error in the settings, found before the first request: kind `Config`, operation `Configure`.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, Operation::Configure, message)
    }

    /// An error of a write of `name`.
    pub fn write(kind: ErrorKind, message: impl Into<String>, name: &SecretName) -> Self {
        Self::new(kind, Operation::Write, message).with_name(name)
    }

    /// Adds the server's own words to the message, after a colon. They must be short, one line, and about principals,
    /// permissions, keys or states. A [`ScrubbingStore`](crate::ScrubbingStore) removes them if they repeat a value.
    pub fn with_words(mut self, words: &str) -> Self {
        if !words.is_empty() {
            self.0.words_at = Some(self.0.message.len());
            self.0.message.push_str(": ");
            self.0.message.push_str(words);
        }
        self
    }

    /// The message as airbridge writes it, and the server's own words, which may be none.
    pub(crate) fn own_and_words(&self) -> (&str, &str) {
        let at = self.0.words_at.unwrap_or(self.0.message.len());
        let (own, words) = self.0.message.split_at_checked(at).unwrap_or((&self.0.message, ""));
        (own, words.strip_prefix(": ").unwrap_or(words))
    }

    /// The same error with another message, without words of a server.
    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
        self.0.words_at = None;
        self
    }

    /// The same error without its hint.
    pub(crate) fn without_hint(mut self) -> Self {
        self.0.hint = None;
        self
    }

    /// Adds a hint: it starts with a verb and names an option, key, variable or command that exists.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the name of the secret. Every error about one name must carry it.
    pub fn with_name(mut self, name: &SecretName) -> Self {
        self.0.name = Some(name.clone());
        self
    }

    /// Adds the delay that the server asked for (`Retry-After`).
    pub fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.0.retry_after = delay;
        self
    }

    /// Adds the service's id of the request, which its support asks for. One that does not look like an id is dropped; for a
    /// write only hexadecimal digits and hyphens do, so that a server cannot repeat the value as an id.
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        let is_write = self.0.operation == Operation::Write;
        let fits = |char: char| {
            char == '-'
                || char.is_ascii_hexdigit()
                || (!is_write && (char.is_ascii_alphanumeric() || "_.=+/".contains(char)))
        };
        self.0.request_id = id.filter(|id| (1..=80).contains(&id.len()) && id.chars().all(fits));
        self
    }

    /// The kind, by which callers decide.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed.
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The message, without name and hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The hint, if there is one.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The name of the secret, if the error is about one.
    pub fn name(&self) -> Option<&SecretName> {
        self.0.name.as_ref()
    }

    /// The delay that the server asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The service's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.name {
            Some(name) => write!(f, "cannot {} {name}: {}", self.0.operation, self.0.message)?,
            None => f.write_str(&self.0.message)?,
        }
        match &self.0.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Why a store cannot hold a payload under a name, found without a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A word from the list of reasons, which plans and reports show:
    ///
    /// | word | meaning |
    /// | --- | --- |
    /// | `name-invalid` | a character or a form that the service does not accept in names |
    /// | `name-taken` | the name belongs to someone else, who is not listed |
    /// | `name-too-long` | the name is longer than the service accepts |
    /// | `kind-not-held` | the store has no place for entries of this kind |
    /// | `value-empty` | the service does not accept an empty value |
    /// | `value-too-large` | the value is larger than the service accepts |
    /// | `value-invalid` | a character or a form that the service does not accept in values |
    /// | `shape` | a string where the service holds fields, or fields where it holds a string |
    ///
    /// The full list, with the reasons that are not an adapter's, is `airbridge_engine::REASONS`.
    pub reason: &'static str,
    /// One sentence with the service's rule and the measured length, never a value.
    pub message: String,
}

impl Rejection {
    /// A rejection with a reason word and a message.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    /// The error of a write that `check` rejects: `InvalidName` if the reason is the name, `InvalidPayload` otherwise.
    pub fn into_error(self, name: &SecretName) -> Error {
        let kind = match self.reason {
            "kind-not-held" => ErrorKind::InvalidName,
            reason if reason.starts_with("name-") => ErrorKind::InvalidName,
            _ => ErrorKind::InvalidPayload,
        };
        Error::write(kind, self.message, name)
    }
}

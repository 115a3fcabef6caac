//! What a failed call means to the adapter and to its caller.

use std::error::Error as StdError;

use airbridge_core::{Error, ErrorKind, Operation, SecretName};

use crate::connect::{ConnectError, causes, is_timeout};
use crate::too_large::BodyTooLarge;

/// The hint for a proxy that requires authentication.
pub(crate) const PROXY_PASSWORD: &str =
    "write user name and password into the proxy address: `http://USER:PASSWORD@HOST:PORT`";

/// A failed call: the cause that the adapter acts on, and the error that its caller gets.
#[derive(Clone, Debug)]
pub struct Fault<C> {
    /// The cause, in the service's own terms: the secret is deleted, the version is disabled.
    pub cause: C,
    /// The error for the caller.
    pub error: Error,
}

impl<C> Fault<C> {
    /// A fault with this cause and error.
    pub fn new(cause: C, error: Error) -> Self {
        Self { cause, error }
    }

    /// The error, with the secret that it concerns.
    pub fn about(self, name: &SecretName) -> Error {
        self.error.with_name(name)
    }
}

/// The kind of error for a request that may have been carried out: a write must be looked at before it is repeated.
pub fn outcome_unknown(writes: bool) -> ErrorKind {
    if writes { ErrorKind::AnswerLost } else { ErrorKind::Unavailable }
}

/// A request that got no complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The connection was not made, so nothing was sent.
    Connect(ConnectError),
    /// The request may have been sent; the answer did not come in time.
    TimedOut,
    /// The request may have been sent; the connection ended before the answer was complete.
    Interrupted,
    /// The answer is longer than [the limit](crate::read_body).
    TooLarge,
}

impl TransportError {
    /// Classifies a client's error by it and its causes.
    pub fn of(error: &(dyn StdError + 'static)) -> Self {
        if let Some(error) = ConnectError::of(error) {
            return Self::Connect(error);
        }
        match () {
            () if causes(error).any(<dyn StdError>::is::<BodyTooLarge>) => Self::TooLarge,
            () if causes(error).any(is_timeout) => Self::TimedOut,
            () => Self::Interrupted,
        }
    }

    /// The error for users. `unknown` is the kind for a request that may have been carried out, see [`outcome_unknown`];
    /// `place` is what messages call the service.
    pub fn into_error(
        self,
        operation: Operation,
        unknown: ErrorKind,
        place: &str,
        hints: &ConnectHints,
    ) -> Error {
        let error = |message| Error::new(unknown, operation, message);
        match self {
            Self::Connect(cause) => {
                Error::new(cause.kind(), operation, cause.about(place)).with_hint(hints.hint(cause))
            }
            Self::TimedOut => {
                error(format!("{place} did not answer in time")).with_hint("increase `timeout`")
            }
            Self::TooLarge if unknown != ErrorKind::AnswerLost => {
                Error::new(ErrorKind::Unexpected, operation, format!("the answer of {place} is too large"))
            }
            Self::TooLarge => error(format!("the answer of {place} is too large")),
            Self::Interrupted => {
                error(format!("the connection to {place} closed before the answer was complete"))
            }
        }
    }
}

/// What a user can do about a connection that was not made, in the keys and variables of one service.
#[derive(Clone, Copy, Debug)]
pub struct ConnectHints {
    /// How to trust a private certificate authority: `` set `ca_file` or `AWS_CA_BUNDLE` ``.
    pub certificate: &'static str,
    /// Where the address comes from: `` check the region and `endpoint_url` ``.
    pub address: &'static str,
    /// Where the proxy comes from: `` check `proxy`, `HTTPS_PROXY` and `NO_PROXY` ``.
    pub proxy: &'static str,
}

impl ConnectHints {
    /// The hint for `error`.
    pub fn hint(&self, error: ConnectError) -> &'static str {
        match error {
            ConnectError::Untrusted(_) => self.certificate,
            ConnectError::ProxyAuthentication => PROXY_PASSWORD,
            ConnectError::Proxy => self.proxy,
            ConnectError::ClientCertificateRequired
            | ConnectError::NotTls
            | ConnectError::Tls
            | ConnectError::NoSuchHost
            | ConnectError::Refused
            | ConnectError::TimedOut
            | ConnectError::NoConnection => self.address,
        }
    }
}

//! Why a connection was not made.
//!
//! Types decide. Words decide only where hyper-util (0.1) and its callers keep their types private. A vendor's error is
//! examined and dropped, never passed on: its `Debug` may print what was sent.

use std::error::Error as StdError;
use std::{io, iter};

use airbridge_core::ErrorKind;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

/// Why a connection was not made. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The server's certificate was rejected, for this reason.
    Untrusted(&'static str),
    /// The server requires a client certificate.
    ClientCertificateRequired,
    /// The server answered with something other than TLS.
    NotTls,
    /// The TLS handshake failed for another reason.
    Tls,
    /// The host name has no address.
    NoSuchHost,
    /// The proxy requires authentication (HTTP 407).
    ProxyAuthentication,
    /// The proxy did not connect to the service.
    Proxy,
    /// The connection was refused.
    Refused,
    /// The connection was not made in time.
    TimedOut,
    /// No route to the host, or any other failure to connect.
    NoConnection,
}

impl ConnectError {
    /// Searches an error and its causes for a connection that was not made; `None` if they show no such failure.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(found) = causes(error).find_map(Self::of_cause) {
            return Some(found);
        }
        let connecting = causes(error).any(|cause| cause.to_string() == "client error (Connect)");
        connecting.then(|| if causes(error).any(is_timeout) { Self::TimedOut } else { Self::NoConnection })
    }

    /// Classifies one cause without looking at its own causes.
    fn of_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(tls));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            use io::ErrorKind::{
                AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable,
            };
            match io.kind() {
                ConnectionRefused => return Some(Self::Refused),
                HostUnreachable | NetworkUnreachable | NetworkDown | AddrNotAvailable => {
                    return Some(Self::NoConnection);
                }
                _ => {}
            }
        }
        let words = cause.to_string();
        let starts = |start: &str| words.starts_with(start);
        match () {
            () if starts("dns error") || starts("failed to lookup address") => Some(Self::NoSuchHost),
            () if starts("tunnel error") && words.contains("auth") => Some(Self::ProxyAuthentication),
            () if starts("tunnel error") => Some(Self::Proxy),
            () if starts("HTTP connect timeout") => Some(Self::TimedOut),
            () => None,
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => Self::Untrusted(match error {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "it is not valid yet, or the clock of this machine is wrong"
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "it is for a different host name"
                }
                _ => "it is signed by an unknown authority",
            }),
            rustls::Error::NoCertificatesPresented => Self::Untrusted("the server sent none"),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
                Self::ClientCertificateRequired
            }
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            _ => Self::Tls,
        }
    }

    /// The kind of error: `Config` for what only the user can fix, which ends the run at once; `Unreachable` for what may
    /// pass, which is retried.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::Untrusted(_)
            | Self::ClientCertificateRequired
            | Self::NotTls
            | Self::Tls
            | Self::ProxyAuthentication => ErrorKind::Config,
            Self::NoSuchHost | Self::Proxy | Self::Refused | Self::TimedOut | Self::NoConnection => {
                ErrorKind::Unreachable
            }
        }
    }

    /// The message for users; `place` is what they know the service as.
    pub fn about(self, place: &str) -> String {
        match self {
            Self::Untrusted(why) => format!("the certificate of {place} is not trusted: {why}"),
            Self::ClientCertificateRequired => format!("{place} requires a client certificate"),
            Self::NotTls => format!("the server at {place} does not speak TLS"),
            Self::Tls => format!("the TLS handshake with {place} failed"),
            Self::ProxyAuthentication => {
                format!("the proxy in front of {place} requires authentication (HTTP 407)")
            }
            Self::Proxy => format!("the proxy did not connect to {place}"),
            Self::NoSuchHost => format!("cannot connect to {place}: no such host"),
            Self::Refused => format!("cannot connect to {place}: connection refused"),
            Self::TimedOut => format!("cannot connect to {place}: timed out"),
            Self::NoConnection => {
                format!("cannot connect to {place}: no route to the host, or a network error")
            }
        }
    }
}

/// An error and its causes, outermost first, with the error inside an I/O error, which `source` skips.
pub fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
        None => error.source(),
    })
}

/// Whether one cause is a timeout.
pub(crate) fn is_timeout(cause: &(dyn StdError + 'static)) -> bool {
    let io = cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut);
    io || cause.to_string().ends_with("timed out")
}

#[cfg(test)]
mod tests {
    use std::{error, fmt, io};

    use airbridge_core::ErrorKind;
    use rustls::{CertificateError, Error as Tls, InvalidMessage};

    use super::ConnectError;

    /// An error with nothing but words and a cause.
    #[derive(Debug)]
    struct Words(&'static str, Option<Box<dyn error::Error + Send + Sync>>);

    impl fmt::Display for Words {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl error::Error for Words {
        fn source(&self) -> Option<&(dyn error::Error + 'static)> {
            self.1.as_deref().map(|cause| cause as &(dyn error::Error + 'static))
        }
    }

    /// The chain that an HTTP client reports: its own error, that of its connection pool, and the cause.
    fn behind(cause: impl error::Error + Send + Sync + 'static) -> Words {
        let pool = Words("client error (Connect)", Some(Box::new(cause)));
        Words("error sending request", Some(Box::new(pool)))
    }

    #[test]
    fn failed_connection_has_a_kind_and_a_message() {
        let tls = |error: Tls| ConnectError::of(&behind(io::Error::other(error)));
        let expired = tls(Tls::InvalidCertificate(CertificateError::Expired)).unwrap();
        assert_eq!(expired, ConnectError::Untrusted("it has expired"));
        assert_eq!(expired.kind(), ErrorKind::Config);
        assert_eq!(expired.about("aws:x"), "the certificate of aws:x is not trusted: it has expired");
        assert_eq!(tls(Tls::InvalidMessage(InvalidMessage::InvalidContentType)), Some(ConnectError::NotTls));
        assert_eq!(tls(Tls::DecryptError), Some(ConnectError::Tls));
        for (kind, expected) in [
            (io::ErrorKind::ConnectionRefused, ConnectError::Refused),
            (io::ErrorKind::HostUnreachable, ConnectError::NoConnection),
            (io::ErrorKind::TimedOut, ConnectError::TimedOut),
            (io::ErrorKind::InvalidInput, ConnectError::NoConnection),
        ] {
            let found = ConnectError::of(&behind(io::Error::from(kind)));
            assert_eq!(found, Some(expected), "{kind}");
            assert_eq!(expected.kind(), ErrorKind::Unreachable);
        }
        for (words, expected) in [
            ("dns error: no record", ConnectError::NoSuchHost),
            ("tunnel error: proxy authorization required", ConnectError::ProxyAuthentication),
            ("tunnel error: unsuccessful", ConnectError::Proxy),
            ("operation timed out", ConnectError::TimedOut),
        ] {
            assert_eq!(ConnectError::of(&behind(Words(words, None))), Some(expected), "{words}");
        }
    }

    #[test]
    fn failure_after_connecting_is_not_a_connect_error() {
        let sent =
            Words("error sending request", Some(Box::new(io::Error::from(io::ErrorKind::ConnectionReset))));
        assert_eq!(ConnectError::of(&sent), None);
        assert_eq!(ConnectError::of(&Words("operation timed out", None)), None);
    }
}

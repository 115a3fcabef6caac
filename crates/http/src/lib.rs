//! Why a connection was not made: one reading of what HTTP clients over rustls say, so that the same fault has the same
//! kind and the same sentence whichever service it meets.
//!
//! Types decide, and texts only where hyper-util (0.1) and its callers keep their types to themselves. What a vendor's
//! error says is looked at and dropped, never passed on.

use std::error::Error as StdError;
use std::{io, iter};

use airbridge_core::ErrorKind;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

/// Why a connection was not made. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The server's certificate does not count, and why.
    Untrusted(&'static str),
    /// The server wants to see a certificate of ours.
    WantsCertificate,
    /// What answers speaks no TLS.
    NoTls,
    /// The secure connection failed otherwise.
    Tls,
    /// The host has no address.
    NoSuchHost,
    /// The proxy wants a password.
    ProxyPassword,
    /// The proxy let nothing through.
    Proxy,
    /// Nobody listens.
    Refused,
    /// Nobody answered in time.
    TimedOut,
    /// No way leads there, or whatever else went wrong while connecting.
    NoConnection,
}

impl ConnectError {
    /// What an error and its causes say of a connection that was not made; `None` if it was made, as far as they say.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(found) = causes(error).find_map(Self::sign) {
            return Some(found);
        }
        let connecting = causes(error).any(|cause| cause.to_string() == "client error (Connect)");
        connecting.then(|| if causes(error).any(is_timeout) { Self::TimedOut } else { Self::NoConnection })
    }

    /// What one cause says on its own.
    fn sign(cause: &(dyn StdError + 'static)) -> Option<Self> {
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
        let text = cause.to_string();
        let starts = |start: &str| text.starts_with(start);
        match () {
            () if starts("dns error") || starts("failed to lookup address") => Some(Self::NoSuchHost),
            () if starts("tunnel error") && text.contains("auth") => Some(Self::ProxyPassword),
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
                    "it is not valid yet, or this machine's clock is wrong"
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "it is for another name"
                }
                _ => "nobody whom this machine trusts has signed it",
            }),
            rustls::Error::NoCertificatesPresented => Self::Untrusted("none is shown"),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Self::WantsCertificate,
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NoTls,
            _ => Self::Tls,
        }
    }

    /// Its kind: what lies in the settings ends the run at once; what may pass is tried a little longer.
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::Untrusted(_) | Self::WantsCertificate | Self::NoTls | Self::Tls | Self::ProxyPassword => {
                ErrorKind::Config
            }
            Self::NoSuchHost | Self::Proxy | Self::Refused | Self::TimedOut | Self::NoConnection => {
                ErrorKind::Unreachable
            }
        }
    }

    /// The sentence for users; `place` as they know it.
    pub fn about(self, place: &str) -> String {
        match self {
            Self::Untrusted(why) => format!("the certificate of {place} is not trusted: {why}"),
            Self::WantsCertificate => format!("{place} asks for a client certificate"),
            Self::NoTls => format!("{place} does not speak TLS"),
            Self::Tls => format!("no secure connection to {place} can be made"),
            Self::ProxyPassword => format!("the proxy on the way to {place} wants a password"),
            Self::Proxy => format!("the proxy does not let us through to {place}"),
            Self::NoSuchHost => format!("{place} cannot be reached: no such host"),
            Self::Refused => format!("{place} cannot be reached: the connection was refused"),
            Self::TimedOut => format!("{place} cannot be reached: no connection in time"),
            Self::NoConnection => format!("{place} cannot be reached: no connection"),
        }
    }
}

/// An error and its causes, outermost first. An I/O error's payload counts, which `source` passes over.
pub fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
        None => error.source(),
    })
}

fn is_timeout(cause: &(dyn StdError + 'static)) -> bool {
    let io = cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut);
    io || cause.to_string().ends_with("timed out")
}

#[cfg(test)]
mod tests {
    use std::{error, fmt, io};

    use airbridge_core::ErrorKind;
    use rustls::{CertificateError, Error as Tls, InvalidMessage};

    use super::ConnectError;

    /// A cause that only has words, around another.
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

    /// As an HTTP client has it: its own words, the pool's, and the fault below them.
    fn behind(cause: impl error::Error + Send + Sync + 'static) -> Words {
        let pool = Words("client error (Connect)", Some(Box::new(cause)));
        Words("error sending request", Some(Box::new(pool)))
    }

    #[test]
    fn each_fault_has_its_word_and_its_kind() {
        let tls = |error: Tls| ConnectError::of(&behind(io::Error::other(error)));
        let expired = tls(Tls::InvalidCertificate(CertificateError::Expired)).unwrap();
        assert_eq!(expired, ConnectError::Untrusted("it has expired"));
        assert_eq!(expired.kind(), ErrorKind::Config);
        assert_eq!(expired.about("aws:x"), "the certificate of aws:x is not trusted: it has expired");
        assert_eq!(tls(Tls::InvalidMessage(InvalidMessage::InvalidContentType)), Some(ConnectError::NoTls));
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
            ("tunnel error: proxy authorization required", ConnectError::ProxyPassword),
            ("tunnel error: unsuccessful", ConnectError::Proxy),
            ("operation timed out", ConnectError::TimedOut),
        ] {
            assert_eq!(ConnectError::of(&behind(Words(words, None))), Some(expected), "{words}");
        }
    }

    #[test]
    fn what_broke_later_is_no_matter_of_connecting() {
        let sent =
            Words("error sending request", Some(Box::new(io::Error::from(io::ErrorKind::ConnectionReset))));
        assert_eq!(ConnectError::of(&sent), None);
        assert_eq!(ConnectError::of(&Words("operation timed out", None)), None);
    }
}

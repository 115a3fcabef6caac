//! The address of a service, checked before anything is sent there.

use std::fmt;

use airbridge_core::{Error, Result};
use url::{Host, Url};

/// The `http` or `https` address of a service: host, port and base path, without query and fragment.
///
/// `Display` and `Debug` never show a user name or password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Parses an address that has no user name and password.
    ///
    /// `origin` is what messages call it, the key or variable that it comes from: `` `endpoint_url` ``. With `allow_http`,
    /// plain http is accepted on every host, otherwise on loopback only.
    ///
    /// # Errors
    /// `Config` for anything else. The message names `origin` and does not quote the address, which may hold a password.
    pub fn parse(address: &str, origin: &str, allow_http: bool) -> Result<Self> {
        let parsed = Self::parse_with_user(address, origin, allow_http)?;
        if parsed.0.username().is_empty() && parsed.0.password().is_none() {
            Ok(parsed)
        } else {
            Err(invalid(origin))
        }
    }

    /// Parses an address that may have a user name and password, for a reverse proxy in front of the service.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with_user(address: &str, origin: &str, allow_http: bool) -> Result<Self> {
        let url = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.filter(|url| url.has_host() && url.query().is_none() && url.fragment().is_none());
        // In `https://https://user:password@host` the password is a part of the path, which messages show.
        let url = url.filter(|url| !url.path().contains('@'));
        let parsed = Self(url.ok_or_else(|| invalid(origin))?);
        if !parsed.is_https() && !allow_http && !parsed.is_loopback() {
            return Err(Error::config(format!(
                "{origin} uses plain http, which sends secrets and credentials unencrypted"
            ))
            .with_hint("use https, or set `allow_http=true` to accept the risk"));
        }
        Ok(parsed)
    }

    /// The whole address, with user name and password if it has them.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host in lower case; an IPv6 address has brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether requests are encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    /// Whether the host is a subdomain of `domain`, which is in lower case and has no leading dot.
    pub fn is_below(&self, domain: &str) -> bool {
        self.host().strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    }
}

/// Without user name and password, and without the slash at the end.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.0[url::Position::BeforeHost..url::Position::AfterPath];
        write!(f, "{}://{}", self.0.scheme(), host.trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn invalid(origin: &str) -> Error {
    Error::config(format!("{origin} is not a valid service address"))
        .with_hint("write it as `https://HOST` or `https://HOST:PORT`, without user name, password or query")
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::Address;

    fn parse(address: &str) -> airbridge_core::Result<Address> {
        Address::parse(address, "`endpoint_url`", false)
    }

    #[test]
    fn spellings_of_one_address_are_equal() {
        for spelling in ["https://sm.test", "HTTPS://SM.test:443/", " https://sm.test "] {
            assert_eq!(parse(spelling).unwrap().to_string(), "https://sm.test", "{spelling}");
        }
        assert_eq!(parse("https://sm.test:8443/base/").unwrap().to_string(), "https://sm.test:8443/base");
        assert_eq!(parse("http://[::1]:80").unwrap().host(), "[::1]");
    }

    #[test]
    fn invalid_address_is_rejected_by_its_origin_and_not_quoted() {
        for invalid in [
            "",
            "sm.test",
            "ftp://sm.test",
            "https://",
            "https://user:canary@sm.test",
            "https://a canary",
            "https://https://user:canary@sm.test",
            "https://sm.test/?canary=1",
            "https://sm.test/#canary",
        ] {
            let error = parse(invalid).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{invalid}");
            assert_eq!(error.message(), "`endpoint_url` is not a valid service address", "{invalid}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn user_is_accepted_where_asked_for_and_never_shown() {
        let address = Address::parse_with_user("https://u:canary@h:1/x/", "`url`", false).unwrap();
        assert_eq!(address.to_string(), "https://h:1/x");
        assert_eq!(format!("{address:?}"), "Address(https://h:1/x)");
        assert_eq!(address.url().password(), Some("canary"));
    }

    #[test]
    fn plain_http_is_accepted_on_loopback_only() {
        for loopback in ["http://127.0.0.1:5000", "http://localhost", "http://LOCALHOST:1", "http://[::1]:1"]
        {
            assert!(parse(loopback).unwrap().is_loopback(), "{loopback}");
        }
        for remote in
            ["http://sm.test", "http://127.0.0.1.sm.test", "http://localhost.sm.test", "http://10.0.0.1"]
        {
            assert_eq!(parse(remote).unwrap_err().kind(), ErrorKind::Config, "{remote}");
            let allowed = Address::parse(remote, "`endpoint_url`", true).unwrap();
            assert!(!allowed.is_loopback() && !allowed.is_https(), "{remote}");
        }
    }

    #[test]
    fn subdomain_is_below_its_domain() {
        assert!(parse("https://a.b.googleapis.com").unwrap().is_below("googleapis.com"));
        for other in
            ["https://googleapis.com", "https://notgoogleapis.com", "https://googleapis.com.evil.test"]
        {
            assert!(!parse(other).unwrap().is_below("googleapis.com"), "{other}");
        }
    }
}

//! `urllib.parse.urlsplit` and what its result says of userinfo, host and port.

use std::net::Ipv6Addr;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Why Python raises `ValueError` on a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SplitError {
    #[error("`[` and `]` do not pair up in the part between `//` and the path")]
    UnpairedBracket,
    #[error("what stands in brackets is no IPv6 address")]
    NoAddressInBrackets,
    #[error("the host holds a character that stands for one of `/?#@:`")]
    HiddenDelimiter,
    #[error("no whole number in ASCII digits stands after the host's `:`")]
    PortNoNumber,
    #[error("lies outside 0…65535")]
    PortOutOfRange,
}

/// A split URL; the fragment is thrown away.
#[derive(Clone, Debug)]
pub(crate) struct UrlParts<'a> {
    /// Lower-cased; empty if there is none.
    pub(crate) scheme: String,
    /// Between `//` and the path.
    pub(crate) netloc: &'a str,
    /// With its leading slash.
    pub(crate) path: &'a str,
    /// Without its `?`.
    pub(crate) query: &'a str,
}

/// What `urlsplit` looks at: without leading control characters and blanks, and without any tab or line break.
pub(crate) fn drop_ignored(url: &str) -> Zeroizing<String> {
    let url = url.trim_start_matches(|c: char| c <= ' ');
    Zeroizing::new(url.chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect())
}

impl<'a> UrlParts<'a> {
    /// Splits a URL that has been through [`drop_ignored`].
    pub(crate) fn split(url: &'a str) -> Result<Self, SplitError> {
        let (scheme, rest) = split_scheme(url);
        let (netloc, rest) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        check_brackets(netloc)?;
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        check_compatibility_forms(netloc)?;
        Ok(Self { scheme, netloc, path, query })
    }

    /// Login and password, still percent-encoded.
    pub(crate) fn userinfo(&self) -> (Option<&'a str>, Option<&'a str>) {
        match self.netloc.rsplit_once('@') {
            None => (None, None),
            Some((userinfo, _)) => match userinfo.split_once(':') {
                None => (Some(userinfo), None),
                Some((login, password)) => (Some(login), Some(password)),
            },
        }
    }

    fn host_and_port(&self) -> (&'a str, &'a str) {
        let after_userinfo = self.netloc.rsplit_once('@').map_or(self.netloc, |(_, rest)| rest);
        match after_userinfo.split_once('[') {
            None => after_userinfo.split_once(':').unwrap_or((after_userinfo, "")),
            Some((_, bracketed)) => {
                let (host, rest) = bracketed.split_once(']').unwrap_or((bracketed, ""));
                (host, rest.split_once(':').map_or("", |(_, port)| port))
            }
        }
    }

    /// The host, still percent-encoded; lower case up to the first `%`, behind which an IPv6 zone may stand.
    pub(crate) fn hostname(&self) -> Zeroizing<String> {
        let (host, _) = self.host_and_port();
        let (before, zone) = host.split_at(host.find('%').unwrap_or(host.len()));
        let mut hostname = Zeroizing::new(before.to_lowercase());
        hostname.push_str(zone);
        hostname
    }

    /// The port, if there is one.
    pub(crate) fn port(&self) -> Result<Option<u16>, SplitError> {
        let (_, port) = self.host_and_port();
        if port.is_empty() {
            return Ok(None);
        }
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SplitError::PortNoNumber);
        }
        match port.trim_start_matches('0') {
            "" => Ok(Some(0)),
            digits => digits.parse().map(Some).map_err(|_| SplitError::PortOutOfRange),
        }
    }
}

fn split_scheme(url: &str) -> (String, &str) {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
        _ => (String::new(), url),
    }
}

fn check_brackets(netloc: &str) -> Result<(), SplitError> {
    let Some((_, after_open)) = netloc.split_once('[') else {
        return if netloc.contains(']') { Err(SplitError::UnpairedBracket) } else { Ok(()) };
    };
    if !netloc.contains(']') {
        return Err(SplitError::UnpairedBracket);
    }
    let host = after_open.split_once(']').map_or(after_open, |(host, _)| host);
    let fine = match host.strip_prefix('v') {
        Some(future) => is_future_address(future),
        None => is_ipv6(host),
    };
    if fine { Ok(()) } else { Err(SplitError::NoAddressInBrackets) }
}

/// `<hex>.<text>`, behind the `v`.
fn is_future_address(text: &str) -> bool {
    text.split_once('.').is_some_and(|(version, address)| {
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit()) && !address.is_empty()
    })
}

/// `ipaddress.IPv6Address`: an address, maybe with a zone after `%`.
fn is_ipv6(text: &str) -> bool {
    let address = match text.split_once('%') {
        Some((_, zone)) if zone.is_empty() || zone.contains('%') => return false,
        Some((address, _)) => address,
        None => text,
    };
    // A zone may hold anything but `/`; on the address itself Python and Rust agree.
    !text.contains('/') && address.parse::<Ipv6Addr>().is_ok()
}

/// Refuses hosts that would hold a delimiter once a network library has normalised them.
fn check_compatibility_forms(netloc: &str) -> Result<(), SplitError> {
    if netloc.is_ascii() {
        return Ok(());
    }
    let plain = Zeroizing::new(netloc.replace(['@', ':', '#', '?'], ""));
    let normal = Zeroizing::new(plain.nfkc().collect::<String>());
    if *plain != *normal && normal.contains(['/', '?', '#', '@', ':']) {
        return Err(SplitError::HiddenDelimiter);
    }
    Ok(())
}

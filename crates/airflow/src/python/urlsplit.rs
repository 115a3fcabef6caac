//! `urllib.parse.urlsplit` with the user info, host and port of its result.

use std::net::Ipv6Addr;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Why Python raises `ValueError` on a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum SplitError {
    #[error("unmatched `[` or `]` between `//` and the path")]
    UnpairedBracket,
    #[error("expected an IPv6 address in brackets")]
    NotAnIpv6Address,
    #[error("contains a Unicode character that normalizes to one of `/?#@:`")]
    HiddenDelimiter,
    #[error("expected a whole number in ASCII digits after the `:` of the host")]
    PortNotANumber,
    #[error("must be a number from 0 to 65535")]
    PortOutOfRange,
}

/// A split URL, without its fragment.
#[derive(Clone, Debug)]
pub(crate) struct UrlParts<'a> {
    /// The scheme in lower case; empty if there is none.
    pub(crate) scheme: String,
    /// The part between `//` and the path.
    pub(crate) netloc: &'a str,
    /// The path with its leading slash.
    pub(crate) path: &'a str,
    /// The query without its `?`.
    pub(crate) query: &'a str,
}

/// The URL without the characters that `urlsplit` ignores: control characters and spaces at the start, and every tab
/// and line break.
pub(crate) fn drop_ignored(url: &str) -> Zeroizing<String> {
    let url = url.trim_start_matches(|c: char| c <= ' ');
    Zeroizing::new(url.chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect())
}

impl<'a> UrlParts<'a> {
    /// Splits a URL that [`drop_ignored`] has cleaned.
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

    /// The host, still percent-encoded. It is in lower case up to the first `%`, after which an IPv6 zone may follow.
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
            return Err(SplitError::PortNotANumber);
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
    if fine { Ok(()) } else { Err(SplitError::NotAnIpv6Address) }
}

/// An address of a future IP version: `<hex>.<text>` after the `v`.
fn is_future_address(text: &str) -> bool {
    text.split_once('.').is_some_and(|(version, address)| {
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit()) && !address.is_empty()
    })
}

/// `ipaddress.IPv6Address`: an address, optionally with a zone after `%`.
fn is_ipv6(text: &str) -> bool {
    let address = match text.split_once('%') {
        Some((_, zone)) if zone.is_empty() || zone.contains('%') => return false,
        Some((address, _)) => address,
        None => text,
    };
    // A zone may contain anything except `/`. For the address itself, Python and Rust have the same rules.
    !text.contains('/') && address.parse::<Ipv6Addr>().is_ok()
}

/// Rejects hosts that contain a delimiter after Unicode normalisation.
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
